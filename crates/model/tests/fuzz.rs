//! Random texts for everything in here that reads foreign ones (`rollcall_testkit::fuzz`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use rollcall_model::date::parse_date;
use rollcall_model::dotfile::check_path;
use rollcall_model::list::keys::SESSIONS;
use rollcall_model::list::{filter, order};
use rollcall_model::naming::steers;
use rollcall_model::slots::{Amount, parse_size, print_size};
use rollcall_model::time::{print_iso, truncate};
use rollcall_testkit::fuzz;

#[test]
fn dates() {
    let pieces: &[&str] = &[
        "2021",
        "21",
        "-",
        "/",
        "10",
        "07",
        "7",
        "31",
        "T",
        " ",
        ":",
        "58",
        "33",
        ".",
        "123456",
        "Z",
        "+",
        "-",
        "09:00",
        "0900",
        "GMT",
        "UTC",
        "Thu",
        ", ",
        "Oct",
        "October",
        "am",
        "PM",
        "24",
        "60",
        "99",
        "0",
        "9999999999",
    ];
    fuzz::run("dates", &fuzz::texts(pieces), |text| {
        if let Some(date) = parse_date(&text) {
            let at = truncate(date.to_utc());
            let again = parse_date(&print_iso(at)).map(|date| date.to_utc());
            prop_assert_eq!(again, Some(at), "what was read from {:?} cannot be read back", text);
        }
        Ok(())
    });
}

#[test]
fn filters() {
    let pieces: &[&str] = &[
        "name",
        "status",
        "created_at",
        "cluster_size",
        "agent",
        "tag",
        " ",
        "==",
        "!=",
        ">=",
        "<",
        "=",
        " in ",
        " is ",
        " isnot ",
        " contains ",
        " like ",
        " ilike ",
        "null",
        "true",
        "\"RUNNING\"",
        "\"a%\"",
        "\"2021-10-07\"",
        "\"",
        "\\\"",
        "\\",
        "1",
        "-1.5",
        "1e400",
        "[",
        "]",
        ",",
        "(",
        ")",
        "((((((((",
        "!",
        "!!!!!!!!",
        "&",
        "|",
        "'; --",
    ];
    fuzz::run("filters", &fuzz::texts(pieces), |text| {
        if let Ok(tree) = filter::parse(&text, &SESSIONS) {
            let printed = tree.print(&SESSIONS);
            // Only the printed form may be longer than what may be asked.
            if printed.len() <= filter::MAX_LENGTH {
                let again = filter::parse(&printed, &SESSIONS);
                prop_assert_eq!(again.as_ref().ok(), Some(&tree), "{:?} printed as {:?} is another", text, printed);
            }
        }
        Ok(())
    });
}

#[test]
fn orders() {
    let pieces: &[&str] =
        &["name", "created_at", "status", "agent", "tag", "+", "-", " ", ",", "--", "id", "group_name", "*", ";"];
    fuzz::run("orders", &fuzz::texts(pieces), |text| {
        if let Ok(keys) = order::parse(&text, &SESSIONS) {
            prop_assert_eq!(order::parse(&order::print(&keys), &SESSIONS), Ok(keys));
        }
        Ok(())
    });
}

#[test]
fn sizes() {
    let pieces: &[&str] = &[
        "1",
        "0",
        "1024",
        "999999999999999999999999",
        ".",
        "5",
        "k",
        "m",
        "G",
        "t",
        "Y",
        "b",
        "ib",
        "bytes",
        "iByte",
        "_",
        " ",
        "-",
        "+",
        "inf",
        "infinite",
        "Infinity",
        "nan",
        "e",
        "0x",
        "1e9",
    ];
    fuzz::run("sizes", &fuzz::texts(pieces), |text| {
        if let Ok(amount) = parse_size(&text) {
            if let Amount::Finite(bytes) = amount {
                prop_assert!(!bytes.is_sign_negative() && bytes.fract().is_zero(), "{:?} is {} bytes", text, bytes);
            }
            prop_assert_eq!(parse_size(&print_size(amount)).ok(), Some(amount), "{:?}", text);
        }
        Ok(())
    });
}

/// Whatever is taken for a path stays inside the home and steers nothing.
#[test]
fn dotfile_paths() {
    let pieces: &[&str] = &[
        ".",
        "..",
        "/",
        "//",
        "a",
        ".ssh",
        ".config",
        "authorized_keys",
        "\\",
        "\0",
        "\n",
        "\u{202e}",
        "~",
        "$HOME",
        " ",
        "%2e",
        "é",
    ];
    fuzz::run("dotfile paths", &fuzz::texts(pieces), |path| {
        if check_path(&path).is_ok() {
            let inside = std::path::Path::new("/home").join(&path);
            prop_assert!(inside.starts_with("/home") && !path.starts_with('/'), "{:?}", path);
            let parts = inside.components().all(|part| !matches!(part, std::path::Component::ParentDir));
            prop_assert!(parts && !path.contains('\0') && !path.chars().any(steers), "{:?}", path);
        }
        Ok(())
    });
}
