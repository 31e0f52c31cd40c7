//! The part of the mix that logs in and out, by key, by password and by the token of a login.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::belongings::{ABSENT, Asked, Change};
use crate::harness::Up;
use crate::harness::signed::{request, with_token};
use crate::ledger::Kind;
use crate::mix::Worker;

pub(crate) const THERE: &str = "there";

/// One thing that may be done to the login of this name.
pub(crate) fn change(up: &Up, worker: &Worker, name: &str, now: &str, by_key: bool) -> Option<Change> {
    if now == ABSENT {
        let (what, asked) = match by_key {
            true => ("log in by a key", Asked::Rest("POST", "/v1/logins".to_owned(), json!({"agent": name}))),
            false => {
                let body = json!({"email": worker.user.email, "password": worker.user.password, "agent": name});
                ("log in", Asked::Open("/v1/logins", body))
            }
        };
        return Some((what, THERE.to_owned(), asked));
    }
    let token = worker.ledger.tokens.get(name).filter(|_| !by_key);
    let (what, asked) = match token {
        Some(token) => ("log out", Asked::Token("DELETE", "/v1/login", token.clone())),
        None => {
            let target = format!("/v1/logins/{}", ids(up, worker)?.get(name)?);
            ("end a login", Asked::Rest("DELETE", target, json!({})))
        }
    };
    Some((what, ABSENT.to_owned(), asked))
}

/// Ids by name.
fn ids(up: &Up, worker: &Worker) -> Option<BTreeMap<String, String>> {
    let rows = request(up, &worker.user, "GET", "/v1/logins", None)?.json;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(rows.as_array()?.iter().map(|row| (text(&row["agent"]), text(&row["id"]))).collect())
}

/// Those that are there, by name.
pub(crate) fn found(up: &Up, worker: &Worker) -> Option<BTreeMap<String, String>> {
    Some(ids(up, worker)?.into_keys().map(|name| (name, THERE.to_owned())).collect())
}

/// The token of a login that is there opens the server, and that of one that has ended does not.
pub(crate) fn judge(up: &Up, worker: &Worker) {
    for (name, token) in &worker.ledger.tokens {
        let state = worker.ledger.places[&(Kind::Login, name.clone())].known().expect("judged before");
        let answer = with_token(up, token, "GET", "/v1/login").expect("an answer");
        assert_eq!(answer.succeeded(), state == THERE, "the token of {name}, which is {state}: {}", answer.json);
    }
}
