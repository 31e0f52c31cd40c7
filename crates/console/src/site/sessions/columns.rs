//! Which columns the page has: those of the role, in the order that its person wants.

use rollcall_model::features::Features;
use rollcall_model::list::columns::{self, LoginMode};
use rollcall_model::role::Role;
use rollcall_wire::version::Versions;

use crate::words::Language;

/// Every column of the role, in the usual order.
pub(super) fn of_role(role: Role, mode: LoginMode) -> Vec<&'static str> {
    let ours = Versions::ours();
    let features = Features::of(&ours.version, &ours.manager);
    columns::groups(role, mode, &features).into_iter().map(|group| group.id).collect()
}

/// The chosen ones, as far as the role has them; all where nothing of the choice is left.
pub(super) fn chosen(choice: Option<&str>, role: Role, mode: LoginMode) -> Vec<&'static str> {
    let all = of_role(role, mode);
    let Some(choice) = choice else { return all };
    let mut columns: Vec<&'static str> = Vec::new();
    for id in choice.split(',') {
        let known = all.iter().copied().find(|known| *known == id.trim());
        columns.extend(known.filter(|known| !columns.contains(known)));
    }
    // A row without its name could be neither read nor reached.
    if !columns.contains(&"session") {
        columns.insert(0, "session");
    }
    if columns.len() == 1 && !choice.contains("session") { all } else { columns }
}

/// What a column is called.
pub(super) fn header(language: Language, column: &str, mode: LoginMode) -> String {
    if column == "owner" && mode == LoginMode::Api {
        return language.t("column-access-key");
    }
    language.t(&format!("column-{column}"))
}

/// What clicking on a column's head orders by.
pub(super) fn order_key(column: &str, mode: LoginMode) -> Option<&'static str> {
    Some(match column {
        "session" => "name",
        "owner" if mode == LoginMode::Api => "access_key",
        "owner" => "user_email",
        "project" => "group_name",
        "status" => "status",
        "configuration" => "scaling_group",
        "reservation" => "created_at",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_gives_nobody_more() {
        let own = of_role(Role::User, LoginMode::Session);
        assert_eq!(chosen(Some("agent,owner"), Role::User, LoginMode::Session), own);
        assert_eq!(chosen(Some("status, session,status,agent"), Role::User, LoginMode::Session), ["status", "session"]);
        assert_eq!(chosen(None, Role::Superadmin, LoginMode::Api).len(), 9);
    }

    #[test]
    fn every_column_has_a_name_and_a_key_that_orders() {
        use rollcall_model::list::keys::SESSIONS;
        for mode in [LoginMode::Session, LoginMode::Api] {
            for column in of_role(Role::Superadmin, mode) {
                assert!(!header(Language::Korean, column, mode).starts_with("column-"));
                assert!(order_key(column, mode).is_none_or(|key| SESSIONS.order_key(key).is_some()));
            }
        }
    }
}
