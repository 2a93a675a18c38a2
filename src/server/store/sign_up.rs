//! A new person together with the organization they found.

use super::{audit::Entry, db::Db, users::User};
use crate::model::organization::Organization;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedUp {
    Done,
    EmailTaken,
    SlugTaken,
    /// Somebody was there first.
    NotTheFirst,
}

/// Postgres lets two transactions look at an empty table at once; SQLite has one writer anyway.
fn queue_up(db: &Db) -> &'static str {
    if db.is_sqlite() { "select 1" } else { "lock table users in share row exclusive mode" }
}

/// Adds person, organization and membership as one; with `only_the_first` only where nobody is there yet.
pub async fn with_organization(
    db: &Db,
    user: &User,
    organization: &Organization,
    only_the_first: bool,
    entry: &Entry,
) -> Result<SignedUp, sqlx::Error> {
    const USER: &str = "insert into users (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5) \
                        on conflict (email) do nothing";
    const ORGANIZATION: &str = "insert into organizations (id, slug, name, convention, created_at) \
                                values ($1, $2, $3, $4, $5) on conflict (slug) do nothing";
    const OWNER: &str =
        "insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, 'owner', $3)";
    let queue_up = queue_up(db);
    on_db!(db, transaction tx => {
        sqlx::query(queue_up).execute(&mut *tx).await?;
        let first = sqlx::query("select id from users limit 1").fetch_optional(&mut *tx).await?.is_none();
        if only_the_first && !first {
            return Ok(SignedUp::NotTheFirst);
        }
        let insert = sqlx::query(USER).bind(user.id).bind(&user.email).bind(&user.name).bind(&user.password_hash);
        if insert.bind(user.created_at).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(SignedUp::EmailTaken);
        }
        let o = organization;
        let insert = sqlx::query(ORGANIZATION).bind(o.id).bind(&o.slug).bind(&o.name).bind(&o.convention);
        if insert.bind(o.created_at).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(SignedUp::SlugTaken);
        }
        sqlx::query(OWNER).bind(o.id).bind(user.id).bind(o.created_at).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(SignedUp::Done)
    })
}
