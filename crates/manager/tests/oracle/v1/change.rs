//! What happens beneath a list: sessions begin, get other names, end; people become others.

use serde_json::json;

use super::live::Live;
use crate::rows::{Dice, Row, STATUSES, WORDS};

/// At most so many live at once, so that none waits for room.
const LIVE: usize = 6;

/// What has happened.
#[derive(Debug, Default)]
pub(super) struct Happened {
    pub(super) started: u64,
    pub(super) renamed: u64,
    pub(super) ended: u64,
    pub(super) roles: u64,
    pub(super) disabled: u64,
}

impl Live {
    /// One change of a session.
    pub(super) async fn change_session(&mut self, dice: &mut Dice, happened: &mut Happened) {
        let rows = self.rows().await;
        let alive = rows.iter().filter(|row| ["PENDING", "RUNNING"].contains(&STATUSES[row.status]));
        // Nobody acts for a key that may not sign.
        let alive: Vec<_> = alive.filter(|row| !self.disabled.contains(&row.access_key)).collect();
        let living = rows.iter().filter(|row| !over(row)).count();
        let what = dice.below(4);
        // Also where those of others take all the room: the machine has room for a few more.
        if alive.is_empty() || (what < 2 && living < LIVE) {
            return self.start(dice, happened).await;
        }
        let row = dice.one_of(&alive);
        if what == 3 {
            self.started += 1;
            let name = format!("other-{}{}", dice.one_of(&["alpha", "Alpha"]), self.started);
            let target = format!("/session/{}/rename?name={name}&owner_access_key={}", row.id, row.access_key);
            let (status, text) = self.call(self.root(), "POST", &target, None).await;
            let passing = status == 400 && text.contains("not RUNNING");
            assert!(passing || matches!(status, 204 | 404), "{status} {text} to {target}");
            happened.renamed += u64::from(status == 204);
        } else {
            let target = format!("/session/{}?owner_access_key={}", row.id, row.access_key);
            let (status, text) = self.call(self.root(), "DELETE", &target, None).await;
            // It may have moved on meanwhile.
            let passing = status == 403 && text.contains("Cannot destroy kernels in scheduled");
            assert!(passing || matches!(status, 200 | 404), "{status} {text} to {target}");
            happened.ended += u64::from(status == 200);
        }
    }

    async fn start(&mut self, dice: &mut Dice, happened: &mut Happened) {
        let may: Vec<_> =
            self.keys.iter().filter(|key| !self.disabled.contains(key) && !key.contains("MONITOR")).collect();
        let key = (*dice.one_of(&may)).clone();
        self.started += 1;
        let name = format!("{}-{}", dice.one_of(&WORDS[..2]), self.started);
        let body = json!({
            "name": name, "image": "sh", "domain": self.reader(&key).domain, "enqueueOnly": dice.once_in(2),
            "config": {"resources": {"cpu": 1}},
        });
        let (status, text) = self.call(&key, "POST", "/session", Some(&body)).await;
        assert!(matches!(status, 200 | 201), "{status} {text} to {key} {body}");
        happened.started += 1;
    }

    /// One change of what somebody may. Root stays.
    pub(super) async fn change_right(&mut self, dice: &mut Dice, happened: &mut Happened) {
        let place = 1 + usize::try_from(dice.below(self.actors.len() as u64 - 1)).unwrap();
        let (email, key) = (self.actors[place].email.clone(), self.actors[place].access_key.clone());
        match dice.below(4) {
            0 => {
                self.mutate(&format!("modify_user(email: \"{email}\", props: {{status: \"inactive\"}})")).await;
                self.disabled.extend([key.clone(), format!("{key}-2")]);
                happened.disabled += 1;
            }
            1 => {
                let key = if dice.once_in(2) { key } else { format!("{key}-2") };
                self.mutate(&format!("modify_keypair(access_key: \"{key}\", props: {{is_active: false}})")).await;
                self.disabled.push(key);
                happened.disabled += 1;
            }
            _ => {
                let role = *dice.one_of(&["superadmin", "admin", "user", "user"]);
                self.mutate(&format!("modify_user(email: \"{email}\", props: {{role: \"{role}\"}})")).await;
                self.actors[place].role = role;
                happened.roles += 1;
            }
        }
    }

    /// Everybody may sign again.
    pub(super) async fn enable_all(&mut self) {
        for key in std::mem::take(&mut self.disabled) {
            let email = self.reader(&key).email;
            self.mutate(&format!("modify_user(email: \"{email}\", props: {{status: \"active\"}})")).await;
            self.mutate(&format!("modify_keypair(access_key: \"{key}\", props: {{is_active: true}})")).await;
        }
    }
}

fn over(row: &Row) -> bool {
    ["TERMINATED", "ERROR", "CANCELLED"].contains(&STATUSES[row.status])
}
