//! Pages of what stands still, by offsets, by cursors, and as a whole.

use rollcall_testkit::{postgres::Postgres, skip};
use serde_json::Value;

use super::list::{Held, List, Reader, Refused};
use super::read::{Page, Told, get, id_of, page, shown, target};
use crate::rows::Dice;
use crate::world::{World, cases};

const CASES: u64 = 1_000;
const SEED: u64 = 20_270_307;
const CASES_OF_A_WORLD: u64 = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_the_oracle_s_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    run("sqlite", |world| {
        let path = directory.path().join(format!("{world}.db"));
        rollcall_store::Settings::Sqlite { path }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_the_oracle_s_on_postgresql() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => return skip::missing("oracle::v1::postgresql", &missing.reason, &missing.remedy),
    };
    run("postgresql", |world| {
        let url = server.create_database(&format!("pages{world}")).unwrap();
        rollcall_store::Settings::Postgres { url: url.into() }
    })
    .await;
}

async fn run(engine: &str, database: impl Fn(u64) -> rollcall_store::Settings) {
    let cases = cases(CASES);
    let mut tally = Tally::default();
    for number in 0..cases.div_ceil(CASES_OF_A_WORLD) {
        let mut dice = Dice(SEED + number);
        let world = World::new(&database(number), &mut dice).await;
        world.add_second_keys().await;
        for case in 0..CASES_OF_A_WORLD.min(cases - number * CASES_OF_A_WORLD) {
            let about = format!("world {number}, case {case} on {engine}");
            Case::random(&mut dice, &world).judge(&world, &about, &mut tally).await;
        }
    }
    crate::say(&format!("pages on {engine}: {cases} cases, {tally:?}"));
    tally.assert_varied(cases);
}

/// Who asks for which list, and for how much of it.
#[derive(Debug)]
struct Case {
    key: String,
    reader: Reader,
    list: List,
    limit: i64,
    offset: i64,
    exact: bool,
    /// One parameter that is no good, in place of what it was.
    spoilt: Option<(&'static str, &'static str)>,
    /// How it is read beside its page.
    beside: Beside,
}

#[derive(Clone, Copy, Debug)]
enum Beside {
    /// Not at all.
    Nothing,
    /// From cursor to cursor, from the page on.
    Walked,
    /// All at once.
    Exported,
}

impl Case {
    fn random(dice: &mut Dice, world: &World) -> Self {
        let actor = dice.one_of(&world.actors);
        let second = if dice.once_in(2) { "-2" } else { "" };
        let spoilt = dice.once_in(20).then(|| {
            *dice.one_of(&[
                ("status", "running"),
                ("status", "RUNNING, PENDING"),
                ("tab", "all"),
                ("filter", ""),
                ("filter", "tag == \"a\""),
                ("filter", "(name == \"a\""),
                ("order", "tag"),
                ("order", "name,,id"),
                ("limit", "0"),
                ("limit", "1001"),
                ("offset", "-1"),
                ("count", "maybe"),
                ("group_id", "default"),
                ("cursor", "x"),
                ("fields", "secret_key"),
            ])
        });
        Self {
            key: format!("{}{second}", actor.access_key),
            reader: Reader { email: actor.email.clone(), role: actor.role.to_owned(), domain: actor.domain.to_owned() },
            list: List::random(dice, &world.groups, &world.keys),
            limit: if dice.once_in(10) { 1000 } else { i64::try_from(1 + dice.below(40)).unwrap() },
            offset: match dice.below(6) {
                0 => i64::try_from(dice.below(300)).unwrap(),
                1 | 2 => i64::try_from(dice.below(20)).unwrap(),
                3 if dice.once_in(4) => *dice.one_of(&[1_000_000, i64::MAX]),
                _ => 0,
            },
            exact: !dice.once_in(4),
            spoilt,
            beside: match dice.below(8) {
                0 => Beside::Exported,
                1 | 2 => Beside::Walked,
                _ => Beside::Nothing,
            },
        }
    }

    fn parameters(&self, start: (&'static str, String)) -> Vec<(&'static str, String)> {
        let mut given = self.list.parameters();
        given.push(("limit", self.limit.to_string()));
        given.push(start);
        if !self.exact {
            given.push(("count", "none".to_owned()));
        }
        if let Some((name, value)) = self.spoilt {
            // A status beside a tab would be wrong for another reason.
            let rivals: &[&str] = if matches!(name, "tab" | "status") { &["tab", "status"] } else { &[name] };
            given.retain(|(known, _)| !rivals.contains(known));
            given.push((name, value.to_owned()));
        }
        given
    }

    /// The page from a place on, by plain counting.
    fn expected(&self, held: &Held<'_>, from: usize) -> Page {
        let rows = held.rows.iter().skip(from).take(usize::try_from(self.limit).unwrap());
        let rows: Vec<_> = rows.map(|row| shown(row)).collect();
        Page {
            more: !rows.is_empty() && from + rows.len() < held.rows.len(),
            rows,
            total: self.exact.then(|| i64::try_from(held.rows.len()).unwrap()),
            tabs: self.exact.then_some(held.tabs),
        }
    }

    async fn judge(&self, world: &World, about: &str, tally: &mut Tally) {
        let held = self.list.held_by(&self.reader, &world.rows);
        let from = usize::try_from(self.offset).unwrap();
        let expected = match &held {
            // What is no good is said before rights are looked at.
            _ if self.spoilt.is_some() => Told::Invalid,
            Err(Refused::UnknownKey) => Told::Invalid,
            Err(refused) => Told::Refused(*refused),
            Ok(held) => Told::Page(self.expected(held, from)),
        };
        let first = target("/v1/sessions", &self.parameters(("offset", self.offset.to_string())));
        let (told, answer) = page(&world.router, &self.key, &first).await;
        assert_eq!(told, expected, "{about}: {self:#?}");
        tally.count(&told);
        let (Told::Page(_), Ok(held)) = (&told, held) else { return };
        match self.beside {
            Beside::Nothing => {}
            Beside::Walked => self.walk(world, &held, from, answer, about, tally).await,
            Beside::Exported => self.export(world, &held, about, tally).await,
        }
    }

    /// From the first page to the end; a cursor carries order and conditions alone.
    async fn walk(
        &self,
        world: &World,
        held: &Held<'_>,
        mut from: usize,
        mut answer: Value,
        about: &str,
        tally: &mut Tally,
    ) {
        while let Some(cursor) = answer["next_cursor"].as_str() {
            from += answer["items"].as_array().unwrap().len();
            let mut given = vec![("cursor", cursor.to_owned()), ("limit", self.limit.to_string())];
            if !self.exact {
                given.push(("count", "none".to_owned()));
            }
            let (told, next) = page(&world.router, &self.key, &target("/v1/sessions", &given)).await;
            assert_eq!(told, Told::Page(self.expected(held, from)), "{about}, from {from}: {self:#?}");
            answer = next;
            tally.walked += 1;
        }
    }

    /// All rows in their order, line by line.
    async fn export(&self, world: &World, held: &Held<'_>, about: &str, tally: &mut Tally) {
        let target = target("/v1/sessions.ndjson", &self.list.parameters());
        let (status, text) = get(&world.router, &self.key, &target).await;
        assert_eq!(status, 200, "{text}");
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: Vec<_> = rows.iter().map(id_of).collect();
        let wanted: Vec<_> = held.rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, wanted, "{about}, exported: {self:#?}");
        tally.exported += 1;
    }
}

/// How the cases came out.
#[derive(Debug, Default)]
struct Tally {
    found: u64,
    empty: u64,
    refused: u64,
    invalid: u64,
    walked: u64,
    exported: u64,
}

impl Tally {
    fn count(&mut self, told: &Told) {
        match told {
            Told::Page(page) if page.rows.is_empty() => self.empty += 1,
            Told::Page(_) => self.found += 1,
            Told::Refused(_) => self.refused += 1,
            Told::Invalid => self.invalid += 1,
            Told::Nobody => panic!("all keys may sign"),
        }
    }

    fn assert_varied(&self, cases: u64) {
        let counts = [self.found, self.empty, self.refused, self.invalid, self.walked, self.exported];
        assert!(counts.iter().all(|count| count * 50 >= cases) || cases < 1000, "too few of some kind: {self:?}");
    }
}
