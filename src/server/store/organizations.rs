//! Organizations: the one table that is not scoped to one.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, organization::*, time::Time};

const INSERT: &str = "insert into organizations (id, slug, name, convention, created_at) values ($1, $2, $3, $4, $5) \
                      on conflict (slug) do nothing";
const COLUMNS_BY_SLUG: &str = "select id, slug, name, convention, created_at from organizations where slug = $1";
const COLUMNS_BY_ID: &str = "select id, slug, name, convention, created_at from organizations where id = $1";

/// What came of adding an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Added,
    SlugTaken,
}

/// Adds an organization, and its first owner where a person founds it.
pub async fn add(db: &Db, new: &Organization, owner: Option<UserId>, entry: &Entry) -> Result<Added, sqlx::Error> {
    on_db!(db, transaction tx => {
        let insert = sqlx::query(INSERT).bind(new.id).bind(&new.slug).bind(&new.name).bind(&new.convention);
        if insert.bind(new.created_at).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Added::SlugTaken);
        }
        if let Some(owner) = owner {
            sqlx::query("insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, 'owner', $3)")
                .bind(new.id).bind(owner).bind(new.created_at).execute(&mut *tx).await?;
        }
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(Added::Added)
    })
}

/// The organization with this slug.
pub async fn by_slug(db: &Db, slug: &str) -> Result<Option<Organization>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(COLUMNS_BY_SLUG).bind(slug).fetch_optional(pool).await)
}

/// The organization with this id.
pub async fn by_id(db: &Db, id: OrganizationId) -> Result<Option<Organization>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(COLUMNS_BY_ID).bind(id).fetch_optional(pool).await)
}

/// Every convention in use, with the slug of one organization that has it.
pub async fn conventions_of_every_organization(db: &Db) -> Result<Vec<(String, String)>, sqlx::Error> {
    const SQL: &str = "select convention, min(slug) from organizations group by convention order by convention";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_all(pool).await)
}

/// How many days its finished deliveries are kept.
pub async fn retention_days(db: &Db, id: OrganizationId) -> Result<i32, sqlx::Error> {
    const SQL: &str = "select retention_days from organizations where id = $1";
    on_db!(db, read pool => sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await)
}

/// Changes for how many days its finished deliveries are kept.
pub async fn keep_for(db: &Db, id: OrganizationId, days: i32, entry: &Entry) -> Result<(), sqlx::Error> {
    const SQL: &str = "update organizations set retention_days = $2 where id = $1";
    on_db!(db, transaction tx => {
        sqlx::query(SQL).bind(id).bind(days).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(())
    })
}

/// Gives it another name.
pub async fn rename(db: &Db, id: OrganizationId, name: &str, entry: &Entry) -> Result<(), sqlx::Error> {
    on_db!(db, transaction tx => {
        sqlx::query("update organizations set name = $2 where id = $1").bind(id).bind(name).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(())
    })
}

/// A person's place in an organization.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    #[sqlx(flatten)]
    pub organization: Organization,
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// When the person joined.
    pub joined_at: Time,
}

/// All that a person belongs to, by name.
pub async fn of_person(db: &Db, person: UserId) -> Result<Vec<Place>, sqlx::Error> {
    const SQL: &str = "select o.id, o.slug, o.name, o.convention, o.created_at, m.role, m.created_at as joined_at \
                       from memberships m join organizations o on o.id = m.organization_id \
                       where m.user_id = $1 order by lower(o.name), o.id";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(person).fetch_all(pool).await)
}
