//! Templates of sessions: made, seen, changed and removed by who has the proof for it.

use rollcall_model::Timestamp;
use rollcall_model::ids::{DomainName, GroupId, TemplateId, UserId};
use rollcall_model::own::{ChangeTemplates, MakeTemplates, SeeTemplates};
use rollcall_model::template::{MAX_LISTED, MAX_TEMPLATES, Template, TemplateKind};
use serde_json::Value;
use uuid::Uuid;

use crate::codec::{micros, moment, parsed};
use crate::engine::{Tx, reading, retrying, run, writing};
use crate::error::Doing;
use crate::{Store, StoreError};

/// A template to be made.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// Id.
    pub id: TemplateId,
    /// Name for people.
    pub name: String,
    /// The template itself.
    pub body: Value,
}

/// A template with the names of what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Templated {
    /// The template.
    pub template: Template,
    /// Its owner's e-mail.
    pub email: String,
    /// Its project's name.
    pub group_name: String,
}

/// Which proofs reach what: one statement for each act, the reach is in its values. The domain is the
/// project's of today, which may have moved.
///
/// `$1` kind, `$2` whether any domain, `$3` the domain, `$4` whether anybody's, `$5` the person.
macro_rules! select_templates {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.name, p.domain_name, t.group_id, t.user_id, t.template, t.created_at, u.email, \
             p.name AS group_name FROM session_templates t JOIN users u ON u.id = t.user_id \
             JOIN projects p ON p.id = t.group_id WHERE t.kind = $1 AND t.is_active \
             AND ($2 OR p.domain_name = $3) AND ($4 OR t.user_id = $5 OR EXISTS \
             (SELECT 1 FROM memberships m WHERE m.project_id = t.group_id AND m.user_id = $5)) ",
            $rest
        )
    };
}

/// `$1` id, `$2` kind, `$3` the caller, `$4` whether others' too, `$5` whether any domain, `$6` the domain.
macro_rules! which_may_change {
    ($act:literal) => {
        concat!(
            $act,
            " WHERE id = $1 AND kind = $2 AND is_active AND ($5 OR $6 = \
             (SELECT p.domain_name FROM projects p WHERE p.id = group_id)) AND (user_id = $3 OR ($4 AND \
             ($5 OR NOT EXISTS (SELECT 1 FROM users u WHERE u.id = user_id AND u.role = 'superadmin'))))"
        )
    };
}

#[derive(sqlx::FromRow)]
struct TemplateRow {
    id: Uuid,
    name: String,
    domain_name: String,
    group_id: Uuid,
    user_id: Uuid,
    template: String,
    created_at: i64,
    email: String,
    group_name: String,
}

impl TemplateRow {
    fn templated(self) -> Result<Templated, StoreError> {
        Ok(Templated {
            template: Template {
                body: parsed(&self.template, "template", &self.id)?,
                id: TemplateId(self.id),
                name: self.name,
                domain: DomainName(self.domain_name),
                group: GroupId(self.group_id),
                user: UserId(self.user_id),
                created_at: moment(self.created_at),
            },
            email: self.email,
            group_name: self.group_name,
        })
    }
}

impl Store {
    /// Makes templates, all or none; `false` where a person would have more than [`MAX_TEMPLATES`].
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn make_templates(
        &self,
        kind: TemplateKind,
        templates: &[(MakeTemplates, NewTemplate)],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        retrying!(self.try_make_templates(kind, templates, at))
    }

    async fn try_make_templates(
        &self,
        kind: TemplateKind,
        templates: &[(MakeTemplates, NewTemplate)],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        // In turn with changes of accounts: nobody's project goes in between, and the bound is exact.
        let mut tx = self.begin_accounts().await?;
        for (may, new) in templates {
            if count(&mut tx, kind, may.user()).await? >= MAX_TEMPLATES {
                return Ok(false);
            }
            run!(
                &mut tx,
                "writing a template",
                "INSERT INTO session_templates (id, kind, name, is_active, domain_name, group_id, user_id, template, \
                 created_at) VALUES ($1, $2, $3, TRUE, $4, $5, $6, $7, $8)",
                new.id.0,
                kind.as_str(),
                new.name.as_str(),
                may.domain().as_str(),
                may.group().0,
                may.user().0,
                new.body.to_string(),
                micros(at),
            )?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The newest templates that one may see, of one project or of all.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn templates(
        &self,
        see: &SeeTemplates,
        kind: TemplateKind,
        group: Option<GroupId>,
    ) -> Result<Vec<Templated>, StoreError> {
        let sql = select_templates!("AND ($6 OR t.group_id = $7) ORDER BY t.created_at DESC, t.id LIMIT $8");
        let reach = Reach::of(see);
        let rows: Vec<TemplateRow> = reading!(self, db => {
            sqlx::query_as(sql)
                .bind(kind.as_str())
                .bind(reach.any_domain)
                .bind(reach.domain)
                .bind(reach.anybody)
                .bind(reach.person)
                .bind(group.is_none())
                .bind(group.map_or(Uuid::nil(), |group| group.0))
                .bind(MAX_LISTED)
                .fetch_all(db)
                .await
        })
        .doing("listing templates")?;
        rows.into_iter().map(TemplateRow::templated).collect()
    }

    /// The template of that id, if one may see it.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn template(
        &self,
        see: &SeeTemplates,
        kind: TemplateKind,
        id: TemplateId,
    ) -> Result<Option<Templated>, StoreError> {
        let sql = select_templates!("AND t.id = $6");
        let reach = Reach::of(see);
        let row: Option<TemplateRow> = reading!(self, db => {
            sqlx::query_as(sql)
                .bind(kind.as_str())
                .bind(reach.any_domain)
                .bind(reach.domain)
                .bind(reach.anybody)
                .bind(reach.person)
                .bind(id.0)
                .fetch_optional(db)
                .await
        })
        .doing("reading a template")?;
        row.map(TemplateRow::templated).transpose()
    }

    /// Changes a template; `false` if there is none that one may change.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn change_template(
        &self,
        may: &ChangeTemplates,
        kind: TemplateKind,
        new: &NewTemplate,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = run!(
            &mut tx,
            "changing a template",
            which_may_change!("UPDATE session_templates SET name = $7, template = $8"),
            new.id.0,
            kind.as_str(),
            may.own().0,
            may.others(),
            may.domain().is_none(),
            may.domain().map_or("", DomainName::as_str),
            new.name.as_str(),
            new.body.to_string(),
        )?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Removes a template; `false` if there is none that one may remove.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn remove_template(
        &self,
        may: &ChangeTemplates,
        kind: TemplateKind,
        id: TemplateId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let removed = run!(
            &mut tx,
            "removing a template",
            which_may_change!("DELETE FROM session_templates"),
            id.0,
            kind.as_str(),
            may.own().0,
            may.others(),
            may.domain().is_none(),
            may.domain().map_or("", DomainName::as_str),
        )?;
        tx.commit().await?;
        Ok(removed > 0)
    }
}

/// A [`SeeTemplates`] as values of a statement.
struct Reach<'a> {
    any_domain: bool,
    domain: &'a str,
    anybody: bool,
    person: Uuid,
}

impl<'a> Reach<'a> {
    fn of(see: &'a SeeTemplates) -> Self {
        Self {
            any_domain: see.domain().is_none(),
            domain: see.domain().map_or("", DomainName::as_str),
            anybody: see.person().is_none(),
            person: see.person().map_or(Uuid::nil(), |person| person.0),
        }
    }
}

async fn count(tx: &mut Tx, kind: TemplateKind, user: UserId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM session_templates WHERE user_id = $1 AND kind = $2";
    let count = writing!(tx, db => sqlx::query_scalar(sql).bind(user.0).bind(kind.as_str()).fetch_one(db).await);
    count.doing("counting a person's templates")
}
