//! What is switched off or taken away starts nobody who waits: told why, and started when the right
//! is back. On both engines.

use std::sync::Arc;

use rollcall_lifecycle::CreateRequest;
use rollcall_model::bar::Bar;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, SessionId, UserId};
use rollcall_model::manage::{Manage, ManageGroups, manage, manage_groups};
use rollcall_model::session::{Session, Waiting};
use rollcall_model::status::{Status, Step};
use rollcall_store::{
    Advance, Advanced, DomainChange, GroupChange, KeypairChange, MemberChange, Placement, PolicyChange,
    ResourceGroupChange, UserChange,
};
use serde_json::json;

use crate::machine::Machine;
use crate::world::{World, batch, main_of, request, sized};

/// Whose right it is: of a domain of their own, so that nobody else is touched.
const KEY: &str = "STRANGER";
const EMAIL: &str = "stranger@example.com";

/// A project called vision in a domain of its own, and those who may change everything.
struct Office<'a> {
    world: &'a World,
    may: Manage,
    may_groups: ManageGroups,
    project: GroupId,
    person: UserId,
}

fn other() -> DomainName {
    DomainName::from("other")
}

impl<'a> Office<'a> {
    async fn open(world: &'a World) -> Self {
        let root = world.caller("ROOT").await;
        let project = world.store.group_by_name(&other(), "default").await.unwrap().unwrap().id;
        let person = world.caller(KEY).await.identity().user_id;
        let office =
            Self { world, may: manage(&root).unwrap(), may_groups: manage_groups(&root).unwrap(), project, person };
        office.group(GroupChange { name: Some("vision".to_owned()), ..GroupChange::default() }).await;
        let allowed_registries = Some(vec!["local.rollcall".to_owned()]);
        office.domain(DomainChange { allowed_registries, ..DomainChange::default() }).await;
        office
    }

    async fn group(&self, change: GroupChange) {
        let now = chrono::Utc::now();
        self.world.store.modify_group(&self.may_groups, self.project, &change, now).await.unwrap();
    }

    async fn domain(&self, change: DomainChange) {
        self.world.store.modify_domain(&self.may, &other(), &change, chrono::Utc::now()).await.unwrap();
    }

    async fn user(&self, change: UserChange) {
        self.world.store.modify_user(&self.may, EMAIL, &change, chrono::Utc::now()).await.unwrap();
    }

    async fn member(&self, change: fn(Vec<UserId>) -> MemberChange) {
        self.group(GroupChange { members: Some(change(vec![self.person])), ..GroupChange::default() }).await;
    }

    async fn key(&self, is_active: bool) {
        let change = KeypairChange { is_active: Some(is_active), ..KeypairChange::default() };
        self.world.store.modify_keypair(&self.may, &AccessKey::from(KEY), &change).await.unwrap();
    }

    async fn take(&self, bar: Bar) {
        match bar {
            Bar::AccountOff => self.world.store.delete_user(&self.may, EMAIL, chrono::Utc::now()).await.unwrap(),
            Bar::NoMember => self.member(MemberChange::Remove).await,
            _ => self.switch(bar, false).await,
        }
    }

    async fn give_back(&self, bar: Bar) {
        match bar {
            Bar::AccountOff => {
                let status = Some(rollcall_model::account::UserStatus::Active);
                self.user(UserChange { status, ..UserChange::default() }).await;
                self.key(true).await;
            }
            Bar::NoMember => self.member(MemberChange::Add).await,
            _ => self.switch(bar, true).await,
        }
    }

    async fn switch(&self, bar: Bar, on: bool) {
        let is_active = Some(on);
        match bar {
            Bar::DomainOff => self.domain(DomainChange { is_active, ..DomainChange::default() }).await,
            Bar::KeyOff => self.key(on).await,
            Bar::ProjectOff => self.group(GroupChange { is_active, ..GroupChange::default() }).await,
            other => panic!("{other:?} is no switch"),
        }
    }
}

fn theirs(request: CreateRequest) -> CreateRequest {
    CreateRequest { group: "vision".to_owned(), domain: "other".to_owned(), ..request }
}

async fn made(world: &World, lifecycle: &rollcall_lifecycle::Lifecycle, request: CreateRequest) -> SessionId {
    world.create_as(lifecycle, KEY, theirs(request)).await.unwrap().session.id
}

fn says(session: &Session, sentence: &str) -> bool {
    session.waiting.as_ref().is_some_and(|waiting| waiting.sentence == sentence)
}

fn sentence(bar: Bar) -> &'static str {
    match bar {
        Bar::DomainOff => "Waits for its domain: other is switched off.",
        Bar::AccountOff => "Waits for its owner: the account is switched off.",
        Bar::KeyOff => "Waits for its key: it is switched off.",
        Bar::ProjectOff => "Waits for its project: vision is switched off.",
        Bar::NoMember => "Waits for its project: its owner is not a member of vision.",
        Bar::OwnerMoved | Bar::ProjectMoved => panic!("a move is refused while a session waits"),
    }
}

/// One runs and one waits for its place; the right is taken away, the place is given back, and then
/// the right.
async fn waits_for_its_right(world: World, bar: Bar) {
    let office = Office::open(&world).await;
    world.policy(&PolicyChange { max_concurrent_sessions: Some(1), ..PolicyChange::default() }).await;
    let running = world.start_sleepy().await;
    let first = made(&world, &running.lifecycle, request("first")).await;
    world.reaches(first, Status::Running).await;
    let second = made(&world, &running.lifecycle, request("second")).await;
    world.until(second, "told of its limit", |session| session.waiting.is_some()).await;

    office.take(bar).await;
    let sentence = sentence(bar);
    let both = format!("{}; 1 more rule holds it back.", sentence.trim_end_matches('.'));
    world.until(second, "told of its right", |session| says(session, &both)).await;
    world.machine.exit(main_of(first), 0);
    world.reaches(first, Status::Terminated).await;
    let session = world.until(second, "told of its right alone", |session| says(session, sentence)).await;
    assert_eq!((session.status, session.status_info.as_deref()), (Status::Pending, Some("predicate-checks-failed")));
    let data = session.status_data.unwrap();
    assert_eq!(data["scheduler"]["failed_predicates"], json!([{"name": "owner_rights", "msg": bar.message()}]));
    assert_eq!(data["scheduler"]["passed_predicates"].as_array().unwrap().len(), 7);

    // The next manager knows it too.
    running.killed().await;
    let running = world.start_sleepy().await;
    let witness = world.made(&running.lifecycle, request("witness")).await;
    world.reaches(witness, Status::Running).await;
    assert_eq!(world.way(second).await, [Status::Pending]);

    office.give_back(bar).await;
    world.reaches(second, Status::Running).await;
    running.stopped().await;
}

macro_rules! rights {
    ($($name:ident => $bar:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;

            $(#[tokio::test]
            async fn $name() {
                waits_for_its_right(World::new().await, Bar::$bar).await;
            })+
        }

        mod postgres {
            use super::*;

            $(#[tokio::test]
            async fn $name() {
                let test = concat!(module_path!(), "::", stringify!($name));
                if let Some(world) = World::on_postgres(test, Machine::new()).await {
                    waits_for_its_right(world, Bar::$bar).await;
                }
            })+
        }
    };
}

rights! {
    a_domain_that_is_off => DomainOff,
    an_account_that_is_deleted => AccountOff,
    a_key_that_is_off => KeyOff,
    a_project_that_is_off => ProjectOff,
    who_is_no_member_any_more => NoMember,
}

#[tokio::test]
async fn a_start_time_that_comes_while_the_right_is_away() {
    let world = World::new().await;
    let office = Office::open(&world).await;
    let running = world.start_sleepy().await;
    let soon = CreateRequest { starts_at: Some("1s".to_owned()), ..batch("soon") };
    let soon = made(&world, &running.lifecycle, soon).await;
    office.take(Bar::ProjectOff).await;
    let session = world.until(soon, "told", |session| says(session, sentence(Bar::ProjectOff))).await;
    assert!(session.starts_at.unwrap() <= chrono::Utc::now());
    office.give_back(Bar::ProjectOff).await;
    world.reaches(soon, Status::Running).await;
    running.stopped().await;
}

#[tokio::test]
async fn who_lost_a_right_stands_in_nobodys_way() {
    let world = World::new().await;
    let office = Office::open(&world).await;
    let change = ResourceGroupChange {
        scheduler_opts: Some(json!({"num_retries_to_skip": 0})),
        ..ResourceGroupChange::default()
    };
    world.store.modify_resource_group(&office.may, "default", &change).await.unwrap();
    let still = world.still().await;
    let head = made(&world, &still, request("head")).await;
    let later = CreateRequest { starts_at: Some("1d".to_owned()), ..batch("later") };
    world.made(&still, later).await;
    office.take(Bar::ProjectOff).await;
    let running = world.start().await;
    let next = world.made(&running.lifecycle, request("next")).await;
    world.reaches(next, Status::Running).await;
    assert_eq!(world.session(head).await.status, Status::Pending);

    // Neither is counted as before those who wait for room, nor told of those who hold up the line.
    let large = CreateRequest { config: sized("4", "1g"), ..request("large") };
    let large = world.made(&running.lifecycle, large).await;
    let session = world.until(large, "told", |session| session.waiting.is_some()).await;
    let Waiting { sentence: told, ahead, .. } = session.waiting.unwrap();
    assert_eq!(
        (told.as_str(), ahead),
        ("Waits for processor cores: needs 4 cores, the roomiest agent of resource group default has 3 cores free.", 0)
    );
    let young = CreateRequest { starts_at: Some("1d".to_owned()), ..batch("young") };
    let young = world.made(&running.lifecycle, young).await;
    let session = world.until(young, "told", |session| session.waiting.is_some()).await;
    let told = session.waiting.unwrap().sentence;
    assert!(told.starts_with("Waits for its start time"), "{told}");
    running.stopped().await;
}

/// What has its place keeps it: the right was there when it was given, whoever starts it then.
#[tokio::test]
async fn a_place_given_before_is_kept_over_a_restart_of_the_manager() {
    let world = World::on(Machine::new()).await;
    let office = Office::open(&world).await;
    let still = world.still().await;
    let id = made(&world, &still, request("given")).await;
    let mut advance = Advance::new(id, Status::Pending, Step::Schedule, chrono::Utc::now());
    advance.placement = Some(Placement { agent: world.machine.agent().clone(), scaling_group: "default".to_owned() });
    let system = rollcall_model::access::System::control_plane();
    assert!(matches!(world.store.advance(&system, &advance).await.unwrap(), Advanced::Done(_)));
    office.take(Bar::ProjectOff).await;
    let running = world.start().await;
    world.reaches(id, Status::Running).await;
    running.stopped().await;
}

/// The queue may have been read before: the transaction that reserves has the last word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_starts_after_the_answer_that_it_is_off() {
    let test = concat!(module_path!(), "::nobody_starts_after_the_answer_that_it_is_off");
    let mut worlds = vec![World::new().await];
    worlds.extend(World::on_postgres(test, Machine::new()).await);
    for world in worlds {
        let world = Arc::new(world);
        let office = Office::open(&world).await;
        let still = world.still().await;
        for round in 0..10 {
            let mut rivals = tokio::task::JoinSet::new();
            for n in 0..4 {
                let id = made(&world, &still, request(&format!("job-{round}-{n}"))).await;
                let mut advance = Advance::new(id, Status::Pending, Step::Schedule, chrono::Utc::now());
                let agent = world.machine.agent().clone();
                advance.placement = Some(Placement { agent, scaling_group: "default".to_owned() });
                let world = Arc::clone(&world);
                rivals.spawn(async move {
                    let system = rollcall_model::access::System::control_plane();
                    world.store.advance(&system, &advance).await.unwrap()
                });
            }
            office.take(Bar::ProjectOff).await;
            let answered = unfinished(&world).await;
            let outcomes = rivals.join_all().await;
            assert_eq!(unfinished(&world).await, answered, "{outcomes:?}");
            office.give_back(Bar::ProjectOff).await;
            for (id, status) in answered {
                let step = if status == Status::Pending { Step::Cancel } else { Step::ForceTerminate };
                let ended = Advance::new(id, status, step, chrono::Utc::now());
                let system = rollcall_model::access::System::control_plane();
                assert!(matches!(world.store.advance(&system, &ended).await.unwrap(), Advanced::Done(_)));
            }
        }
    }
}

async fn unfinished(world: &World) -> Vec<(SessionId, Status)> {
    let rows = world.store.unfinished_sessions(rollcall_model::access::System::control_plane()).await.unwrap();
    let waiting = rows.into_iter().filter(|(session, _)| session.status != Status::Terminating);
    waiting.map(|(session, _)| (session.id, session.status)).collect()
}
