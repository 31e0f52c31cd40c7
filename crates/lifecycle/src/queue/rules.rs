//! How a resource group orders those that wait for it (`session-lifecycle.md` §7).

use rollcall_model::account::ResourceGroup;
use rollcall_model::session::SessionType;
use serde_json::Value;

/// Who is considered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduler {
    /// Who came first.
    Fifo,
    /// Who came last.
    Lifo,
    /// The key that holds the least of the group, by the slot of which it holds the most.
    Drf,
}

/// The rules of one resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Its order.
    pub(crate) scheduler: Scheduler,
    /// What it takes.
    pub(crate) session_types: Vec<SessionType>,
    /// `None`: a session that does not fit never delays others. `Some`: it does, until it has failed
    /// as often as this; zero is for ever. Of fifo and lifo.
    pub(crate) tries_before_skipped: Option<i64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { scheduler: Scheduler::Fifo, session_types: SessionType::ALL.to_vec(), tries_before_skipped: None }
    }
}

impl Rules {
    /// Reads a group's scheduler and its options; the error says what is wrong with them.
    pub(crate) fn of(group: &ResourceGroup) -> Result<Self, String> {
        let scheduler = match group.scheduler.as_str() {
            "fifo" => Scheduler::Fifo,
            "lifo" => Scheduler::Lifo,
            "drf" => Scheduler::Drf,
            other => return Err(format!("unknown scheduler '{other}'")),
        };
        let session_types = match given(&group.scheduler_opts, "allowed_session_types") {
            Some(types) => session_types(types)?,
            None => SessionType::ALL.to_vec(),
        };
        let tries = match given(&group.scheduler_opts, "num_retries_to_skip") {
            Some(tries) => Some(tries.as_i64().filter(|tries| *tries >= 0).ok_or("wrong num_retries_to_skip")?),
            None => None,
        };
        let tries_before_skipped = tries.filter(|_| scheduler != Scheduler::Drf);
        Ok(Self { scheduler, session_types, tries_before_skipped })
    }

    /// Whether a session that found no room after `retries` failed tries holds up those behind it.
    pub(crate) fn holds_up(&self, retries: i64) -> bool {
        self.tries_before_skipped.is_some_and(|most| most == 0 || retries < most)
    }
}

fn given<'a>(options: &'a Value, name: &str) -> Option<&'a Value> {
    options.get(name).filter(|value| !value.is_null())
}

fn session_types(types: &Value) -> Result<Vec<SessionType>, String> {
    let wrong = || "wrong allowed_session_types".to_owned();
    let one = |value: &Value| SessionType::parse_name(&value.as_str()?.to_ascii_uppercase());
    types.as_array().ok_or_else(wrong)?.iter().map(|value| one(value).ok_or_else(wrong)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(scheduler: &str, options: Value) -> Result<Rules, String> {
        let group = ResourceGroup::new("default", rollcall_model::time::from_micros(0));
        Rules::of(&ResourceGroup { scheduler: scheduler.to_owned(), scheduler_opts: options, ..group })
    }

    #[test]
    fn options_are_read() {
        assert_eq!(rules("fifo", json!({})), Ok(Rules::default()));
        let strict = |tries| Rules { tries_before_skipped: Some(tries), ..Rules::default() };
        assert_eq!(rules("fifo", json!({"num_retries_to_skip": 0})), Ok(strict(0)));
        assert_eq!(rules("fifo", json!({"num_retries_to_skip": 3, "unknown": 1})), Ok(strict(3)));
        assert_eq!(rules("drf", json!({"num_retries_to_skip": 3})).map(|rules| rules.tries_before_skipped), Ok(None));
        let batch = rules("lifo", json!({"allowed_session_types": ["batch"], "num_retries_to_skip": null}));
        let expected =
            Rules { scheduler: Scheduler::Lifo, session_types: vec![SessionType::Batch], ..Rules::default() };
        assert_eq!(batch, Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (scheduler, options, told) in [
            ("fair", json!({}), "unknown scheduler 'fair'"),
            ("fifo", json!({"num_retries_to_skip": -1}), "wrong num_retries_to_skip"),
            ("fifo", json!({"num_retries_to_skip": "3"}), "wrong num_retries_to_skip"),
            ("drf", json!({"allowed_session_types": "batch"}), "wrong allowed_session_types"),
            ("drf", json!({"allowed_session_types": ["gpu"]}), "wrong allowed_session_types"),
        ] {
            assert_eq!(rules(scheduler, options), Err(told.to_owned()));
        }
    }

    #[test]
    fn who_holds_up_whom() {
        let holds =
            |tries_before_skipped, retries| Rules { tries_before_skipped, ..Rules::default() }.holds_up(retries);
        assert!(!holds(None, 0));
        assert!(holds(Some(0), 0) && holds(Some(0), 1000));
        assert!(holds(Some(2), 1) && !holds(Some(2), 2));
    }
}
