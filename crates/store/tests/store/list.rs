//! The list against a naive one in memory: scope x status x filter x order x page.

use rollcall_model::access::{self, ScopeArguments};
use rollcall_model::list::after::After;
use rollcall_model::list::filter::{Filter, Operator, Value};
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::{ListRequest, RowsRequest};
use rollcall_model::status::{Status, Step};

use crate::on_both_engines;
use crate::oracle::{Dice, listed, past, some_filter, some_order};
use crate::world::{World, group, key, system};

on_both_engines!(
    lists_as_the_oracle_does,
    walks_by_place_as_the_oracle_does,
    lists_kernels,
    what_no_database_holds_is_nowhere
);

const CASES: u64 = 400;

async fn lists_as_the_oracle_does(world: World) {
    let mut dice = Dice(7);
    let demo: Vec<_> = (0..250).map(|n| past(&mut dice, n)).collect();
    let all: Vec<_> = demo.iter().map(|past| past.session.clone()).collect();
    let world = world.founded(demo).await;
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
    for case in 0..CASES {
        if case == CASES / 2 {
            world.store.fold_counters(system()).await.unwrap();
        }
        let who = *dice.one_of(&["root", "admin", "alice", "bob"]);
        let own = (who == "alice" || who == "bob").then(|| key(who));
        let other = key(dice.one_of::<&str>(&["root", "alice", "carol", "nobody"]));
        let asked = match (own, dice.below(2)) {
            (Some(own), 0) => Some(own),
            (None, 0) => Some(other),
            _ => None,
        };
        let arguments = ScopeArguments {
            domain: (who == "root" && dice.below(3) == 0).then_some("second"),
            group: (dice.below(3) == 0).then(|| group(dice.one_of::<&str>(&["default", "second"]))),
            access_key: asked.as_ref().map(|key| key.as_str()),
        };
        let scope = access::session_scope(&world.caller(who).await, arguments).unwrap();
        let statuses =
            (dice.below(4) > 0).then(|| Status::ALL.into_iter().filter(|_| dice.below(3) == 0).collect::<Vec<_>>());
        let request = ListRequest {
            statuses,
            filter: (dice.below(2) == 0).then(|| some_filter(&mut dice, 2)),
            order: if dice.below(2) == 0 { Vec::new() } else { some_order(&mut dice) },
            page: Page::new(dice.below(30) as i64, *dice.one_of(&[0, 0, 3, 20, 200, i64::MAX])).unwrap(),
        };
        let (items, total) = listed(&all, &scope, &request);
        let page = world.store.list_sessions(&scope, &request).await.unwrap();
        assert_eq!(page.total, total, "case {case}: {scope:?} {request:?}");
        let names = |sessions: &[rollcall_model::session::Session]| {
            sessions.iter().map(|session| session.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&page.items), names(&items), "case {case}: {scope:?} {request:?}");
        assert_eq!(page.items, items, "case {case}");
    }
}

/// From place to place, whatever the order: nothing is missed, nothing comes twice. And the same rows
/// by the person as by all of their keys.
async fn walks_by_place_as_the_oracle_does(world: World) {
    let mut dice = Dice(11);
    let demo: Vec<_> = (0..150).map(|n| past(&mut dice, n)).collect();
    let all: Vec<_> = demo.iter().map(|past| past.session.clone()).collect();
    let world = world.founded(demo).await;
    for case in 0..CASES / 4 {
        let who = *dice.one_of(&["root", "admin", "alice", "bob"]);
        let asked = (dice.below(4) == 0).then(|| key(who));
        let arguments = ScopeArguments {
            domain: None,
            group: (dice.below(3) == 0).then(|| group(dice.one_of::<&str>(&["default", "second"]))),
            access_key: asked.as_ref().map(|key| key.as_str()),
        };
        let scope = access::person_scope(&world.caller(who).await, arguments).unwrap();
        let filter = (dice.below(2) == 0).then(|| some_filter(&mut dice, 2));
        let request = ListRequest {
            statuses: (dice.below(4) > 0).then(|| Status::ALL.into_iter().filter(|_| dice.below(3) > 0).collect()),
            filter,
            order: if dice.below(3) == 0 { Vec::new() } else { some_order(&mut dice) },
            page: Page::new(1 + dice.below(40) as i64, 0).unwrap(),
        };
        let whole = ListRequest { page: Page::new(1000, 0).unwrap(), ..request.clone() };
        let (wanted, _) = listed(&all, &scope, &whole);
        let mut walked = Vec::new();
        let mut after: Option<After> = None;
        loop {
            let page = world.store.walk_sessions(&scope, &request, after.as_ref()).await.unwrap();
            let Some(last) = page.last() else { break };
            // As it travels in a cursor.
            let place = serde_json::to_string(&After::row(last, &request.order)).unwrap();
            after = Some(serde_json::from_str(&place).unwrap());
            walked.extend(page);
        }
        assert_eq!(walked, wanted, "case {case}: {scope:?} {request:?}");
        let counted = world.store.count_sessions(&scope, request.filter.as_ref()).await.unwrap();
        let every = ListRequest { statuses: None, ..whole };
        for status in Status::ALL {
            let (found, _) = listed(&all, &scope, &every);
            let number = found.iter().filter(|session| session.status == status).count() as i64;
            assert_eq!(counted.get(&status).copied().unwrap_or(0), number, "case {case}: {status} {scope:?} {every:?}");
        }
    }
    // A place of another order is none of this one.
    let place = After { values: vec![None, None], id: uuid::Uuid::nil() };
    let request = ListRequest { statuses: None, filter: None, order: Vec::new(), page: Page::new(1, 0).unwrap() };
    assert!(world.store.walk_sessions(&system().scope(), &request, Some(&place)).await.is_err());
}

async fn lists_kernels(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = world.create("alice", "job-one", 10).await;
    world.walk(session.id, 20, &[Step::Schedule]).await;
    let list = |role: Option<&'static str>, filter: Option<Filter>, order: Vec<OrderKey>| {
        let request = RowsRequest { filter, order, page: Page::new(10, 0).unwrap() };
        let world = &world;
        async move {
            let scope = world.scope("alice").await;
            let page = world.store.list_kernels(&scope, session.id, role, &request).await.unwrap();
            let hosts: Vec<String> = page.items.into_iter().map(|kernel| kernel.cluster_hostname).collect();
            assert_eq!(hosts.len() as i64, page.total);
            hosts
        }
    };
    let by_role = |descending| vec![OrderKey { key: "cluster_role".to_owned(), descending }];
    assert_eq!(list(None, None, by_role(true)).await, ["sub1", "main1"]);
    assert_eq!(list(None, None, by_role(false)).await, ["main1", "sub1"]);
    assert_eq!(list(Some("sub"), None, Vec::new()).await, ["sub1"]);
    let host = |value: &str| Filter::Compare {
        key: "cluster_hostname".to_owned(),
        operator: Operator::Ilike,
        value: Value::Text(value.to_owned()),
    };
    assert_eq!(list(None, Some(host("MAIN%")), Vec::new()).await, ["main1"]);
    let request = RowsRequest { filter: None, order: Vec::new(), page: Page::new(10, 0).unwrap() };
    let foreign = world.store.list_kernels(&world.scope("bob").await, session.id, None, &request).await.unwrap();
    assert_eq!(foreign.total, 0);
}

/// PostgreSQL has no texts with a zero byte: who asks for one is answered, and the same by both engines.
async fn what_no_database_holds_is_nowhere(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = world.create("alice", "job-one", 10).await;
    let root = world.caller("root").await;
    let page = Page::new(10, 0).unwrap();
    let sessions = ListRequest { statuses: None, filter: None, order: Vec::new(), page };
    let kernels = RowsRequest { filter: None, order: Vec::new(), page };
    for (domain, access_key) in [(Some("default\0"), None), (None, Some("AKIAALICE\0"))] {
        let asked = ScopeArguments { domain, access_key, group: None };
        let scope = access::session_scope(&root, asked).unwrap();
        assert_eq!(world.store.list_sessions(&scope, &sessions).await.unwrap().total, 0);
        assert_eq!(world.store.list_kernels(&scope, session.id, None, &kernels).await.unwrap().total, 0);
        assert_eq!(world.store.session(&scope, session.id).await.unwrap(), None);
        assert_eq!(world.store.kernel(&scope, session.id.main_kernel()).await.unwrap(), None);
        assert!(world.store.kernels_of(&scope, &[session.id]).await.unwrap().is_empty());
    }
    let everything = system().scope();
    assert_eq!(world.store.list_kernels(&everything, session.id, Some("main\0"), &kernels).await.unwrap().total, 0);
    assert_eq!(world.store.list_kernels(&everything, session.id, Some("main"), &kernels).await.unwrap().total, 1);
}
