//! Why a session waits, in words for people: plain, exact, and nothing that its owner may not know.
//! Other people's sessions and keys are not named. Of a project's or domain's quota the limit is said,
//! as the contract's own message does, and that others leave too little of it, but not how much they hold.

use rollcall_model::bar::Bar;
use rollcall_model::quota::{Excess, Quota};
use rollcall_model::session::{Session, Waiting};
use rollcall_model::slots::{Amount, SlotKind, Slots};
use rollcall_model::time::print_iso;
use rust_decimal::{Decimal, RoundingStrategy};

use super::explain::Reason;
use super::lines::group_of;
use super::predicates::{Closed, Failure, Verdicts};
use super::shortage::{Lack, Shortage};

/// Tells of a session that waits for `reason` with `ahead` others before it.
pub(crate) fn waiting(session: &Session, reason: &Reason, ahead: i64) -> Waiting {
    let group = group_of(session);
    let (why, unblock) = match reason {
        Reason::Predicates(verdicts) => predicates(session, verdicts),
        Reason::NoAgent(shortage) => no_agent(group, shortage),
        Reason::HeldUp => held_up(group),
        Reason::Fault(fault) => (
            format!("Waits because of an error of the server: {}", fault.repr),
            "An administrator mends it.".to_owned(),
        ),
    };
    // Those before it matter where it waits for room; its own limits have nothing to do with them.
    let in_line = matches!(reason, Reason::NoAgent(_) | Reason::HeldUp);
    let before = match ahead {
        0 => String::new(),
        _ if !in_line => String::new(),
        1 => "; 1 session is before it".to_owned(),
        _ => format!("; {ahead} sessions are before it"),
    };
    Waiting { sentence: format!("{why}{before}."), ahead, unblock }
}

fn predicates(session: &Session, verdicts: &Verdicts) -> (String, String) {
    // Without its right nothing else matters.
    let bar = verdicts.failures().find(|failure| matches!(failure, Failure::Barred(_)));
    let Some(first) = bar.or_else(|| verdicts.failures().next()) else { return (String::new(), String::new()) };
    let (why, unblock) = predicate(session, first);
    match verdicts.failures().count() {
        1 => (why, unblock),
        2 => (format!("{why}; 1 more rule holds it back"), unblock),
        count => (format!("{why}; {} more rules hold it back", count - 1), unblock),
    }
}

fn predicate(session: &Session, failure: &Failure) -> (String, String) {
    match failure {
        Failure::BeforeStart(at) => {
            (format!("Waits for its start time, {}", print_iso(*at)), "The time comes.".to_owned())
        }
        Failure::NoPolicy => (
            "Waits for a resource policy: its key has none".to_owned(),
            "An administrator gives the key one.".to_owned(),
        ),
        Failure::Over(Excess::Sessions { limit, using }) => (
            format!("Waits for its key, which has {using} of at most {limit} sessions at once"),
            "A session of the same key ends, or its limit is raised.".to_owned(),
        ),
        Failure::Over(Excess::Keypair { quota, using }) => {
            over(session, "key", quota, using, |using| format!("in use is {using}"))
        }
        Failure::Over(Excess::Group { quota, using }) => {
            over(session, "project", quota, using, |_| "and other sessions of the project leave less of it".to_owned())
        }
        Failure::Over(Excess::Domain { quota, using }) => {
            over(session, "domain", quota, using, |_| "and other sessions of the domain leave less of it".to_owned())
        }
        Failure::Closed(closed) => resource_group(closed),
        Failure::Barred(bar) => barred(session, *bar),
    }
}

/// `taken` tells of what others hold, as far as that may be told.
fn over(
    session: &Session,
    whose: &str,
    quota: &Quota,
    using: &Slots,
    taken: impl Fn(&Slots) -> String,
) -> (String, String) {
    let short = quota.short_of(using, &session.occupied_slots);
    let (needs, limit) = (&short.needs, &short.limit);
    let why = format!("Waits for the quota of its {whose}: needs {needs}, the quota is");
    if short.by_itself {
        return (format!("{why} only {limit} in all"), "The quota is raised; or start it anew with less.".to_owned());
    }
    (
        format!("{why} {limit}, {}", taken(&short.using)),
        format!("A session of the same {whose} ends, or the quota is raised."),
    )
}

fn barred(session: &Session, bar: Bar) -> (String, String) {
    let (domain, project) = (&session.domain, &session.group_name);
    match bar {
        Bar::DomainOff => (
            format!("Waits for its domain: {domain} is switched off"),
            "An administrator switches the domain on.".to_owned(),
        ),
        Bar::AccountOff => (
            "Waits for its owner: the account is switched off".to_owned(),
            "An administrator makes the account active.".to_owned(),
        ),
        Bar::OwnerMoved => (
            format!("Waits for its owner, who belongs to domain {domain} no more"),
            "An administrator moves the owner back; or start it anew in the other domain.".to_owned(),
        ),
        Bar::KeyOff => {
            ("Waits for its key: it is switched off".to_owned(), "An administrator switches the key on.".to_owned())
        }
        Bar::ProjectOff => (
            format!("Waits for its project: {project} is switched off"),
            "An administrator switches the project on.".to_owned(),
        ),
        Bar::ProjectMoved => (
            format!("Waits for its project: {project} belongs to domain {domain} no more"),
            "An administrator moves the project back; or start it anew in another project.".to_owned(),
        ),
        Bar::NoMember => (
            format!("Waits for its project: its owner is not a member of {project}"),
            "An administrator makes the owner a member of the project.".to_owned(),
        ),
    }
}

fn resource_group(closed: &Closed) -> (String, String) {
    match closed {
        Closed::NoneAllowed => (
            "Waits for a resource group: its key may use none".to_owned(),
            "An administrator opens a resource group to it.".to_owned(),
        ),
        Closed::NotAllowed(name) => (
            format!("Waits for resource group {name}: it is not open to its key"),
            "An administrator opens the resource group to it.".to_owned(),
        ),
        Closed::SessionType(name, kind) => (
            format!("Waits for resource group {name}: it takes no {} sessions", kind.as_str().to_lowercase()),
            "An administrator lets the resource group take such sessions.".to_owned(),
        ),
    }
}

fn no_agent(group: &str, shortage: &Shortage) -> (String, String) {
    let chosen = shortage.chosen;
    let best = |word: &str| match chosen {
        true => "the agent chosen for it".to_owned(),
        false => format!("the {word} agent of resource group {group}"),
    };
    let larger = || match chosen {
        true => "The agent becomes larger; or start it anew with less.".to_owned(),
        false => format!("A larger agent joins resource group {group}; or start it anew with less."),
    };
    let ends = || match chosen {
        true => "A session on that agent ends.".to_owned(),
        false => format!("A session in resource group {group} ends, or an agent joins."),
    };
    match &shortage.lack {
        Lack::Agents if chosen => (
            "Waits for the agent chosen for it, which takes no sessions now".to_owned(),
            "The agent comes back and takes sessions.".to_owned(),
        ),
        Lack::Agents => (
            format!("Waits for an agent: resource group {group} has none that takes sessions now"),
            format!("An agent joins resource group {group}."),
        ),
        Lack::Size { slot, needs, largest } => {
            let (what, needs, has) = (name(slot), wish(slot, *needs), rest(slot, *largest));
            (format!("Waits for {what}: needs {needs}, {} has only {has} in all", best("largest")), larger())
        }
        Lack::SizeTogether(demand) if chosen => {
            (format!("Waits for room: needs {demand} at once, more than the agent chosen for it has"), larger())
        }
        Lack::SizeTogether(demand) => {
            (format!("Waits for room: needs {demand} at once, no agent of resource group {group} has that"), larger())
        }
        Lack::Room { slot, needs, free } => {
            let (what, needs, has) = (name(slot), wish(slot, *needs), rest(slot, *free));
            (format!("Waits for {what}: needs {needs}, {} has {has} free", best("roomiest")), ends())
        }
        Lack::RoomTogether(demand) => {
            let nobody =
                format!("Waits for room: needs {demand} at once, no agent of resource group {group} has that free");
            (nobody, ends())
        }
    }
}

fn held_up(group: &str) -> (String, String) {
    let why = format!("Waits in line: resource group {group} keeps its order, and one before it does not fit yet");
    (why, "Those before it start or are cancelled.".to_owned())
}

fn name(slot: &str) -> &str {
    match slot {
        "cpu" => "processor cores",
        "mem" => "memory",
        other => other,
    }
}

/// An amount wanted, never told as less than it is.
fn wish(slot: &str, amount: Amount) -> String {
    told(slot, amount, RoundingStrategy::AwayFromZero)
}

/// An amount there, never told as more than it is.
fn rest(slot: &str, amount: Amount) -> String {
    told(slot, amount, RoundingStrategy::ToZero)
}

fn told(slot: &str, amount: Amount, rounding: RoundingStrategy) -> String {
    let Some(number) = amount.finite() else { return "no end".to_owned() };
    if SlotKind::of(slot) == SlotKind::Bytes {
        return size(number, rounding);
    }
    let count = number.normalize();
    match slot {
        "cpu" if count == Decimal::ONE => "1 core".to_owned(),
        "cpu" => format!("{count} cores"),
        _ => count.to_string(),
    }
}

fn size(bytes: Decimal, rounding: RoundingStrategy) -> String {
    let mebi = Decimal::from(1_i64 << 20);
    let gibi = Decimal::from(1_i64 << 30);
    let (unit, name) = if bytes >= gibi { (gibi, "GiB") } else { (mebi, "MiB") };
    let number = bytes.checked_div(unit).unwrap_or_default().round_dp_with_strategy(2, rounding);
    format!("{} {name}", number.normalize())
}
