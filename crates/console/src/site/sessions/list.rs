//! GET `/sessions`: tabs, tools, rows, pager.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::v1::{Page, SessionRow, Tabs};
use rollcall_model::list::keys::SESSIONS;
use rollcall_model::list::order::{self, OrderKey};
use rollcall_model::list::tab::Tab;
use serde::Deserialize as _;
use serde_json::Value;

use super::ask::{Ask, SIZES};
use super::row::Drawing;
use super::{acts, columns, detail, live, quotas, search, views};
use crate::look::{self, Tone, empty, icon, note};
use crate::site::visitor::Visitor;
use crate::site::{Site, frame, refusal};
use crate::words::Language;

/// The page, or its list alone where htmx asks for that.
pub(super) async fn page(State(_): State<Site>, visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let ask = Ask::parse(&query.unwrap_or_default());
    let list = ask.list(&visitor);
    let v1 = visitor.client.v1();
    let preferences = async { v1.preferences().await.unwrap_or_default() };
    if visitor.part {
        let (page, preferences) = tokio::join!(v1.page::<Value>(&list), preferences);
        let views = views::Views::of(&preferences);
        return match read(page) {
            Ok(shown) => look::answer(listing(&visitor, &ask, &shown, &views), look::POLICY),
            Err(error) => refusal::page(&visitor, &error),
        };
    }
    let open = async {
        match ask.open {
            Some(id) => v1.session(rollcall_model::ids::SessionId(id)).await.ok(),
            None => None,
        }
    };
    let room = quotas::Quotas::ask(&visitor.client);
    let (page, preferences, open, room) = tokio::join!(v1.page::<Value>(&list), preferences, open, room);
    let views = views::Views::of(&preferences);
    let shown = match read(page) {
        Ok(shown) => shown,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let language = visitor.taste.language;
    let content = html! {
        div.sessions {
            div.top {
                h1 { (language.t("nav-sessions")) }
                div #quotas.quotas role="group" aria-label=(language.t("quotas")) { (quotas::meters(visitor.taste, room.as_ref().ok())) }
                a #launch.button.main href="/launch" data-dialog="" { (icon("plus")) (language.t("launch")) }
            }
            div #list-place { (listing(&visitor, &ask, &shown, &views)) }
            aside #drawer aria-label=(language.t("detail")) { @if let Some(open) = &open { (detail::inside(&visitor, open, None, acts::Place::Drawer)) } }
        }
    };
    look::answer(
        frame::framed(
            &visitor,
            "/sessions",
            &language.t("nav-sessions"),
            &["worker.js", "stream.js", "live.js", "list.js", "detail.js"],
            &content,
        ),
        look::POLICY,
    )
}

/// What came of asking for the list.
pub(super) enum Shown {
    /// Its rows.
    Rows(Page<Value>),
    /// The search or the order is none; the server says why.
    Wrong(String),
}

fn read(page: Result<Page<Value>, Error>) -> Result<Shown, Error> {
    match page {
        Ok(page) => Ok(Shown::Rows(page)),
        Err(error) if error.status() == Some(400) => Ok(Shown::Wrong(refusal::sentence(&error))),
        Err(error) => Err(error),
    }
}

/// The list with its tools.
fn listing(visitor: &Visitor, ask: &Ask, shown: &Shown, views: &views::Views) -> Markup {
    let language = visitor.taste.language;
    let chosen = ask.columns.as_deref().or(views.columns.as_deref());
    let drawing = Drawing {
        columns: columns::chosen(chosen, visitor.role, visitor.mode),
        taste: visitor.taste,
        mode: visitor.mode,
    };
    let (rows, have) = match shown {
        Shown::Rows(page) => (Some(page), live::digest(page)),
        Shown::Wrong(_) => (None, String::new()),
    };
    let tabs = rows.and_then(|page| page.tabs);
    html! {
        section #list.list data-query=(ask.query()) data-columns=(drawing.columns.join(",")) data-have=(have) data-first=(ask.offset()) data-live=[rows.map(|_| "")] {
            div.tools {
                (tab_bar(language, ask, tabs))
                (search_box(language, ask))
                span.link-state data-state="connecting" data-link="" { (language.t("live-connecting")) }
                (sort_menu(visitor, ask))
                (column_menu(visitor, ask, &drawing))
                (views::menu(language, ask, views))
                (export_menu(language, ask))
            }
            div.marked hidden {
                label.small.on-phone { input type="checkbox" data-mark-all=""; " " (language.t("mark-all")) }
                span data-marked="" aria-live="polite" {}
                a.button href="/terminals" data-with-marks="" { (icon("terminal")) (language.t("terminals-marked")) }
                a.button.bad href="/terminate" data-dialog="" data-with-marks="" { (icon("stop")) (language.t("terminate-marked")) }
                button.button.plain type="button" data-unmark="" { (language.t("unmark")) }
            }
            // With scripts the bar of marks has a button of its own.
            form #marks method="get" action="/terminate" { noscript { button.button { (language.t("terminate-marked")) } } }
            @match shown {
                Shown::Wrong(reason) => div.empty { (note(Tone::Bad, reason)) p { (language.t("search-help")) } a.button href=(ask.with(|ask| { ask.search.clear(); ask.order.clear(); }).path()) { (language.t("search-clear")) } },
                Shown::Rows(page) => (table(language, ask, page, &drawing)),
            }
        }
    }
}

fn table(language: Language, ask: &Ask, page: &Page<Value>, drawing: &Drawing) -> Markup {
    let rows: Vec<SessionRow> = page.rows.iter().filter_map(|row| SessionRow::deserialize(row).ok()).collect();
    html! {
        div.scroll tabindex="-1" {
            table #sessions aria-label=(language.t("nav-sessions")) {
                colgroup {
                    col.c-mark; col.c-number;
                    @for column in &drawing.columns { col class={ "c-" (column) }; }
                }
                thead {
                    tr {
                        th.c-mark scope="col" { input type="checkbox" data-mark-all="" aria-label=(language.t("mark-all")); }
                        th scope="col" { span.sr { (language.t("column-number")) } span aria-hidden="true" { "#" } }
                        @for column in &drawing.columns { (head(language, ask, column, drawing)) }
                    }
                }
                tbody data-rows="" {
                    @for (number, row) in (ask.offset() + 1..).zip(&rows) { (drawing.row(row, number)) }
                }
            }
        }
        div data-empty="" hidden[!rows.is_empty()] { (nothing(language, ask)) }
        (pager(language, ask, page.total_count))
    }
}

/// The head of a column: a link that orders by it. With the shift key it is added to the order there is.
fn head(language: Language, ask: &Ask, column: &str, drawing: &Drawing) -> Markup {
    let word = columns::header(language, column, drawing.mode);
    let Some(key) = columns::order_key(column, drawing.mode) else {
        return html! { th class={ "c-" (column) } scope="col" { (word) } };
    };
    let now = order::parse(&ask.order, &SESSIONS).unwrap_or_default();
    let place = now.iter().position(|one| one.key == key);
    let descending = place.and_then(|place| now.get(place)).map(|one| one.descending);
    // First as one reads it, then the other way round, then no longer.
    let next = match descending {
        None => Some(key == "created_at"),
        Some(first) if first == (key == "created_at") => Some(!first),
        Some(_) => None,
    };
    let turned = next.map(|descending| OrderKey { key: key.to_owned(), descending });
    let alone: Vec<OrderKey> = turned.iter().cloned().collect();
    let mut added: Vec<OrderKey> = now.clone();
    match (place, turned) {
        (Some(place), Some(turned)) => added[place] = turned,
        (Some(place), None) => drop(added.remove(place)),
        (None, Some(turned)) => added.push(turned),
        (None, None) => {}
    }
    let sorted = match descending {
        Some(true) => "descending",
        Some(false) => "ascending",
        None => "none",
    };
    let to = |order: &[OrderKey]| ask.with(|ask| ask.order = order::print(order)).path();
    html! {
        th class={ "c-" (column) } scope="col" aria-sort=(sorted) {
            a id={ "head-" (column) } href=(to(&alone)) data-add=(to(&added)) data-list="" title=(language.t("sort-hint")) {
                (word)
                @match descending {
                    Some(true) => (icon("down")),
                    Some(false) => (icon("up")),
                    None => {}
                }
                @if now.len() > 1 { @if let Some(place) = place { span.small { (place + 1) } } }
            }
        }
    }
}

fn tab_bar(language: Language, ask: &Ask, tabs: Option<Tabs>) -> Markup {
    let count = |tab: Tab| {
        tabs.map(|tabs| match tab {
            Tab::Running => tabs.running,
            Tab::Finished => tabs.finished,
            Tab::Others => tabs.others,
        })
    };
    html! {
        nav.tabs aria-label=(language.t("tabs")) {
            @for tab in Tab::ALL {
                a id={ "tab-" (tab) } href=(ask.with(|ask| ask.tab = tab).path()) data-list="" aria-current=[(tab == ask.tab).then_some("true")]
                  title=(language.t(&format!("tab-{}-hint", tab.as_str()))) {
                    (language.t(&format!("tab-{}", tab.as_str())))
                    span.count data-count=(tab.as_str()) { @if let Some(count) = count(tab) { (count) } @else { "–" } }
                }
            }
        }
    }
}

fn search_box(language: Language, ask: &Ask) -> Markup {
    html! {
        form.search role="search" method="get" action="/sessions" data-search="" {
            (icon("search"))
            @if ask.tab != Tab::Running { input type="hidden" name="tab" value=(ask.tab.as_str()); }
            @if !ask.order.is_empty() { input type="hidden" name="order" value=(ask.order); }
            @if ask.size != Ask::default().size { input type="hidden" name="size" value=(ask.size); }
            @if let Some(columns) = &ask.columns { input type="hidden" name="cols" value=(columns); }
            input #q name="q" type="search" value=(ask.search) placeholder=(language.t("search-placeholder")) aria-label=(language.t("search"))
                autocomplete="off" spellcheck="false" role="combobox" aria-expanded="false" aria-controls="hints" aria-autocomplete="list"
                hx-get="/suggest" hx-trigger="input changed delay:120ms" hx-target="#hints" hx-swap="outerHTML";
            kbd aria-hidden="true" { "/" }
            ul #hints.hints role="listbox" aria-label=(language.t("hints")) hidden {}
        }
    }
}

fn sort_menu(visitor: &Visitor, ask: &Ask) -> Markup {
    let language = visitor.taste.language;
    let now = order::parse(&ask.order, &SESSIONS).unwrap_or_default();
    let to = |order: &[OrderKey]| ask.with(|ask| ask.order = order::print(order)).path();
    let without = |place: usize| {
        let mut order = now.clone();
        order.remove(place);
        to(&order)
    };
    let turned = |place: usize| {
        let order = now
            .iter()
            .enumerate()
            .map(|(at, key)| OrderKey { descending: key.descending != (at == place), ..key.clone() });
        to(&order.collect::<Vec<_>>())
    };
    let more = |key: &str| {
        let mut order = now.clone();
        order.push(OrderKey { key: key.to_owned(), descending: false });
        to(&order)
    };
    html! {
        details #menu-sort.menu data-stays="" {
            summary.button.icon-only role="button" title=(language.t("sort")) aria-label=(language.t("sort")) { (icon("sort")) }
            div.sheet {
                h3 { (language.t("sort")) }
                @for (place, key) in now.iter().enumerate() {
                    div.choice {
                        span.mono { (key.key) }
                        span.push {
                            a.button.plain data-list="" href=(turned(place)) aria-label=(language.t(if key.descending { "sort-descending" } else { "sort-ascending" })) title=(language.t(if key.descending { "sort-descending" } else { "sort-ascending" })) { (icon(if key.descending { "down" } else { "up" })) }
                            a.button.plain data-list="" href=(without(place)) aria-label=(language.t("remove")) title=(language.t("remove")) { (icon("close")) }
                        }
                    }
                }
                @if now.is_empty() { p.quiet.small { (language.t("sort-usual")) } }
                h3 { (language.t("sort-add")) }
                @for key in SESSIONS.order.iter().filter(|key| key.name != "id" && search::is_offered(key.name, visitor.role) && !now.iter().any(|one| one.key == key.name)) {
                    a.choice.mono data-list="" href=(more(key.name)) { (key.name) }
                }
            }
        }
    }
}

fn column_menu(visitor: &Visitor, ask: &Ask, drawing: &Drawing) -> Markup {
    let language = visitor.taste.language;
    let hidden: Vec<&str> = columns::of_role(visitor.role, visitor.mode)
        .into_iter()
        .filter(|column| !drawing.columns.contains(column))
        .collect();
    html! {
        details #menu-columns.menu {
            summary.button.icon-only role="button" title=(language.t("columns")) aria-label=(language.t("columns")) { (icon("columns")) }
            form.sheet method="post" action="/views" {
                h3 { (language.t("columns")) }
                input type="hidden" name="back" value=(ask.path());
                @for (shown, column) in drawing.columns.iter().map(|column| (true, *column)).chain(hidden.iter().map(|column| (false, *column))) {
                    label.choice {
                        input type="checkbox" name="column" value=(column) checked[shown];
                        (columns::header(language, column, drawing.mode))
                        span.push {
                            button.button.plain type="button" data-move="up" aria-label=(language.t("move-up")) { (icon("up")) }
                            button.button.plain type="button" data-move="down" aria-label=(language.t("move-down")) { (icon("down")) }
                        }
                    }
                }
                div.row {
                    button.button.main name="act" value="columns" { (language.t("apply")) }
                    button.button name="act" value="columns-usual" { (language.t("usual")) }
                }
                // Once, and in the address: for a link or a view that shows what others should see.
                @for (name, value) in crate::site::asked::pairs(&ask.with(|ask| ask.columns = None).query()) { input type="hidden" name=(name) value=(value); }
                button.button.plain formmethod="get" formaction="/sessions" title=(language.t("columns-here-hint")) { (language.t("columns-here")) }
                h3 { (language.t("page-size")) }
                @for size in SIZES {
                    a.choice data-list="" href=(ask.with(|ask| ask.size = size).path()) aria-current=[(size == ask.size).then_some("true")] { (language.with("rows-count", [("count", size)])) }
                }
            }
        }
    }
}

fn export_menu(language: Language, ask: &Ask) -> Markup {
    let query = ask.query();
    html! {
        details #menu-export.menu {
            summary.button.icon-only role="button" title=(language.t("export")) aria-label=(language.t("export")) { (icon("out")) }
            div.sheet {
                h3 { (language.t("export")) }
                a.choice href={ "/export.csv?" (query) } download="" { "CSV" }
                a.choice href={ "/export.json?" (query) } download="" { "JSON" }
                p.quiet.small { (language.t("export-hint")) }
            }
        }
    }
}

/// What an empty list says.
fn nothing(language: Language, ask: &Ask) -> Markup {
    if !ask.search.is_empty() {
        let act = html! { a.button data-list="" href=(ask.with(|ask| ask.search.clear()).path()) { (language.t("search-clear")) } };
        return empty("search", &language.t("empty-search"), &language.t("empty-search-hint"), Some(act));
    }
    if ask.page > 1 {
        let act = html! { a.button data-list="" href=(ask.with(|_| {}).path()) { (language.t("first-page")) } };
        return empty("sessions", &language.t("empty-page"), "", Some(act));
    }
    match ask.tab {
        Tab::Running => {
            let act = html! { a.button.main href="/launch" data-dialog="" { (icon("plus")) (language.t("launch")) } };
            empty("sessions", &language.t("empty-running"), &language.t("empty-running-hint"), Some(act))
        }
        Tab::Finished => empty("sessions", &language.t("empty-finished"), &language.t("empty-finished-hint"), None),
        Tab::Others => empty("done", &language.t("empty-others"), &language.t("empty-others-hint"), None),
    }
}

fn pager(language: Language, ask: &Ask, total: Option<i64>) -> Markup {
    let total = total.and_then(|total| u64::try_from(total).ok()).unwrap_or_default();
    let pages = total.div_ceil(u64::from(ask.size)).max(1);
    let to = |page: u64| ask.with(|ask| ask.page = page).path();
    let last = (ask.offset() + u64::from(ask.size)).min(total);
    let first = if total == 0 { 0 } else { (ask.offset() + 1).min(total) };
    html! {
        nav.pager data-pager="" aria-label=(language.t("pager")) {
            span.total {
                (language.with("pager-total", [("first", first.to_string()), ("last", last.to_string()), ("total", total.to_string())]))
            }
            @if pages > 1 {
                @if ask.page > 1 { a #page-before.button data-list="" rel="prev" href=(to(ask.page - 1)) { (icon("left")) (language.t("previous")) } }
                form method="get" action="/sessions" data-list-form="" {
                    @for (name, value) in crate::site::asked::pairs(&ask.with(|_| {}).query()) { input type="hidden" name=(name) value=(value); }
                    label.small.quiet for="page" { (language.t("page")) }
                    input #page name="page" type="number" min="1" max=(pages) value=(ask.page);
                    span.small.quiet { (language.with("of-pages", [("pages", pages.to_string())])) }
                }
                @if ask.page < pages { a #page-after.button data-list="" rel="next" href=(to(ask.page + 1)) { (language.t("next")) (icon("right")) } }
            }
        }
    }
}

/// Tab counts, pager and emptiness for a change of a list that is open.
pub(super) fn totals(language: Language, ask: &Ask, page: &Page<Value>) -> Value {
    let tabs = page.tabs.unwrap_or_default();
    serde_json::json!({
        "tabs": {"running": tabs.running, "finished": tabs.finished, "others": tabs.others},
        "pager": pager(language, ask, page.total_count).into_string(),
    })
}
