//! Amounts, sizes and times as people type them.

use rollcall_model::slots::{Amount, SlotKind, Slots, parse_size};
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::Value;

use crate::cli::failure::Failure;

/// The longest time that anything here can mean: a hundred years.
const LONGEST: i64 = 100 * 366 * 86_400;

const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];

/// Which amount of which slots; what is not named stays as it is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SlotOptions {
    /// Processor cores: 4, 0.5, `unlimited`, or `none` to say nothing of them
    #[arg(long, value_name = "CORES", value_parser = cores)]
    cpu: Option<SlotAmount>,
    /// Memory: 512m, 16g, `unlimited`, or `none` to say nothing of it
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    mem: Option<SlotAmount>,
    /// Another kind of slot, such as cuda.device=2
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = slot)]
    slot: Vec<(String, SlotAmount)>,
}

/// An amount, or that the slot is not to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotAmount {
    Of(Amount),
    None,
}

impl SlotOptions {
    /// The slots of now with those that were typed; `None` when none was typed.
    pub(super) fn over(&self, now: Option<&Value>) -> Result<Option<Slots>, Failure> {
        let named = [("cpu", self.cpu), ("mem", self.mem)];
        let named = named.into_iter().filter_map(|(name, amount)| Some((name, amount?)));
        let mut typed = named.chain(self.slot.iter().map(|(name, amount)| (name.as_str(), *amount))).peekable();
        if typed.peek().is_none() {
            return Ok(None);
        }
        let now = now.map_or_else(|| Ok(Slots::default()), Slots::from_json);
        let mut slots = now.map_err(|error| Failure::new(format!("the server's slots cannot be read: {error}")))?;
        for (name, amount) in typed {
            match amount {
                SlotAmount::Of(amount) => slots.set(name, amount),
                SlotAmount::None => drop(slots.0.remove(name)),
            }
        }
        Ok(Some(slots))
    }

    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.cpu.is_none() && self.mem.is_none() && self.slot.is_empty()
    }
}

fn cores(text: &str) -> Result<SlotAmount, String> {
    amount(SlotKind::Count, text)
}

fn memory(text: &str) -> Result<SlotAmount, String> {
    amount(SlotKind::Bytes, text)
}

fn slot(text: &str) -> Result<(String, SlotAmount), String> {
    match text.split_once('=') {
        Some((name, given)) if !name.is_empty() => Ok((name.to_owned(), amount(SlotKind::of(name), given)?)),
        _ => Err("write it as NAME=AMOUNT, such as cuda.device=2".to_owned()),
    }
}

fn amount(kind: SlotKind, text: &str) -> Result<SlotAmount, String> {
    match text {
        "none" => Ok(SlotAmount::None),
        "unlimited" => Ok(SlotAmount::Of(Amount::Infinite)),
        text => Amount::parse(kind, text).map(SlotAmount::Of).map_err(|error| error.to_string()),
    }
}

/// Bytes of a size such as `64m`.
pub(super) fn size(text: &str) -> Result<i64, String> {
    let bytes = parse_size(text).map_err(|error| error.to_string())?;
    bytes.finite().and_then(|bytes| bytes.to_i64()).ok_or_else(|| "that is too large".to_owned())
}

/// Bytes, of which `none` are none.
pub(super) fn size_or_none(text: &str) -> Result<i64, String> {
    if text == "none" { Ok(0) } else { size(text) }
}

/// Bytes, where none is no limit.
pub(super) fn size_limit(text: &str) -> Result<i64, String> {
    if text == "unlimited" { Ok(0) } else { size(text) }
}

/// Seconds of a time such as `90s`, `30m`, `2h`, `1d` or `1h30m`; without a unit, seconds.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let wrong = || "write a time such as 90s, 30m, 2h, 1d or 1h30m".to_owned();
    if let Ok(seconds) = text.parse::<u32>() {
        return within(seconds.into());
    }
    let (mut rest, mut seconds, mut last) = (text, 0_i64, i64::MAX);
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u32 = rest[..end].parse().map_err(|_| wrong())?;
        let unit_end = rest[end..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let unit = unit(&rest[end..unit_end]).filter(|unit| *unit < last).ok_or_else(wrong)?;
        (rest, seconds, last) = (&rest[unit_end..], seconds + i64::from(number) * unit, unit);
    }
    if text.is_empty() { Err(wrong()) } else { within(seconds) }
}

fn unit(text: &str) -> Option<i64> {
    match text {
        "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(7 * 86_400),
        _ => None,
    }
}

fn within(seconds: i64) -> Result<i64, String> {
    if seconds <= LONGEST { Ok(seconds) } else { Err("that is more than a hundred years; write `never`".to_owned()) }
}

/// Seconds, where zero is never.
pub(super) fn time_limit(text: &str) -> Result<i64, String> {
    if text == "never" { Ok(0) } else { duration(text) }
}

/// Seconds, where zero is never and less than that what the server has by default.
pub(super) fn idle_timeout(text: &str) -> Result<i64, String> {
    if text == "default" { Ok(-1) } else { time_limit(text) }
}

/// Seconds for people: `2 h`, `1 h 30 min`.
pub(super) fn told(seconds: i64) -> String {
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, length) in UNITS {
        if rest >= length {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("30m", 1800), ("30min", 1800), ("2h", 7200), ("1d", 86_400), ("1w", 604_800)]
        {
            assert_eq!(duration(text), Ok(seconds), "{text}");
        }
        assert_eq!(duration("1h30m"), Ok(5400));
        assert_eq!([time_limit("never"), idle_timeout("never"), idle_timeout("default")], [Ok(0), Ok(0), Ok(-1)]);
        for wrong in ["", "h", "2x", "-1", "1.5h", "30m1h", "1h1h", "2 h", "99999999999s", "never", "4294967295w"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_told_as_they_are_typed() {
        let told = [0, 59, 60, 5400, 7200, 90_061, 86_400 * 14].map(told);
        assert_eq!(told, ["0 s", "59 s", "1 min", "1 h 30 min", "2 h", "1 d 1 h 1 min 1 s", "14 d"]);
    }

    #[test]
    fn slots_that_are_not_named_stay() {
        let options = SlotOptions {
            cpu: Some(cores("0.5").unwrap()),
            mem: Some(memory("none").unwrap()),
            slot: vec![slot("cuda.shares=unlimited").unwrap(), slot("x.mem=1g").unwrap()],
        };
        let now = json!({"cpu": "4", "mem": "1024", "tpu": "1"});
        let slots = options.over(Some(&now)).unwrap().unwrap();
        assert_eq!(
            slots.to_json(),
            json!({"cpu": "0.5", "cuda.shares": "Infinity", "tpu": "1", "x.mem": "1073741824"})
        );
        assert!(SlotOptions::default().over(Some(&now)).unwrap().is_none());
        assert!(options.over(Some(&json!([]))).is_err());
    }

    #[test]
    fn wrong_amounts_are_told_before_anything_is_sent() {
        for (parsed, words) in [
            (cores("many"), "not an amount"),
            (cores("-1"), "negative"),
            (memory("16 gallons"), "not a size"),
            (memory("1.5"), "give it a unit"),
        ] {
            assert!(parsed.as_ref().is_err_and(|told| told.contains(words)), "{parsed:?}");
        }
        for wrong in ["cuda.device", "=2", "cuda.device=x"] {
            assert!(slot(wrong).is_err(), "{wrong}");
        }
        assert_eq!([size("64m"), size_limit("unlimited")], [Ok(64 << 20), Ok(0)]);
        assert!(size("9999999999g").is_err() && size("unlimited").is_err());
    }
}
