//! The part of the mix that gives images other names, forgets the one that all sessions run in, and looks for it
//! again.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::belongings::{ABSENT, Asked, Change};
use crate::harness::signed::{graphql, request};
use crate::harness::{PATIENCE, Up};
use crate::mix::Worker;

/// By the name that the machine gives it.
const IMAGE: &str = "bash";
const OFFERED: &str = "offered";
const FORGOTTEN: &str = "forgotten";

/// Gives the image this name, or takes it away.
pub(crate) fn alias(name: &str, now: &str) -> Change {
    let (what, to, mutation) = match now {
        ABSENT => ("name an image", "there", format!("alias_image(alias: \"{name}\", target: \"{IMAGE}\")")),
        _ => ("take a name from an image", ABSENT, format!("dealias_image(alias: \"{name}\")")),
    };
    (what, to.to_owned(), Asked::Mutation(mutation))
}

/// Every name of an image that there is.
pub(crate) fn aliases(up: &Up, worker: &Worker) -> Option<BTreeMap<String, String>> {
    let images = graphql(up, &worker.root, "{ images { aliases } }")?;
    let aliases = images.as_array()?.iter().filter_map(|image| image["aliases"].as_array()).flatten();
    let aliases = aliases.filter_map(Value::as_str).map(|alias| (alias.to_owned(), "there".to_owned()));
    let (names, all): (BTreeMap<_, _>, usize) = (aliases.clone().collect(), aliases.count());
    assert_eq!(names.len(), all, "two images have one name: {images}");
    Some(names)
}

impl Worker {
    /// Nothing may be created in an image that is forgotten. The others wait meanwhile: they would be refused.
    pub(crate) fn forget_and_find(&mut self, up: &Up) {
        self.ledger.image.or(FORGOTTEN);
        let Some(answer) = self.mutate(up, &format!("forget_image(reference: \"{IMAGE}\") {{ ok msg }}")) else {
            return;
        };
        assert_eq!(answer["ok"], true, "{answer}");
        self.ledger.image.is(FORGOTTEN);
        self.ledger.acknowledged("forget an image");
        let name = self.fresh("s");
        let body = json!({"name": name, "image": IMAGE, "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        let Some(refused) = request(up, &self.user, "POST", "/session", Some(&body)) else { return };
        assert_eq!(refused.status, 404, "{}", refused.json);
        self.find_again(up);
    }

    /// Whether the look came to its end. It goes on after its answer.
    fn find_again(&mut self, up: &Up) -> bool {
        self.ledger.image.or(OFFERED);
        let Some(answer) = self.mutate(up, "rescan_images { ok msg }") else { return false };
        assert_eq!(answer["ok"], true, "{answer}");
        let began = Instant::now();
        loop {
            match offered(up, self) {
                None => return false,
                Some(true) => break,
                Some(false) => assert!(began.elapsed() < PATIENCE, "{IMAGE} is not found again"),
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.ledger.image.is(OFFERED);
        self.ledger.acknowledged("look for images");
        true
    }
}

fn offered(up: &Up, worker: &Worker) -> Option<bool> {
    aliases(up, worker).map(|aliases| aliases.contains_key(IMAGE))
}

/// The image is offered as it was left. A forgotten one is looked for, with its names, for what follows.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    let offered = offered(up, worker).expect("an answer");
    worker.ledger.image.found("the image", if offered { OFFERED } else { FORGOTTEN });
    if !offered {
        assert!(worker.find_again(up), "the image could not be found again");
    }
}
