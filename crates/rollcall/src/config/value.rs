//! What values of settings look like, however they are given: flag, variable and file all speak the
//! same texts. The errors say what is expected and never repeat what was given: it may be a secret.

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use ipnet::IpNet;
use rollcall_console::Origin;
use rollcall_model::slots::parse_size;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use secrecy::SecretString;

use crate::up::{Fence, LogFormat, Network, WebUiMode};

/// A type that a setting may have.
pub(super) trait Value: Sized {
    /// What its values look like, for people.
    const FORM: &'static str;
    /// A number or a truth value, which the file has without quotes.
    const BARE: bool = false;
    /// Never shown.
    const SECRET: bool = false;

    /// Reads it; relative paths count from `base`. `None` if it has not that form.
    fn read(text: &str, base: &Path) -> Option<Self>;
}

/// A count of bytes, written with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteCount(pub(crate) i64);

/// Where to listen, if at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listener(pub(crate) Option<SocketAddr>);

/// A filter that the log understands.
#[derive(Clone, Debug)]
pub(crate) struct LogFilter(pub(crate) String);

/// Several of a kind, with commas between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Several<T>(pub(crate) Vec<T>);

impl<T: Value> Value for Several<T> {
    const FORM: &'static str = T::FORM;

    fn read(text: &str, base: &Path) -> Option<Self> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        texts.map(|text| T::read(text, base)).collect::<Option<Vec<T>>>().map(Self)
    }
}

/// None is the empty text.
impl<T: Value> Value for Option<T> {
    const FORM: &'static str = T::FORM;
    const BARE: bool = T::BARE;
    const SECRET: bool = T::SECRET;

    fn read(text: &str, base: &Path) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::read(text, base).map(Some) }
    }
}

macro_rules! plain {
    ($type:ty, $form:literal, bare: $bare:literal) => {
        impl Value for $type {
            const FORM: &'static str = $form;
            const BARE: bool = $bare;

            fn read(text: &str, _base: &Path) -> Option<Self> {
                Self::from_str(text).ok()
            }
        }
    };
}

plain!(SocketAddr, "an address with its port, such as 127.0.0.1:8091 or [::1]:8091", bare: false);
plain!(bool, "true or false", bare: true);
plain!(Origin, "an origin such as https://rollcall.example.com; several with commas between where the setting is of several", bare: false);
plain!(IpNet, "addresses such as 10.0.0.0/8 or fd00::/8; several with commas between", bare: false);
plain!(NonZeroU32, "a whole number above 0", bare: true);
plain!(NonZeroUsize, "a whole number above 0", bare: true);

macro_rules! named {
    ($type:ty, $form:literal) => {
        impl Value for $type {
            const FORM: &'static str = $form;

            fn read(text: &str, _base: &Path) -> Option<Self> {
                <Self as ValueEnum>::from_str(text, false).ok()
            }
        }
    };
}

named!(Fence, "auto, bubblewrap, landlock or none");
named!(Network, "isolated or host");
named!(LogFormat, "text or json");
named!(WebUiMode, "session or api");

impl Value for PathBuf {
    const FORM: &'static str = "a path; a relative one counts from the directory of this file";

    fn read(text: &str, base: &Path) -> Option<Self> {
        (!text.contains('\0')).then(|| base.join(text))
    }
}

impl Value for SecretString {
    const FORM: &'static str = "a secret text";
    const SECRET: bool = true;

    fn read(text: &str, _base: &Path) -> Option<Self> {
        Some(Self::from(text))
    }
}

impl Value for Decimal {
    const FORM: &'static str = "a number above 0, at most 1000";
    const BARE: bool = true;

    fn read(text: &str, _base: &Path) -> Option<Self> {
        Self::from_str(text).ok().filter(|number| *number > Self::ZERO && *number <= Self::from(1000))
    }
}

impl Value for Duration {
    const FORM: &'static str = "a duration above 0, such as 500ms, 10s, 5m, 2h or 90d";

    fn read(text: &str, _base: &Path) -> Option<Self> {
        let digits = text.find(|character: char| !character.is_ascii_digit())?;
        let (count, unit) = text.split_at(digits);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        let whole = count.parse::<u32>().ok().filter(|count| *count > 0)?;
        // A century is beyond any use, and far from what clocks can't add.
        let whole = u64::from(whole).checked_mul(milliseconds)?;
        (whole <= 36_525 * 86_400_000).then(|| Self::from_millis(whole))
    }
}

impl Value for Listener {
    const FORM: &'static str = "an address with its port, such as 127.0.0.1:9091, or off";

    fn read(text: &str, _base: &Path) -> Option<Self> {
        if text == "off" { Some(Self(None)) } else { text.parse().ok().map(|address| Self(Some(address))) }
    }
}

impl Value for ByteCount {
    const FORM: &'static str = "a size such as 64k, 512m or 16g";

    fn read(text: &str, _base: &Path) -> Option<Self> {
        parse_size(text).ok()?.finite()?.to_i64().map(Self)
    }
}

impl Value for LogFilter {
    const FORM: &'static str = "a level, or levels by part";

    fn read(text: &str, _base: &Path) -> Option<Self> {
        tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| Self(text.to_owned()))
    }
}

/// As a flag gives it to the one reader of texts.
pub(crate) fn named(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// As a flag gives it to the one reader of texts.
pub(crate) fn shown(value: impl Display) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(text: &str) -> Option<T> {
        T::read(text, Path::new("/base"))
    }

    #[test]
    fn durations_have_a_unit_and_an_end() {
        assert_eq!(read("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(read("90d"), Some(Duration::from_secs(90 * 86_400)));
        for text in ["", "10", "0s", "-1s", "1.5s", "10 s", "10S", "s", "4294967295d", "99999999999s"] {
            assert_eq!(read::<Duration>(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_whole_and_bounded() {
        assert_eq!(read("1m"), Some(ByteCount(1 << 20)));
        for text in ["", "8e", "-1m", "inf", "many"] {
            assert_eq!(read::<ByteCount>(text), None, "{text}");
        }
    }

    #[test]
    fn relative_paths_count_from_the_file() {
        assert_eq!(read("a/b"), Some(PathBuf::from("/base/a/b")));
        assert_eq!(read("/a/b"), Some(PathBuf::from("/a/b")));
        assert_eq!(read::<Option<PathBuf>>(""), Some(None));
    }

    #[test]
    fn names_are_as_the_flags_have_them() {
        assert_eq!(read("landlock"), Some(Fence::Landlock));
        assert_eq!(read::<Fence>("Landlock"), None);
        assert_eq!(named(Network::Host), "host");
    }
}
