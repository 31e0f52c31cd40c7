#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn bytes(text: &str) -> String {
    parse_size(text).unwrap().to_string()
}

#[test]
fn sizes_are_powers_of_1024_however_the_unit_is_written() {
    let cases = [
        ("10", "10"),
        ("1_048_576", "1048576"),
        ("4g", "4294967296"),
        ("4G", "4294967296"),
        ("4 gib", "4294967296"),
        ("4GBytes", "4294967296"),
        ("512m", "536870912"),
        ("1.5k", "1536"),
        ("0.3k", "307"),
        ("1kb", "1024"),
        ("1024.0", "1024"),
        ("2 ibyte", "!"),
        ("2kibytes", "2048"),
        ("1y", "1208925819614629174706176"),
        ("inf", "Infinity"),
        ("Infinite", "Infinity"),
        ("0", "0"),
        (" 7b ", "7"),
        (".5k", "512"),
        ("-0", "0"),
    ];
    for (text, expected) in cases {
        if expected == "!" {
            assert!(parse_size(text).is_err(), "{text}")
        } else {
            assert_eq!(bytes(text), expected, "{text}")
        }
    }
}

#[test]
fn what_is_no_size_is_an_error() {
    assert_eq!(parse_size("1.5"), Err(AmountError::FractionOfByte("1.5".into())));
    assert_eq!(parse_size("-1g"), Err(AmountError::Negative("-1g".into())));
    for text in [
        "",
        " ",
        "g",
        "1x",
        "1gg",
        "1e3",
        "NaN",
        "1..2k",
        "_1",
        "1_",
        "0x10",
        "１",
        "999999999999999999999999999999",
        "9999999999999y",
        ".",
    ] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}

#[test]
fn counts_are_rounded_to_three_places() {
    let count = |text| Amount::parse(SlotKind::Count, text).map(|amount| amount.to_string());
    assert_eq!(count("0.12345"), Ok("0.123".into()));
    assert_eq!(count("2.50"), Ok("2.5".into()));
    assert_eq!(count("Infinity"), Ok("Infinity".into()));
    assert_eq!(count("-0"), Ok("0".into()));
    for text in ["-1", "NaN", "", "1g", "1e3", "one"] {
        assert!(count(text).is_err(), "{text}");
    }
}

#[test]
fn maps_take_numbers_and_units_and_print_decimal_strings() {
    let slots = Slots::from_json(&json!({"mem": "4g", "cpu": 2, "cuda.shares": 0.5, "tpu.device": null})).unwrap();
    assert_eq!(slots.to_json(), json!({"cpu": "2", "cuda.shares": "0.5", "mem": "4294967296"}));
    assert_eq!(slots.to_string(), "cpu=2 cuda.shares=0.5 mem=4g");
    assert_eq!((slots.cpu(), slots.mem()), (Decimal::TWO, 4 << 30));
    let error = Slots::from_json(&json!({"mem": 1.5})).unwrap_err();
    assert_eq!(error.to_string(), "slot mem: `1.5` is no whole number of bytes; give it a unit such as 1.5g");
    assert_eq!(Slots::from_json(&json!([])), Err(SlotsError::NotAnObject));
}

#[test]
fn missing_slots_are_zero_and_no_limit_holds_everything() {
    let small = Slots::of(Decimal::ONE, 1 << 20);
    let all = Slots::from_json(&json!({"cpu": "Infinity", "mem": "Infinity"})).unwrap();
    assert!(small.fits_into(&all) && !all.fits_into(&small));
    assert!(!small.fits_into(&Slots::default()) && Slots::default().fits_into(&small));
    assert_eq!(small.sub(&all), None);
    assert_eq!(all.sub(&small), Some(all.clone()));
    assert_eq!(small.scale(3).unwrap().mem(), 3 << 20);
    assert_eq!((all.cpu(), all.mem()), (Decimal::MAX, i64::MAX));
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![9 => (0..i64::MAX).prop_map(|n| Amount::Finite(Decimal::from(n))), 1 => Just(Amount::Infinite)]
}

fn thousandths() -> impl Strategy<Value = Amount> {
    prop_oneof![9 => (0..i64::MAX).prop_map(|n| Amount::Finite(Decimal::new(n, 3))), 1 => Just(Amount::Infinite)]
}

proptest! {
    #[test]
    fn sizes_round_trip(amount in amount()) {
        prop_assert_eq!(parse_size(&print_size(amount)), Ok(amount));
        prop_assert_eq!(parse_size(&amount.to_string()), Ok(amount));
    }

    #[test]
    fn slots_round_trip(cpu in thousandths(), mem in amount()) {
        let slots = Slots([("cpu".to_owned(), cpu), ("mem".to_owned(), mem)].into());
        prop_assert_eq!(Slots::from_json(&slots.to_json()), Ok(slots.clone()));
        let text = serde_json::to_string(&slots).unwrap();
        prop_assert_eq!(serde_json::from_str::<Slots>(&text).unwrap(), slots);
    }

    #[test]
    fn what_is_added_can_be_taken_away(a in 0..i64::MAX / 2, b in 0..i64::MAX / 2) {
        let (left, right) = (Slots::of(Decimal::new(a, 3), b), Slots::of(Decimal::new(b, 3), a));
        let sum = left.add(&right).unwrap();
        prop_assert!(left.fits_into(&sum) && right.fits_into(&sum));
        prop_assert_eq!(sum.sub(&right), Some(left));
    }

    #[test]
    fn no_text_breaks_the_parsers(text in ".{0,40}") {
        let _ = parse_size(&text);
        let _ = Amount::parse(SlotKind::Count, &text);
    }

    #[test]
    fn no_number_text_breaks_the_parsers(text in "[-+]?[0-9_]{0,40}[.]?[0-9]{0,30} ?[a-z]{0,3}") {
        if let Ok(Amount::Finite(number)) = parse_size(&text) {
            prop_assert!(number >= Decimal::ZERO && number.fract().is_zero());
        }
        let _ = Amount::parse(SlotKind::Count, &text);
    }
}
