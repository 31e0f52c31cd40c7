//! Pages of people and keypairs against plain ones in memory: actor x filter x order x page.

use std::collections::HashMap;

use rollcall_model::Timestamp;
use rollcall_model::account::{Keypair, User, UserStatus};
use rollcall_model::ids::{AccessKey, DomainName};
use rollcall_model::list::filter::{Filter, Operator, Value};
use rollcall_model::list::keys::{KEYPAIRS, Key, KeyTable, Kind, USERS};
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::RowsRequest;
use rollcall_model::role::Role;
use rollcall_model::see;
use rollcall_model::status::Step;
use rollcall_store::{UserFilter, UserStatuses};

use crate::manage::{person, root};
use crate::on_both_engines;
use crate::oracle::{Cell, Dice, by_keys, holds};
use crate::world::{World, at};

on_both_engines!(accounts_as_the_oracle_does);

const CASES: u64 = 300;
const STATUSES: [UserStatus; 4] =
    [UserStatus::Active, UserStatus::Inactive, UserStatus::Deleted, UserStatus::BeforeVerification];
const WORDS: [&str; 8] = ["Person p1", "p1", "P%", "_er%", "%", "default", "p2@example.com", "ON P"];

/// Some thirty people of all kinds, each with a key.
async fn crowd(world: &World, dice: &mut Dice) {
    let may = root(world).await;
    for n in 0..24 {
        let mut new = person(&format!("p{n}"), dice.one_of::<&str>(&["default", "second"]));
        new.user.status = *dice.one_of(&STATUSES);
        new.user.role = *dice.one_of(&Role::ALL);
        new.user.need_password_change = dice.below(2) == 0;
        new.user.status_info = (dice.below(2) == 0).then(|| "admin-requested".to_owned());
        new.user.created_at = at(dice.below(4) as i64);
        new.user.modified_at = at(dice.below(4) as i64);
        new.keypair.is_active = dice.below(2) == 0;
        new.keypair.is_admin = dice.below(2) == 0;
        new.keypair.rate_limit = dice.below(3) as i32 + 1;
        world.store.create_user(&may, &new).await.unwrap();
    }
    for (owner, n) in [("alice", 2), ("carol", 1)] {
        for turn in 0..n {
            let session = world.create(owner, &format!("job-{turn}"), 10).await;
            world.walk(session.id, 20, &[Step::Schedule]).await;
        }
    }
}

fn some_value(dice: &mut Dice, kind: Kind, ids: &[uuid::Uuid]) -> Value {
    match kind {
        Kind::Text => Value::Text((*dice.one_of(&WORDS)).to_owned()),
        Kind::Id => Value::Id(*dice.one_of(ids)),
        Kind::Integer if dice.below(4) == 0 => Value::Float(1.5),
        Kind::Integer => Value::Integer(dice.below(4) as i64),
        Kind::Bool => Value::Bool(dice.below(2) == 0),
        Kind::Moment => Value::Moment(at(dice.below(4) as i64)),
        Kind::Enum(names) => Value::Integer(dice.below(names().len() as u64) as i64),
    }
}

fn some_filter(dice: &mut Dice, keys: &KeyTable, ids: &[uuid::Uuid], depth: u32) -> Filter {
    use Operator::{Contains, Equal, Greater, GreaterOrEqual, Ilike, In, Is, IsNot, Less, LessOrEqual, Like, NotEqual};
    let inner = |dice: &mut Dice| Box::new(some_filter(dice, keys, ids, depth - 1));
    match if depth == 0 { 3 } else { dice.below(6) } {
        0 => return Filter::Not(inner(dice)),
        1 => return Filter::And(inner(dice), inner(dice)),
        2 => return Filter::Or(inner(dice), inner(dice)),
        _ => {}
    }
    let Key { name, kind } = *dice.one_of(keys.filter);
    let (operator, value) = match dice.below(6) {
        0 => (*dice.one_of(&[Is, IsNot, Equal, NotEqual]), Value::Null),
        1 => (In, Value::List((0..dice.below(4)).map(|_| some_value(dice, kind, ids)).collect())),
        2 if matches!(kind, Kind::Text) => (*dice.one_of(&[Contains, Like, Ilike]), some_value(dice, kind, ids)),
        3 if matches!(kind, Kind::Bool) => (*dice.one_of(&[Is, IsNot]), some_value(dice, kind, ids)),
        _ => {
            let operator = *dice.one_of(&[Equal, NotEqual, Greater, GreaterOrEqual, Less, LessOrEqual]);
            (operator, some_value(dice, kind, ids))
        }
    };
    Filter::Compare { key: name.to_owned(), operator, value }
}

fn some_request(dice: &mut Dice, keys: &KeyTable, ids: &[uuid::Uuid]) -> RowsRequest {
    let key =
        |dice: &mut Dice| OrderKey { key: dice.one_of(keys.order).name.to_owned(), descending: dice.below(2) == 0 };
    RowsRequest {
        filter: (dice.below(4) > 0).then(|| some_filter(dice, keys, ids, 2)),
        order: (0..dice.below(3)).map(|_| key(dice)).collect(),
        page: Page::new(dice.below(40) as i64, *dice.one_of(&[0, 0, 3, 20, i64::MAX])).unwrap(),
    }
}

fn text(text: &str) -> Option<Cell> {
    Some(Cell::Text(text.to_owned()))
}

fn number(number: i64) -> Option<Cell> {
    Some(Cell::Number(number))
}

fn moment(at: Timestamp) -> Option<Cell> {
    Some(Cell::Number(at.timestamp_micros()))
}

fn of_user(user: &User, key: &str) -> Option<Cell> {
    match key {
        "uuid" => Some(Cell::Id(user.id.0)),
        "username" => text(&user.username),
        "email" => text(&user.email),
        "need_password_change" => number(user.need_password_change.into()),
        "full_name" => text(&user.full_name),
        "description" => text(&user.description),
        "status" => number(STATUSES.iter().position(|status| *status == user.status).unwrap() as i64),
        "status_info" => user.status_info.as_deref().and_then(text),
        "created_at" => moment(user.created_at),
        "modified_at" => moment(user.modified_at),
        "domain_name" => text(user.domain.as_str()),
        "role" => number(Role::ALL.iter().position(|role| *role == user.role).unwrap() as i64),
        other => panic!("no key {other}"),
    }
}

fn of_keypair(pair: &Keypair, used: &HashMap<AccessKey, i32>, key: &str) -> Option<Cell> {
    match key {
        "access_key" => text(pair.access_key.as_str()),
        "user_id" => Some(Cell::Id(pair.user_id.0)),
        "email" => text(&pair.email),
        "full_name" => text(&pair.full_name),
        "is_active" => number(pair.is_active.into()),
        "is_admin" => number(pair.is_admin.into()),
        "resource_policy" => text(&pair.resource_policy),
        "created_at" => moment(pair.created_at),
        "last_used" => pair.last_used.and_then(moment),
        "concurrency_used" => number(used.get(&pair.access_key).copied().unwrap_or(0).into()),
        "rate_limit" => number(pair.rate_limit.into()),
        "num_queries" => number(pair.num_queries),
        "ssh_public_key" => pair.ssh_public_key.as_deref().and_then(text),
        other => panic!("no key {other}"),
    }
}

/// The page of the rows that meet the filter, the newest first unless ordered; `ties` decides the rest.
fn paged<T: Clone>(
    rows: Vec<T>,
    request: &RowsRequest,
    cell: impl Fn(&T, &str) -> Option<Cell>,
    ties: &str,
) -> (Vec<T>, i64) {
    let meets =
        |row: &T| request.filter.as_ref().is_none_or(|filter| holds(filter, &|key| cell(row, key)) == Some(true));
    let mut found: Vec<T> = rows.into_iter().filter(|row| meets(row)).collect();
    let key = |key: &str, descending| OrderKey { key: key.to_owned(), descending };
    let mut order = request.order.clone();
    if order.is_empty() {
        order.push(key("created_at", true));
    }
    order.push(key(ties, false));
    found.sort_by(|a, b| by_keys(&order, |key| cell(a, key), |key| cell(b, key)));
    let total = found.len() as i64;
    let skipped = usize::try_from(request.page.offset()).unwrap_or(usize::MAX);
    (found.into_iter().skip(skipped).take(request.page.limit() as usize).collect(), total)
}

async fn accounts_as_the_oracle_does(world: World) {
    let mut dice = Dice(11);
    let world = world.founded(Vec::new()).await;
    crowd(&world, &mut dice).await;
    let store = &world.store;
    let (root, admin) = (world.caller("root").await, world.caller("admin").await);
    // All of them, by the look-ups that have neither filter nor page.
    let people = store.seen_users(&see::see_users(&root, None).unwrap(), &UserFilter::default()).await.unwrap();
    let pairs = store.seen_keypairs(&see::see_keypairs(&root, None, None).unwrap(), None).await.unwrap();
    assert_eq!((people.len(), pairs.len()), (29, 29));
    let keys: Vec<AccessKey> = pairs.iter().map(|pair| pair.access_key.clone()).collect();
    let used = store.concurrency_of(&keys).await.unwrap();
    let domain_of: HashMap<_, DomainName> = people.iter().map(|user| (user.id, user.domain.clone())).collect();
    let ids: Vec<uuid::Uuid> = people.iter().map(|user| user.id.0).collect();
    for case in 0..CASES {
        let (caller, only) = match dice.below(3) {
            0 => (&admin, Some("default")),
            1 => (&root, Some("second")),
            _ => (&root, None),
        };
        let inside = |domain: &DomainName| only.is_none_or(|only| domain.as_str() == only);

        let status = match dice.below(4) {
            0 => Some(UserStatuses::Is(*dice.one_of(&STATUSES))),
            1 => Some(UserStatuses::IsNot(*dice.one_of(&STATUSES))),
            _ => None,
        };
        let chosen = |user: &&User| match status {
            Some(UserStatuses::Is(status)) => user.status == status,
            Some(UserStatuses::IsNot(status)) => user.status != status,
            None => true,
        };
        let request = some_request(&mut dice, &USERS, &ids);
        let rows: Vec<User> = people.iter().filter(|user| inside(&user.domain)).filter(chosen).cloned().collect();
        let expected = paged(rows, &request, of_user, "email");
        let see = see::see_users(caller, only).unwrap();
        let page = store.list_users(&see, &UserFilter { group: None, status }, &request).await.unwrap();
        assert_eq!((page.items, page.total), expected, "case {case}: {only:?} {status:?} {request:?}");

        let is_active = (dice.below(3) == 0).then(|| dice.below(2) == 0);
        let request = some_request(&mut dice, &KEYPAIRS, &ids);
        let rows = pairs.iter().filter(|pair| inside(&domain_of[&pair.user_id]));
        let rows = rows.filter(|pair| is_active.is_none_or(|wanted| pair.is_active == wanted)).cloned().collect();
        let expected = paged(rows, &request, |pair, key| of_keypair(pair, &used, key), "access_key");
        let see = see::see_keypairs(caller, only, None).unwrap();
        let page = store.list_keypairs(&see, is_active, &request).await.unwrap();
        assert_eq!((page.items, page.total), expected, "case {case}: {only:?} {is_active:?} {request:?}");
    }
}
