//! `rollcall extend`: more time for a session that a limit would end.

use std::time::Duration;

use rollcall_client::sessions::Which;
use rollcall_model::limits::span;

use super::connect::connect;
use super::failure::Failure;
use super::target::find;
use super::text::clean;
use crate::out;

/// Arguments of `rollcall extend`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExtendArguments {
    /// Its exact name, or its id
    session: String,
    /// By how much: 45s, 30m, 2h, 1d, or several of them such as 1h30m
    #[arg(value_parser = time)]
    time: Duration,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Pushes the end of a session out.
pub(super) async fn extend(profile: Option<&str>, arguments: ExtendArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let target = find(&client, &arguments.session, Which::Live, arguments.owner.as_deref()).await?;
    let seconds = arguments.time.as_secs();
    let remaining = client.sessions().extend(target.id, seconds, target.owner.as_deref()).await?;
    let by = span(i64::try_from(seconds).unwrap_or(i64::MAX));
    let left = remaining.map(|left| format!(". {}", clean(&left.sentence))).unwrap_or_default();
    out::line(format_args!("{} extended by {by}{left}", target.name()));
    Ok(())
}

/// A time such as `2h` or `1h30m`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "is no time such as 45s, 30m, 2h, 1d or 1h30m".to_owned();
    let (mut seconds, mut digits) = (0_u64, String::new());
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let unit = match character {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        seconds = count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        digits.clear();
    }
    match seconds {
        0 => Err(wrong()),
        seconds if digits.is_empty() => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let seconds = |text| time(text).map(|time| time.as_secs()).ok();
        assert_eq!(
            ["45s", "30m", "2h", "1d", "1h30m"].map(seconds),
            [Some(45), Some(1800), Some(7200), Some(86_400), Some(5400)]
        );
        for text in ["", "2", "h", "0s", "-1h", "1.5h", "1h30", "2 h", "99999999999999999999d", "9999999999999999d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
