#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::list::keys::{CONTAINERS, KEYPAIRS, Key, KeyTable, Kind, SESSIONS, USERS};
use crate::time::from_micros;

fn printed(text: &str) -> String {
    parse(text, &SESSIONS).map_or_else(|error| error.to_string(), |filter| filter.print(&SESSIONS))
}

/// What was refused, without the prefix that all messages have.
fn refused(text: &str) -> String {
    let error = parse(text, &SESSIONS).unwrap_err().to_string();
    error.strip_prefix("Query filter parsing error: ").expect("every message has the prefix").to_owned()
}

fn is_same(text: &str, other: &str) {
    assert_eq!(parse(text, &SESSIONS).unwrap(), parse(other, &SESSIONS).unwrap());
}

#[test]
fn and_and_or_group_to_the_right_alike() {
    let (a, b, c) = (r#"name == "a""#, r#"name == "b""#, r#"name == "c""#);
    is_same(&format!("{a} & {b} | {c}"), &format!("{a} & ({b} | {c})"));
    is_same(&format!("{a} | {b} & {c}"), &format!("{a} | ({b} & {c})"));
    assert_eq!(printed(&format!("({a} & {b}) | {c}")), format!("({a} & {b}) | {c}"));
}

#[test]
fn not_takes_everything_to_its_right() {
    let (a, b) = (r#"name == "a""#, r#"name == "b""#);
    is_same(&format!("!{a} & {b}"), &format!("!({a} & {b})"));
    assert_eq!(printed(&format!("(!{a}) & {b}")), format!("(!{a}) & {b}"));
    assert_eq!(printed(&format!("{a} & !{b}")), format!("{a} & !{b}"));
}

#[test]
fn every_operator_and_value_is_read() {
    for text in [
        r#"name != "a""#,
        r#"cluster_size >= 2 & cluster_size <= 4"#,
        r#"cluster_size > -1 | cluster_size < 1.5"#,
        r#"name contains "50%""#,
        r#"name in ["a", "b"]"#,
        r#"name in []"#,
        r#"status in ["RUNNING", "PENDING"]"#,
        r#"agent is null & terminated_at isnot null & status == null & result != null"#,
        r#"name like "a%" & image ilike "%PYTHON_""#,
        r#"cluster_mode == "SINGLE_NODE""#,
        r#"type == "BATCH" & result == "SUCCESS""#,
        r#"name == "say \"hi\"""#,
        r#"name == "back\slash and \\""#,
        r#"created_at > "2021-10-07T07:58:33.123456+00:00""#,
        r#"agents == "i-a""#,
    ] {
        assert_eq!(printed(text), text);
    }
    assert_eq!(
        printed(r#"name=="a"&!(cluster_size>1|agent is null)"#),
        r#"name == "a" & !cluster_size > 1 | agent is null"#
    );
}

#[test]
fn dates_without_a_zone_are_in_utc() {
    assert_eq!(printed(r#"created_at >= "2021-10-07""#), r#"created_at >= "2021-10-07T00:00:00+00:00""#);
    assert_eq!(printed(r#"created_at < "2021-10-07 09:00+09:00""#), r#"created_at < "2021-10-07T00:00:00+00:00""#);
}

#[test]
fn unknown_keys_are_named_as_the_contract_wants() {
    for key in ["session_id", "id", "tag", "group_name", "cluster_template", "nothing"] {
        let expected = format!("('Unknown/unsupported field name', '{key}')");
        assert_eq!(refused(&format!("{key} == \"a\"")), expected);
    }
    assert!(parse(r#"cluster_role == "main""#, &CONTAINERS).is_ok());
    assert!(parse(r#"cluster_role == "main""#, &SESSIONS).is_err());
}

#[test]
fn what_does_not_suit_the_key_is_refused() {
    for (text, message) in [
        (r#"name == 1"#, "name: needs a text in double quotes"),
        (r#"cluster_size == "1""#, "cluster_size: needs a number"),
        (r#"cluster_size contains "1""#, "cluster_size: `contains` works on texts alone"),
        (r#"name contains 1"#, "name: `contains` needs a text in double quotes"),
        (r#"created_at > "yesterday""#, "created_at: 'yesterday' is no date; write it as 2021-10-07T07:58:33Z"),
        (r#"type == "interactive""#, "type: 'interactive' is none of INTERACTIVE, BATCH"),
        (r#"name in "a""#, r#"name: `in` needs a list such as ["a", "b"]"#),
        (r#"name == ["a"]"#, "name: a list goes with `in` alone"),
        (r#"name > null"#, "name: null goes with ==, !=, is and isnot alone"),
        (r#"name in [null]"#, "name: needs a text in double quotes"),
        (r#"name is "a""#, "name: `is` and `isnot` take null; use == and != for values"),
        (r#"name == true"#, "name: needs a text in double quotes"),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
}

#[test]
fn broken_texts_say_where() {
    for (text, start) in [
        ("", "expected a field name, `!` or `(` at character 1"),
        ("name", "expected an operator such as == at character 5"),
        (r#"name = "a""#, "expected an operator such as == at character 6"),
        (r#"name == 'a'"#, "expected a value such as \"text\", 1 or null at character 9"),
        (r#"name == "a"#, "expected a text closed by `\"` at character 9"),
        (r#"name == "a\""#, "expected a text closed by `\"` at character 9"),
        (r#"name == "a" name"#, "expected `&`, `|` or the end at character 13"),
        (r#"(name == "a""#, "expected `&`, `|` or `)` at character 13"),
        (r#"name == "a" &| name == "b""#, "expected"),
        (r#"name == "a")"#, "expected `&`, `|` or the end"),
        (r#"name in ["a" "b"]"#, "expected `,` or `]`"),
        (r#"name in [["a"]]"#, "expected a value"),
        (r#"name IN ["a"]"#, "expected an operator"),
        ("cluster_size == 99999999999999999999", "expected a value"),
        ("cluster_size == 1e999", "expected a value"),
        ("cluster_size == -", "expected a value"),
        ("name == \"a\0b\"", "expected a text"),
    ] {
        let message = refused(text);
        assert!(message.starts_with(start), "{text}: {message}");
    }
}

#[test]
fn hostile_depth_and_length_are_refused() {
    let comparison = r#"name == "a""#;
    let deep = |open: &str, close: &str, n| format!("{}{comparison}{}", open.repeat(n), close.repeat(n));
    assert_eq!(parse(&deep("(", ")", 3000), &SESSIONS), Err(FilterError::TooDeep));
    assert_eq!(parse(&deep("!", "", 8000), &SESSIONS), Err(FilterError::TooDeep));
    assert_eq!(parse(&deep("!(", ")", 100), &SESSIONS), Err(FilterError::TooDeep));
    assert_eq!(parse(&vec![comparison; 500].join("&"), &SESSIONS), Err(FilterError::TooDeep));
    assert_eq!(parse(&vec![comparison; 900].join("&"), &SESSIONS), Err(FilterError::TooLong));
    assert!(parse(&vec![comparison; MAX_DEPTH].join("&"), &SESSIONS).is_ok());
}

const SWITCHES: KeyTable = KeyTable { filter: &[Key { name: "is_active", kind: Kind::Bool }], order: &[] };

#[test]
fn true_and_false_go_with_switches() {
    for text in ["is_active is true", "is_active isnot false", "is_active == true", "is_active is null"] {
        assert_eq!(parse(text, &SWITCHES).unwrap().print(&SWITCHES), text);
    }
    assert!(parse("is_active is 1", &SWITCHES).is_err());
}

#[test]
fn ids_are_uuids_in_any_form() {
    let printed = "uuid == \"00000000-0000-4000-8000-000000000000\"";
    for text in [printed, "uuid == \"00000000000040008000000000000000\""] {
        assert_eq!(parse(text, &USERS).unwrap().print(&USERS), printed);
    }
    for text in ["uuid == \"nobody\"", "uuid contains \"0\"", "uuid == 1", "uuid in [\"x\"]"] {
        assert!(parse(text, &USERS).is_err(), "{text}");
    }
    assert!(parse("role == \"ADMIN\" & status != \"BEFORE_VERIFICATION\"", &USERS).is_ok());
    for text in ["role == \"admin\"", "is_active is true", "password_hash == \"\"", "status == \"before-verification\""]
    {
        assert!(parse(text, &USERS).is_err(), "{text}");
    }
}

/// Texts that the language can say: see [`Filter::print`].
fn sayable(text: &str) -> bool {
    let odd_run = |part: &str| (part.len() - part.trim_end_matches('\\').len()) % 2 == 1;
    !text.contains('\0') && !text.split('"').any(odd_run)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,12}", r#"[a\\"]{0,8}"#].prop_filter("sayable", |text| sayable(text))
}

fn scalar(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => text().prop_map(Value::Text).boxed(),
        Kind::Integer => {
            prop_oneof![any::<i64>().prop_map(Value::Integer), (-1e12f64..1e12).prop_map(Value::Float)].boxed()
        }
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Moment => (0i64..4_000_000_000_000_000).prop_map(|micros| Value::Moment(from_micros(micros))).boxed(),
        Kind::Enum(names) => (0..i64::try_from(names().len()).unwrap()).prop_map(Value::Integer).boxed(),
        Kind::Id => any::<u128>().prop_map(|id| Value::Id(Uuid::from_u128(id))).boxed(),
    }
}

fn operation(kind: Kind) -> BoxedStrategy<(Operator, Value)> {
    let compare = prop::sample::select(vec![
        Operator::Equal,
        Operator::NotEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::LessOrEqual,
    ]);
    let null = prop::sample::select(vec![Operator::Equal, Operator::NotEqual, Operator::Is, Operator::IsNot]);
    let plain = prop_oneof![
        (compare, scalar(kind)),
        (null, Just(Value::Null)),
        (Just(Operator::In), prop::collection::vec(scalar(kind), 0..3).prop_map(Value::List)),
    ];
    match kind {
        Kind::Text => {
            let pattern = prop::sample::select(vec![Operator::Contains, Operator::Like, Operator::Ilike]);
            prop_oneof![plain, (pattern, scalar(kind))].boxed()
        }
        _ => plain.boxed(),
    }
}

fn filter(keys: &KeyTable) -> impl Strategy<Value = Filter> + use<> {
    let comparison = prop::sample::select(keys.filter.to_vec()).prop_flat_map(|key| {
        operation(key.kind).prop_map(move |(operator, value)| Filter::Compare {
            key: key.name.to_owned(),
            operator,
            value,
        })
    });
    comparison.prop_recursive(8, 24, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
            pair.clone().prop_map(|(left, right)| Filter::And(left, right)),
            pair.prop_map(|(left, right)| Filter::Or(left, right)),
        ]
    })
}

proptest! {
    #[test]
    fn printing_round_trips(filter in filter(&SESSIONS)) {
        let text = filter.print(&SESSIONS);
        prop_assume!(text.len() <= MAX_LENGTH);
        prop_assert_eq!(parse(&text, &SESSIONS), Ok(filter), "{}", text);
    }

    #[test]
    fn ids_and_switches_round_trip_too(filter in filter(&KEYPAIRS)) {
        let text = filter.print(&KEYPAIRS);
        prop_assume!(text.len() <= MAX_LENGTH);
        prop_assert_eq!(parse(&text, &KEYPAIRS), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_breaks_the_parser(text in ".{0,200}") {
        let _ = parse(&text, &SESSIONS);
    }

    #[test]
    fn whatever_is_read_can_be_printed_and_read_again(
        words in prop::collection::vec(prop::sample::select(vec![
            "!", "(", ")", "&", "|", "name", "status", "cluster_size", "created_at", "==", "!=", ">=", "in", "is", "like", "null",
            "true", "\"a\"", "\"RUNNING\"", "\"\\\\\"", "1", "-2.5", "[", "]", ",", "\"2021-10-07\"",
        ]), 0..16)
    ) {
        if let Ok(filter) = parse(&words.join(" "), &SESSIONS) {
            prop_assert_eq!(parse(&filter.print(&SESSIONS), &SESSIONS), Ok(filter));
        }
    }
}
