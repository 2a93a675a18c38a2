//! People: accounts belong to no organization.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, organization::Role, time::Time};

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    pub created_at: Time,
}

const INSERT: &str = "insert into users (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5) \
                      on conflict (email) do nothing";

/// Adds a person, with a membership where one is given; false where the address is taken.
pub async fn add(
    db: &Db,
    user: &User,
    membership: Option<(OrganizationId, Role)>,
    entry: Option<&Entry>,
) -> Result<bool, sqlx::Error> {
    on_db!(db, transaction tx => {
        let insert = sqlx::query(INSERT).bind(user.id).bind(&user.email).bind(&user.name).bind(&user.password_hash);
        if insert.bind(user.created_at).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some((organization, role)) = membership {
            sqlx::query("insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, $3, $4)")
                .bind(organization).bind(user.id).bind(role.as_str()).bind(user.created_at)
                .execute(&mut *tx).await?;
        }
        if let Some(entry) = entry {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(true)
    })
}

/// The person with this address (in lower case).
pub async fn by_email(db: &Db, email: &str) -> Result<Option<User>, sqlx::Error> {
    const SQL: &str = "select id, email, name, password_hash, created_at from users where email = $1";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(email).fetch_optional(pool).await)
}

/// The person with this id.
pub async fn by_id(db: &Db, id: UserId) -> Result<Option<User>, sqlx::Error> {
    const SQL: &str = "select id, email, name, password_hash, created_at from users where id = $1";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await)
}

/// Whether nobody has an account yet.
pub async fn is_nobody_there(db: &Db) -> Result<bool, sqlx::Error> {
    let first: Option<UserId> =
        on_db!(db, read pool => sqlx::query_scalar("select id from users limit 1").fetch_optional(pool).await)?;
    Ok(first.is_none())
}

/// Gives a person another name.
pub async fn rename(db: &Db, id: UserId, name: &str, entries: &[Entry]) -> Result<(), sqlx::Error> {
    on_db!(db, transaction tx => {
        sqlx::query("update users set name = $2 where id = $1").bind(id).bind(name).execute(&mut *tx).await?;
        for entry in entries {
            entry.write(&mut *tx).await?;
        }
        Ok::<_, sqlx::Error>(())
    })
}

/// Sets a new password and ends the person's sessions but the one that is to stay, in one go.
pub async fn set_password(
    db: &Db,
    id: UserId,
    hash: &str,
    keep_session: Option<&[u8]>,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    on_db!(db, transaction tx => {
        sqlx::query("update users set password_hash = $2 where id = $1").bind(id).bind(hash).execute(&mut *tx).await?;
        sqlx::query("delete from sessions where user_id = $1 and id_hash <> $2")
            .bind(id).bind(keep_session.unwrap_or_default()).execute(&mut *tx).await?;
        sqlx::query("delete from password_resets where user_id = $1").bind(id).execute(&mut *tx).await?;
        for entry in entries {
            entry.write(&mut *tx).await?;
        }
        Ok::<_, sqlx::Error>(())
    })
}
