//! What a session printed, whole and as it comes. The API tells logs whole alone, and of a long one the end:
//! what is new is what stands behind the part that was seen.

use std::time::Duration;

use rollcall_model::ids::SessionId;

use super::Sessions;
use crate::error::Error;
use crate::transport::Client;

/// Looked at again after this while something is printed, and ever more slowly while nothing is.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The longest pause between two looks.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// As much of the end of the last log is looked for in the next one, which may have lost its
/// beginning.
const ANCHOR_BYTES: usize = 4096;

/// A log that is followed, see [`Sessions::follow_logs`].
#[derive(Debug)]
pub struct FollowedLog {
    client: Client,
    session: SessionId,
    owner: Option<String>,
    shown: String,
    /// Before the next look; `None` before the first.
    pause: Option<Duration>,
    over: bool,
}

impl Sessions<'_> {
    /// What a session prints, from what it has printed so far until it is over. Nothing is sent yet.
    #[must_use]
    pub fn follow_logs(&self, session: SessionId, owner: Option<&str>) -> FollowedLog {
        FollowedLog {
            client: self.client.clone(),
            session,
            owner: owner.map(str::to_owned),
            shown: String::new(),
            pause: None,
            over: false,
        }
    }
}

impl FollowedLog {
    /// What was printed since the last time, once there is something; `None` when the session is over and
    /// everything has been told. After an error it may be asked again, and nothing is missing then.
    ///
    /// # Errors
    /// As the server answers, but for a log that is not there yet.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        while !self.over {
            if let Some(pause) = self.pause {
                tokio::time::sleep(pause).await;
            }
            if let Some(new) = self.look().await? {
                return Ok(Some(new));
            }
            if self.client.sessions().get(self.session).await?.is_none_or(|row| row.is_dead()) {
                // What came between the log and the end.
                let last = self.look().await?;
                self.over = true;
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// What is new, if anything is.
    async fn look(&mut self) -> Result<Option<String>, Error> {
        let log = match self.client.sessions().logs(self.session, self.owner.as_deref()).await {
            Ok(log) => log,
            // Nothing is kept before it ran, and of one that never ran.
            Err(error) if error.status() == Some(404) => String::new(),
            Err(error) => return Err(error),
        };
        let new = fresh(&self.shown, &log).to_owned();
        if new.is_empty() {
            self.pause = Some(self.pause.map_or(FIRST_LOOK, |pause| (pause * 2).min(LAST_LOOK)));
            return Ok(None);
        }
        (self.pause, self.shown) = (Some(FIRST_LOOK), log);
        Ok(Some(new))
    }
}

/// What is new in a log of which only the end is kept.
fn fresh<'a>(shown: &str, log: &'a str) -> &'a str {
    if let Some(new) = log.strip_prefix(shown) {
        return new;
    }
    let mut start = shown.len().saturating_sub(ANCHOR_BYTES);
    while !shown.is_char_boundary(start) {
        start += 1;
    }
    let anchor = &shown[start..];
    log.rfind(anchor).map_or(log, |at| &log[at + anchor.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_comes() {
        assert_eq!(fresh("", "one\n"), "one\n");
        assert_eq!(fresh("one\n", "one\ntwo\n"), "two\n");
        assert_eq!(fresh("one\n", "one\n"), "");
    }

    #[test]
    fn a_log_that_lost_its_beginning_goes_on() {
        let old: String = (0..2000).map(|line| format!("line {line}\n")).collect();
        let whole: String = (0..2005).map(|line| format!("line {line}\n")).collect();
        let cut = &whole[6000..];
        let expected: String = (2000..2005).map(|line| format!("line {line}\n")).collect();
        assert_eq!(fresh(&old, cut), expected);
    }

    #[test]
    fn a_restarted_log_comes_whole() {
        assert_eq!(fresh("old words\n", "new words\n"), "new words\n");
        assert_eq!(fresh("é", "x"), "x");
    }
}
