//! The text frames of a terminal (`rest.md` §4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a viewer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Keys.
    Input(Vec<u8>),
    /// The size of the window.
    Resize {
        /// Lines.
        rows: u16,
        /// Columns.
        cols: u16,
    },
    /// Nothing, to keep the connection.
    Ping,
    /// Replace the session's processes.
    Restart,
}

impl Said {
    /// Reads a frame; `None` for what is none.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let frame: Value = serde_json::from_str(text).ok()?;
        let number = |name: &str| frame.get(name).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
        match frame.get("type")?.as_str()? {
            "stdin" => STANDARD.decode(frame.get("chars")?.as_str()?).ok().map(Self::Input),
            "resize" => Some(Self::Resize {
                rows: number("rows").filter(|n| *n > 0)?,
                cols: number("cols").filter(|n| *n > 0)?,
            }),
            "ping" => Some(Self::Ping),
            "restart" => Some(Self::Restart),
            _ => None,
        }
    }

    /// The frame.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Input(bytes) => json!({ "type": "stdin", "chars": STANDARD.encode(bytes) }),
            Self::Resize { rows, cols } => json!({ "type": "resize", "rows": rows, "cols": cols }),
            Self::Ping => json!({ "type": "ping" }),
            Self::Restart => json!({ "type": "restart" }),
        }
        .to_string()
    }
}

/// What a terminal tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// What was printed.
    Out(&'a [u8]),
}

impl Told<'_> {
    /// The frame.
    #[must_use]
    pub fn to_text(self) -> String {
        let Self::Out(bytes) = self;
        json!({ "type": "out", "data": STANDARD.encode(bytes) }).to_string()
    }

    /// The printed bytes of a frame; `None` for what is none.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Vec<u8>> {
        let frame: Value = serde_json::from_str(text).ok()?;
        let is_out = frame.get("type")?.as_str()? == "out";
        is_out.then(|| STANDARD.decode(frame.get("data")?.as_str()?).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_are_the_contracts() {
        let read = Said::of_text;
        assert_eq!(read(r#"{"type": "stdin", "chars": "bHMK"}"#), Some(Said::Input(b"ls\n".to_vec())));
        assert_eq!(read(r#"{"type": "resize", "rows": 40, "cols": 120}"#), Some(Said::Resize { rows: 40, cols: 120 }));
        assert_eq!(read(r#"{"type": "ping"}"#), Some(Said::Ping));
        assert_eq!(read(r#"{"type": "restart"}"#), Some(Said::Restart));
        for none in [
            "",
            "{}",
            "[]",
            r#"{"type": "stdin", "chars": "!"}"#,
            r#"{"type": "resize", "rows": 0, "cols": 1}"#,
            r#"{"type": 1}"#,
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(Told::Out(b"hi").to_text(), r#"{"type":"out","data":"aGk="}"#);
    }

    proptest! {
        #[test]
        fn frames_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 1..u16::MAX, cols in 1..u16::MAX) {
            for said in [Said::Input(bytes.clone()), Said::Resize { rows, cols }, Said::Ping, Said::Restart] {
                prop_assert_eq!(Said::of_text(&said.to_text()), Some(said));
            }
            prop_assert_eq!(Told::of_text(&Told::Out(&bytes).to_text()), Some(bytes));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,100}") {
            let _ = (Said::of_text(&text), Told::of_text(&text));
        }
    }
}
