//! Pages of people, keypairs and agents: filters, orders, totals; and what a page's rows ask for
//! together.

use rollcall_model::access;
use rollcall_model::account::UserStatus;
use rollcall_model::agent::Agent;
use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId, UserId};
use rollcall_model::list::keys::{AGENTS, KEYPAIRS, KeyTable, Kind, USERS};
use rollcall_model::list::request::{ListArguments, RowsRequest};
use rollcall_model::role::Role;
use rollcall_model::see;
use rollcall_model::status::Step;
use rollcall_store::{AgentFilter, ListPage, UserFilter, UserStatuses};

use crate::manage::{keypair, person, root};
use crate::on_both_engines;
use crate::world::{AGENT, World, at, email, group, key, system, user};

on_both_engines!(
    people_by_filter_and_order,
    keypairs_by_filter_and_order,
    agents_by_filter_and_order,
    every_key_is_known_to_the_database,
    rows_together,
);

fn request(keys: &KeyTable, filter: Option<&str>, order: &str, limit: i64, offset: i64) -> RowsRequest {
    let arguments = ListArguments { limit, offset, status: None, filter, order: Some(order) };
    RowsRequest::parse(arguments, keys).unwrap()
}

/// Five people of the founding, and two later ones who are neither active nor plain.
async fn peopled(world: World) -> World {
    let world = world.founded(Vec::new()).await;
    let may = root(&world).await;
    let mut dora = person("dora", "second");
    dora.user.status = UserStatus::BeforeVerification;
    dora.user.need_password_change = true;
    dora.user.description = "50% of the time".to_owned();
    let mut emil = person("emil", "default");
    (emil.user.status, emil.user.role) = (UserStatus::Inactive, Role::Monitor);
    emil.user.status_info = Some("admin-requested".to_owned());
    (emil.user.created_at, emil.keypair.is_active) = (at(6), false);
    for new in [&dora, &emil] {
        world.store.create_user(&may, new).await.unwrap();
    }
    world
}

async fn people_by_filter_and_order(world: World) {
    let world = peopled(world).await;
    let (root, admin) = (world.caller("root").await, world.caller("admin").await);
    let listed = async |caller, chosen: UserFilter, request: RowsRequest| {
        let see = see::see_users(caller, None).unwrap();
        let page = world.store.list_users(&see, &chosen, &request).await.unwrap();
        let names: Vec<String> = page.items.into_iter().map(|user| user.username).collect();
        (names.join(" "), page.total)
    };
    let any = UserFilter::default();
    let told = |names: &str, total: i64| (names.to_owned(), total);

    // The newest first; the e-mail decides between equals.
    let plain = |limit, offset| request(&USERS, None, "", limit, offset);
    assert_eq!(listed(&root, any, plain(20, 0)).await, told("emil dora admin alice bob carol root", 7));
    assert_eq!(listed(&root, any, plain(2, 1)).await, told("dora admin", 7));
    assert_eq!(listed(&root, any, plain(0, 0)).await, told("", 7));
    assert_eq!(listed(&root, any, plain(5, i64::MAX)).await, told("", 7));
    assert_eq!(listed(&admin, any, plain(20, 0)).await, told("emil admin alice bob root", 5));
    let inactive = UserFilter { status: Some(UserStatuses::IsNot(UserStatus::Active)), group: None };
    assert_eq!(listed(&root, inactive, plain(20, 0)).await, told("emil dora", 2));
    let verified = UserFilter { status: Some(UserStatuses::Is(UserStatus::BeforeVerification)), group: None };
    assert_eq!(listed(&root, verified, plain(20, 0)).await, told("dora", 1));
    let joined = UserFilter { status: None, group: Some(group("second")) };
    assert_eq!(listed(&root, joined, plain(20, 0)).await, told("dora carol", 2));
    assert_eq!(listed(&admin, joined, plain(20, 0)).await, told("", 0));

    let alice = user("alice");
    for (filter, names) in [
        (r#"role == "USER""#, "alice bob carol dora"),
        (r#"role > "USER""#, "emil"),
        (r#"role in ["SUPERADMIN", "MONITOR"]"#, "emil root"),
        (r#"status != "ACTIVE""#, "dora emil"),
        (r#"status == "BEFORE_VERIFICATION" | status == "INACTIVE""#, "dora emil"),
        (r#"!status == "DELETED""#, "admin alice bob carol dora emil root"),
        ("need_password_change is true", "dora"),
        ("need_password_change == false & role == \"SUPERADMIN\"", "root"),
        ("status_info isnot null", "emil"),
        ("status_info == null & domain_name == \"second\"", "carol dora"),
        (&format!("uuid == \"{alice}\""), "alice"),
        (&format!("uuid in [\"{alice}\", \"{}\"]", user("bob").0.simple()), "alice bob"),
        ("description contains \"50%\"", "dora"),
        ("email like \"%o%@example.com\"", "bob carol dora root"),
        ("full_name ilike \"PERSON D%\"", "dora"),
        ("created_at > \"2020-09-13T12:26:45Z\"", "dora emil"),
        ("username in []", ""),
    ] {
        let total = names.split_whitespace().count();
        let (found, count) = listed(&root, any, request(&USERS, Some(filter), "username", 20, 0)).await;
        assert_eq!((found.as_str(), count), (names, i64::try_from(total).unwrap()), "{filter}");
        let (_, own) = listed(&admin, any, request(&USERS, Some(filter), "username", 20, 0)).await;
        assert!(own <= count, "{filter}");
    }
    for (order, names) in [
        ("-username", "root emil dora carol bob alice admin"),
        ("role,-username", "root admin dora carol bob alice emil"),
        ("-status,email", "dora emil admin alice bob carol root"),
        ("status_info,-email", "emil root dora carol bob alice admin"),
        ("-need_password_change,domain_name,full_name", "dora admin alice bob emil root carol"),
        ("-created_at,uuid", "emil dora root admin alice bob carol"),
    ] {
        assert_eq!(listed(&root, any, request(&USERS, None, order, 20, 0)).await, told(names, 7), "{order}");
    }
    let strange = see::see_users(&root, Some("a\0")).unwrap();
    assert_eq!(world.store.list_users(&strange, &any, &plain(9, 0)).await.unwrap().total, 0);
}

async fn keypairs_by_filter_and_order(world: World) {
    let world = peopled(world).await;
    let (root, admin, alice) = (world.caller("root").await, world.caller("admin").await, world.caller("alice").await);
    for (owner, name) in [("alice", "one"), ("alice", "two"), ("carol", "three")] {
        let session = world.create(owner, &format!("job-{name}"), 20).await;
        if name != "two" {
            world.walk(session.id, 30, &[Step::Schedule]).await;
        }
    }
    let listed = async |caller, is_active, request: RowsRequest| {
        let see = see::see_keypairs(caller, None, None).unwrap();
        let page = world.store.list_keypairs(&see, is_active, &request).await.unwrap();
        let names: Vec<String> =
            page.items.into_iter().map(|pair| pair.access_key.as_str()[4..].to_lowercase()).collect();
        (names.join(" "), page.total)
    };
    let told = |names: &str, total: i64| (names.to_owned(), total);
    let plain = |limit, offset| request(&KEYPAIRS, None, "", limit, offset);
    assert_eq!(listed(&root, None, plain(20, 0)).await, told("emil dora admin alice bob carol root", 7));
    assert_eq!(listed(&root, None, plain(3, 2)).await, told("admin alice bob", 7));
    assert_eq!(listed(&root, Some(false), plain(9, 0)).await, told("emil", 1));
    assert_eq!(listed(&admin, None, plain(9, 0)).await, told("emil admin alice bob root", 5));
    assert_eq!(listed(&alice, None, plain(9, 0)).await, told("alice", 1));
    for (filter, names) in [
        ("concurrency_used > 0", "alice carol"),
        ("concurrency_used == 0 & is_admin is true", "admin root"),
        ("is_active == false", "emil"),
        (&format!("user_id == \"{}\"", user("bob")), "bob"),
        (&format!("email in [\"{}\"]", email("dora")), "dora"),
        ("last_used is null & full_name like \"%n c%l\"", "carol"),
        ("ssh_public_key isnot null", "dora emil"),
        ("rate_limit >= 10000 & num_queries < 1 & access_key like \"%B%\"", "bob"),
        ("resource_policy != \"default\"", ""),
    ] {
        let (found, count) = listed(&root, None, request(&KEYPAIRS, Some(filter), "access_key", 20, 0)).await;
        let total = names.split_whitespace().count();
        assert_eq!((found.as_str(), count), (names, i64::try_from(total).unwrap()), "{filter}");
    }
    for (order, names) in [
        ("-concurrency_used,email", "alice carol admin bob dora emil root"),
        ("is_active,-is_admin,-access_key", "emil root admin dora carol bob alice"),
        ("last_used,-full_name", "root emil dora carol bob alice admin"),
    ] {
        assert_eq!(listed(&root, None, request(&KEYPAIRS, None, order, 20, 0)).await, told(names, 7), "{order}");
    }
    let strange = see::see_keypairs(&root, None, Some("a\0")).unwrap();
    assert_eq!(world.store.list_keypairs(&strange, None, &plain(9, 0)).await.unwrap().total, 0);
}

async fn agents_by_filter_and_order(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = world.create("alice", "job-one", 20).await;
    world.walk(session.id, 30, &[Step::Schedule]).await;
    let see = access::see_agents(&world.caller("root").await).unwrap();
    let listed = async |filter: Option<&str>, order: &str, limit, offset| {
        let request = request(&AGENTS, filter, order, limit, offset);
        let page = world.store.list_agents(&see, &AgentFilter::default(), &request).await.unwrap();
        let ListPage { items, total } = page;
        (items.into_iter().map(|agent: Agent| agent.id.0).collect::<Vec<_>>().join(" "), total)
    };
    let told = |ids: &str, total: i64| (ids.to_owned(), total);
    assert_eq!(listed(None, "", 9, 0).await, told("i-test i-gone", 2));
    assert_eq!(listed(None, "", 1, 1).await, told("i-gone", 2));
    for (filter, ids) in [
        ("status == \"LOST\"", "i-gone"),
        ("status in [\"ALIVE\", \"TERMINATED\"]", "i-test"),
        ("lost_at is null & schedulable is true", "i-test"),
        ("id ilike \"I-%\" & addr contains \"gone\"", "i-gone"),
        ("first_contact >= \"2020-09-13T12:26:41Z\"", "i-test"),
        ("version == \"2\"", ""),
    ] {
        let total = i64::try_from(ids.split_whitespace().count()).unwrap();
        assert_eq!(listed(Some(filter), "", 9, 0).await, told(ids, total), "{filter}");
    }
    for (order, ids) in [
        ("id", "i-gone i-test"),
        ("-id", "i-test i-gone"),
        ("lost_at", "i-gone i-test"),
        ("-lost_at", "i-test i-gone"),
        ("available_slots", "i-test i-gone"),
        ("-occupied_slots", "i-test i-gone"),
        ("schedulable,-version", "i-test i-gone"),
        ("-status", "i-gone i-test"),
    ] {
        assert_eq!(listed(None, order, 9, 0).await, told(ids, 2), "{order}");
    }
    let strange = AgentFilter { scaling_group: Some("a\0".to_owned()), status: None };
    let none = world.store.list_agents(&see, &strange, &request(&AGENTS, None, "", 9, 0)).await.unwrap();
    assert_eq!(none, ListPage { items: Vec::new(), total: 0 });
}

/// What the languages promise the tables keep, for each key and a value of its kind.
async fn every_key_is_known_to_the_database(world: World) {
    let world = peopled(world).await;
    let root = world.caller("root").await;
    let (people, keypairs) = (see::see_users(&root, None).unwrap(), see::see_keypairs(&root, None, None).unwrap());
    let agents = access::see_agents(&root).unwrap();
    for (table, keys) in [&USERS, &KEYPAIRS, &AGENTS].into_iter().enumerate() {
        let total = async |filter: Option<&str>, order: &str| {
            let request = request(keys, filter, order, 9, 0);
            match table {
                0 => world.store.list_users(&people, &UserFilter::default(), &request).await.map(|page| page.total),
                1 => world.store.list_keypairs(&keypairs, None, &request).await.map(|page| page.total),
                _ => world.store.list_agents(&agents, &AgentFilter::default(), &request).await.map(|page| page.total),
            }
            .unwrap_or_else(|error| panic!("{filter:?} {order}: {error}"))
        };
        let all = total(None, "").await;
        for key in keys.order {
            assert_eq!(total(None, &format!("-{}", key.name)).await, all, "{}", key.name);
        }
        for key in keys.filter {
            let value = match key.kind {
                Kind::Text => "\"x\"".to_owned(),
                Kind::Id => format!("\"{}\"", user("alice")),
                Kind::Integer => "1".to_owned(),
                Kind::Bool => "true".to_owned(),
                Kind::Moment => "\"2020-09-13T12:26:45Z\"".to_owned(),
                Kind::Enum(names) => format!("\"{}\"", names()[1]),
            };
            let name = key.name;
            let null = total(Some(&format!("{name} is null")), "").await;
            let equal = total(Some(&format!("{name} == {value}")), "").await;
            let other = total(Some(&format!("{name} != {value}")), "").await;
            assert_eq!(null + equal + other, all, "{name}");
            let listed = total(Some(&format!("{name} in [{value}, {value}]")), "").await;
            assert_eq!(listed, equal, "{name}");
            let less = total(Some(&format!("{name} < {value}")), "").await;
            let more = total(Some(&format!("{name} > {value}")), "").await;
            assert_eq!(less + more, other, "{name}");
        }
    }
}

async fn rows_together(world: World) {
    let world = peopled(world).await;
    let store = &world.store;
    let people = ["alice", "carol"].map(user);
    let nobody = UserId(uuid::Uuid::from_u128(1));
    let asked = [people[0], people[1], nobody, people[0]];

    let groups = store.groups_of_users(&asked).await.unwrap();
    for name in ["alice", "carol"] {
        let one: Vec<GroupId> =
            store.groups_of_user(user(name)).await.unwrap().into_iter().map(|group| group.id).collect();
        let together: Vec<GroupId> = groups[&user(name)].iter().map(|group| group.id).collect();
        assert_eq!(together, one);
        assert!(!one.is_empty());
    }
    assert!(!groups.contains_key(&nobody));

    // The key to log in with: the admin's before others, then the oldest; none of one switched off.
    let may = root(&world).await;
    let mut second = keypair("alice2");
    (second.is_admin, second.is_active) = (true, true);
    store.create_keypair(&may, &email("alice"), &second, at(9)).await.unwrap();
    let mut third = keypair("carol2");
    third.is_active = true;
    store.create_keypair(&may, &email("carol"), &third, at(9)).await.unwrap();
    let emil = store.user_by_email(&email("emil")).await.unwrap().unwrap();
    let main = store.main_keys_of(&[asked.as_slice(), &[emil.id]].concat()).await.unwrap();
    assert_eq!(main.get(&people[0]), Some(&Some(key("alice2"))));
    assert_eq!(main.get(&people[1]), Some(&Some(key("carol"))));
    assert_eq!((main.get(&nobody), main.get(&emil.id)), (None, None));

    let session = world.create("alice", "job-one", 20).await;
    world.walk(session.id, 30, &[Step::Schedule, Step::Prepare]).await;
    world.create("alice", "job-two", 21).await;
    let keys = [key("alice"), key("carol"), AccessKey::from("nobody")];
    let used = store.concurrency_of(&keys).await.unwrap();
    assert_eq!(used.get(&keys[0]), Some(&1));
    assert_eq!((used.get(&keys[1]), used.get(&keys[2])), (None, None));
    store.mark_agent(system(), &AgentId::from(AGENT), rollcall_model::agent::AgentStatus::Lost, at(40)).await.unwrap();
    assert_eq!(store.concurrency_of(&keys).await.unwrap().get(&keys[0]), Some(&1), "a lost machine frees no place");

    let domains = ["default", "second", "none"].map(DomainName::from);
    let of_domains = store.resource_groups_of_domains(&domains).await.unwrap();
    assert_eq!(of_domains[&domains[0]], ["default"]);
    assert_eq!(of_domains[&domains[1]], ["default"]);
    assert!(!of_domains.contains_key(&domains[2]));
    let of_groups = |groups: Vec<GroupId>| async move { store.resource_groups_of_groups(&groups).await.unwrap() };
    assert!(of_groups(vec![group("default"), group("second")]).await.is_empty());
    store.associate_resource_group(&may, "default", rollcall_store::Usage::Group(group("second"))).await.unwrap();
    let found = of_groups(vec![group("default"), group("second")]).await;
    assert_eq!(
        (found.get(&group("default")), found[&group("second")].as_slice()),
        (None, ["default".to_owned()].as_slice())
    );

    // Nothing asked, nothing found.
    assert!(store.groups_of_users(&[]).await.unwrap().is_empty());
    assert!(store.concurrency_of(&[]).await.unwrap().is_empty());
}
