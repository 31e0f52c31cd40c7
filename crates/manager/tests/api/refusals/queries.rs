//! GraphQL that means harm: deep, wide, aliased, repeated and batched queries, fragments that turn in
//! circles, variables and numbers without end. Each gets an error at once, and the server goes on.

use std::time::{Duration, Instant};

use axum::body::Body;
use serde_json::{Value, json};

use crate::world::{Answer, Signing, World};

/// Reached only by work that has no bound: an unoptimized build on a busy machine is far below.
const BOUND: Duration = Duration::from_secs(15);

/// The answer to a body as it is.
async fn post(world: &World, body: String) -> Answer {
    let began = Instant::now();
    let request = Signing::of("ROOT", "POST", "/admin/gql").request(Body::from(body));
    let answer = world.send(request).await;
    assert!(began.elapsed() < BOUND, "it took {:?}", began.elapsed());
    answer
}

async fn query(world: &World, query: &str, variables: Value) -> Answer {
    post(world, json!({"query": query, "variables": variables}).to_string()).await
}

/// Nothing was executed: an error without data.
fn is_refused(what: &str, answer: &Answer) {
    let shown: String = answer.text.chars().take(400).collect();
    assert_eq!(answer.status, 200, "{what}: {shown}");
    let message = answer.json()["errors"][0]["message"].clone();
    assert!(message.is_string() && answer.json().get("data").is_none(), "{what}: {shown}");
    assert!(answer.text.len() < 100_000, "{what}: an error of {} bytes", answer.text.len());
}

const LIST: &str = "compute_session_list(limit: 1, offset: 0) { total_count }";

/// Repeats with a number in place of `#`.
fn many(count: usize, text: &str) -> String {
    (0..count).map(|number| text.replace('#', &number.to_string())).collect()
}

fn wrapped(open: &str, count: usize, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(count), close.repeat(count))
}

/// Each at a size that the body's limit lets through.
fn bombs() -> Vec<(&'static str, String)> {
    let doubled = |count: usize| many(count, "fragment A# on Queries { ...B# ...B# } ");
    vec![
        ("sets inside each other", wrapped("{ a ", 150_000, "", "}")),
        ("open sets alone", "{a".repeat(300_000)),
        ("lists inside each other", format!("{{ a(b: {}) }}", wrapped("[", 300_000, "", "]"))),
        ("open lists alone", format!("{{ a(b: {}", "[".repeat(600_000))),
        ("objects inside each other", format!("{{ a(b: {}) }}", wrapped("{c:", 150_000, "1", "}"))),
        ("lists a little deep", format!("{{ user(email: {}) {{ email }} }}", wrapped("[", 2_000, "", "]"))),
        ("types inside each other", format!("query($a: {}) {{ a }}", wrapped("[", 300_000, "Int", "]"))),
        ("defaults inside each other", format!("query($a: Int = {}) {{ a }}", wrapped("[", 300_000, "", "]"))),
        ("inline fragments inside each other", format!("{{ {} }}", wrapped("... {", 100_000, " a ", "}"))),
        ("aliases of lists", format!("{{ {} }}", many(5_000, &format!("a#: {LIST} ")))),
        ("aliases of a field", format!("{{ user {{ {} }} }}", many(20_000, "a#: email "))),
        ("a field again and again", format!("{{ user {{ {} }} }}", "email ".repeat(100_000))),
        ("typename again and again", format!("{{ {} }}", "__typename ".repeat(60_000))),
        ("arguments again and again", format!("{{ user({}) {{ email }} }}", "email: \"a\" ".repeat(60_000))),
        ("unknown arguments", format!("{{ user({}) {{ email }} }}", many(40_000, "a#: 1 "))),
        ("directives", format!("{{ user {} {{ email }} }}", "@skip(if: false) ".repeat(40_000))),
        ("unknown directives", format!("{{ user {} {{ email }} }}", many(60_000, "@d# "))),
        ("directives on an operation", format!("query {} {{ user {{ email }} }}", "@skip(if: false) ".repeat(40_000))),
        ("variables that are declared", format!("query({}) {{ user {{ email }} }}", many(40_000, "$a#: Int "))),
        ("one variable again and again", format!("query({}) {{ user {{ email }} }}", "$a: Int ".repeat(60_000))),
        ("many operations", many(20_000, "query Q# { user { email } } ")),
        ("operations without a name", "{ user { email } } ".repeat(20_000)),
        ("one operation again and again", "query Q { user { email } } ".repeat(20_000)),
        (
            "fragments that nobody spreads",
            format!("{{ user {{ email }} }} {}", many(15_000, "fragment A# on User { email } ")),
        ),
        ("fragments in a circle", "{ ...A } fragment A on Queries { ...B } fragment B on Queries { ...A }".into()),
        ("a fragment in itself", "{ ...A } fragment A on Queries { user { email } ...A }".into()),
        (
            "a circle that nobody spreads",
            "{ user { email } } fragment A on User { ...B } fragment B on User { ...A }".into(),
        ),
        ("a circle below a field", "{ user { ...A } } fragment A on User { groups { id } ...A }".into()),
        (
            "fragments that double",
            format!("{{ ...A0 }} {} {}", doubled(40), many(40, "fragment B# on Queries { ...A# } ")),
        ),
        (
            "fragments that double and end",
            format!(
                "{{ ...A0 }} {} fragment A30 on Queries {{ user {{ email }} }}",
                (0..30).map(|n| format!("fragment A{n} on Queries {{ ...A{0} ...A{0} }} ", n + 1)).collect::<String>()
            ),
        ),
        (
            "a fragment spread again and again",
            format!("{{ user {{ {} }} }} fragment A on User {{ email }}", "...A ".repeat(50_000)),
        ),
        ("unknown fragments", format!("{{ {} }}", many(60_000, "...A# "))),
        ("a name without end", format!("{{ {} }}", "a".repeat(900_000))),
        ("a text without end", format!("{{ user(email: \"{} ", "a".repeat(900_000))),
        ("a block text without end", format!("{{ user(email: \"\"\"{} ", "\"\\\"\"\" ".repeat(80_000))),
        ("quotes alone", "\"".repeat(400_000)),
        ("comments alone", "# \n".repeat(200_000)),
        ("blanks and commas", ", ".repeat(450_000)),
        ("numbers alone", format!("{{ a(b: {}) }}", "9".repeat(900_000))),
        ("a wide list", format!("{{ users(domain_name: [{}]) {{ email }} }}", "1,".repeat(300_000))),
        (
            "a deep introspection",
            format!(
                "{{ __schema {{ types {{ fields {{ type {} }} }} }} }}",
                wrapped("{ name ofType ", 60, "{ name }", "}")
            ),
        ),
        (
            "a wide introspection",
            format!("{{ {} }}", many(2_000, "a#: __schema { types { name fields { name args { name } } } } ")),
        ),
        ("a subscription", "subscription { user { email } }".into()),
        ("a type that nobody asked for", "type Query { a: Int } { user { email } }".into()),
        ("nothing", " ".into()),
        ("half a pair of surrogates in a text", r#"{ user(email: "\ud800") { email } }"#.into()),
        ("a character beyond the last", r#"{ user(email: "\u{110000}") { email } }"#.into()),
        ("an unknown escape", r#"{ user(email: "\x41") { email } }"#.into()),
        ("a line break in a text", "{ user(email: \"a\nb\") { email } }".into()),
        ("a right-to-left mark in a name", "{ us\u{202e}er { email } }".into()),
        ("a control character", "{ user \u{1b}[2J { email } }".into()),
    ]
}

#[tokio::test]
async fn bombs_are_refused_at_once_and_nothing_is_executed() {
    let world = World::new().await;
    let before = world.rows().await;
    for (what, text) in bombs() {
        // A larger body is refused before it is read; here the query itself is what is judged.
        assert!(text.len() < 1024 * 1024 - 1000, "{what}: {} bytes", text.len());
        let answer = query(&world, &text, json!({})).await;
        is_refused(what, &answer);
    }
    world.is_still(&before).await;
    assert_eq!(
        query(&world, "{ user { email } }", json!({})).await.json()["data"]["user"]["email"],
        "root@example.com"
    );
}

/// What is deep, wide or repeated within reason is answered.
#[tokio::test]
async fn what_is_within_the_limits_is_answered() {
    let world = World::new().await;
    let few = format!("{{ {} }}", many(10, &format!("a#: {LIST} ")));
    let repeated = format!("{{ user {{ {} }} }}", "email ".repeat(100));
    let spread = format!("{{ user {{ {} }} }} fragment A on User {{ email }}", "...A ".repeat(100));
    let skipped = "{ user @include(if: true) { email } other: user @skip(if: true) { email } }".to_owned();
    for text in [few, repeated, spread, skipped] {
        let answer = query(&world, &text, json!({})).await;
        assert!(answer.json().get("errors").is_none(), "{text}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_batch_is_no_request() {
    let world = World::new().await;
    let one = json!({"query": "{ user { email } }", "variables": {}});
    for batch in [json!([]), json!([one]), json!(vec![&one; 1000])] {
        for endpoint in ["/admin/gql", "/admin/graphql"] {
            let request = Signing::of("ROOT", "POST", endpoint).request(Body::from(batch.to_string()));
            assert_eq!(world.send(request).await.told(), "400 invalid-api-params: Malformed body");
        }
    }
    // Many operations in one text: the one that is named, or none.
    let two = "query One { user { email } } query Two { domain { name } }";
    is_refused("no operation named", &query(&world, two, json!({})).await);
    for (name, answer) in
        [("One", json!({"user": {"email": "root@example.com"}})), ("Two", json!({"domain": {"name": "default"}}))]
    {
        let named = post(&world, json!({"query": two, "operationName": name}).to_string()).await;
        assert_eq!(named.json()["data"], answer);
    }
    let unknown = post(&world, json!({"query": two, "operationName": "Three"}).to_string()).await;
    is_refused("an unknown operation", &unknown);
    // A mutation that is not named is not done beside the query that is.
    let beside = "query Look { user { email } } mutation Do { delete_user(email: \"user@example.com\") { ok } }";
    let looked = post(&world, json!({"query": beside, "operationName": "Look"}).to_string()).await;
    assert_eq!(looked.json()["data"], json!({"user": {"email": "root@example.com"}}));
    assert_eq!(world.get("USER", "/auth?echo=a").await.status, 200);
}

/// Passwords cannot be tried in a batch, and each mutation counts as a list does.
#[tokio::test]
async fn mutations_do_not_multiply_in_one_request() {
    let world = World::new().await;
    let before = world.rows().await;
    let text = many(30, "a#: create_domain(name: \"d#\", props: {}) { ok msg } ");
    is_refused("thirty mutations", &query(&world, &format!("mutation {{ {text} }}"), json!({})).await);
    world.is_still(&before).await;
}

const LIST_BY: &str = "query($limit: Int!, $offset: Int!, $status: String, $filter: String, $order: String, $group: String) { \
    compute_session_list(limit: $limit, offset: $offset, status: $status, filter: $filter, order: $order, group_id: $group) \
    { items { name } total_count } }";

#[tokio::test]
async fn variables_of_every_wrong_kind_are_named() {
    let world = World::new().await;
    let good = json!({"limit": 1, "offset": 0});
    assert_eq!(query(&world, LIST_BY, good.clone()).await.json()["data"]["compute_session_list"]["total_count"], 0);
    let deep: Value = serde_json::from_str(&wrapped("[", 100, "", "]")).unwrap();
    let whole = [
        json!("1"),
        json!(1.5),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
        json!(1e300),
        json!(u64::MAX),
        json!([[1]]),
        deep.clone(),
    ];
    let text = [json!(5), json!(1.5), json!(true), json!(["a", "b"]), json!({}), json!({"a": 1}), deep];
    let wrong = [
        ("limit", &whole[..]),
        ("offset", &whole[..]),
        ("status", &text[..]),
        ("filter", &text[..]),
        ("order", &text[..]),
        ("group", &text[..]),
    ];
    for (name, values) in wrong {
        for value in values {
            let mut variables = good.clone();
            variables[name] = value.clone();
            let answer = query(&world, LIST_BY, variables).await;
            let message = answer.json()["errors"][0]["message"].as_str().map(str::to_owned);
            let message = message.unwrap_or_else(|| panic!("{name}: {value}: {}", answer.text));
            let argument = if name == "group" { "group_id" } else { name };
            assert!(message.contains(name) || message.contains(argument), "{name}: {value}: {message}");
            assert!(answer.json()["data"]["compute_session_list"].is_null(), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn numbers_beyond_every_bound_are_errors() {
    let world = World::new().await;
    let before = world.rows().await;
    let numbers = [
        "99999999999999999999",
        "-99999999999999999999",
        "1e400",
        "-1e400",
        "1e308",
        "0.1",
        "1.0",
        "-0.0",
        "2147483648",
        "9223372036854775808",
    ];
    for number in numbers {
        let list = format!("{{ compute_session_list(limit: {number}, offset: 0) {{ total_count }} }}");
        let answer = query(&world, &list, json!({})).await;
        assert!(answer.json()["errors"][0]["message"].is_string(), "{number}: {}", answer.text);
        let policy = format!(
            "mutation {{ modify_keypair_resource_policy(name: \"default\", props: {{max_concurrent_sessions: {number}}}) {{ ok msg }} }}"
        );
        let answer = query(&world, &policy, json!({})).await;
        let refused = answer.json()["errors"][0]["message"].is_string()
            || answer.json()["data"]["modify_keypair_resource_policy"]["ok"] == false;
        assert!(refused || number == "1.0" || number == "-0.0", "{number}: {}", answer.text);
        let filter = format!(
            "{{ compute_session_list(limit: 1, offset: 0, filter: \"cluster_size == {number}\") {{ total_count }} }}"
        );
        let answer = query(&world, &filter, json!({})).await;
        assert_eq!(answer.status, 200, "{number}: {}", answer.text);
    }
    world.is_still(&before).await;
}

/// More variables than are used, and texts as large as the body: read once, never kept.
#[tokio::test]
async fn variables_without_end_are_ignored_or_refused() {
    let world = World::new().await;
    let many: serde_json::Map<String, Value> = (0..40_000).map(|n| (format!("v{n}"), json!([n]))).collect();
    let answer = query(&world, "{ user { email } }", many.into()).await;
    assert_eq!(answer.json()["data"]["user"]["email"], "root@example.com");
    let long = "x".repeat(900_000);
    for variable in ["status", "filter", "order", "group"] {
        let mut variables = json!({"limit": 1, "offset": 0});
        variables[variable] = json!(long);
        let answer = query(&world, LIST_BY, variables).await;
        assert!(answer.json()["errors"][0]["message"].is_string(), "{variable}");
        assert!(answer.text.len() < 10_000, "{variable}: an answer of {} bytes", answer.text.len());
    }
}

#[tokio::test]
async fn words_that_no_list_knows_are_named() {
    let world = World::new().await;
    let mut table = String::new();
    for (list, spelling) in [
        ("compute_session_list", "status"),
        ("user_list", "status"),
        ("keypair_list", "filter"),
        ("agent_list", "status"),
    ] {
        for arguments in [
            format!("{spelling}: \"nonsense\""),
            "filter: \"nonsense == 1\"".to_owned(),
            "filter: \"((((\"".to_owned(),
            "filter: \"\\u0000\"".to_owned(),
            "filter: \"name == \\\"\\u202e\\\\\"\"".to_owned(),
            "order: \"nonsense\"".to_owned(),
            "order: \"-\"".to_owned(),
            "order: \"\\u0000\"".to_owned(),
            "nonsense: 1".to_owned(),
        ] {
            let answer =
                query(&world, &format!("{{ {list}(limit: 1, offset: 0, {arguments}) {{ total_count }} }}"), json!({}))
                    .await;
            let message = answer.json()["errors"][0]["message"].as_str().map(str::to_owned);
            let message = message.unwrap_or_else(|| panic!("{list} {arguments}: {}", answer.text));
            table.push_str(&format!("{list:21} {arguments}\n    {message:?}\n"));
        }
        let field =
            query(&world, &format!("{{ {list}(limit: 1, offset: 0) {{ items {{ nonsense }} }} }}"), json!({})).await;
        table.push_str(&format!("{list:21} a field\n    {}\n", field.json()["errors"][0]["message"]));
    }
    insta::assert_snapshot!(table);
}
