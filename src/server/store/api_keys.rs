//! API keys, by their hashes.

use super::{audit::Entry, db::Db};
use crate::model::{
    api_key::{ApiKey, scopes_from_text, scopes_to_text},
    id::*,
    organization::Organization,
    time::Time,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ApiKeyId,
    name: String,
    hint: String,
    scopes: String,
    created_by: String,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            hint: row.hint,
            scopes: scopes_from_text(&row.scopes),
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Adds a key; only its SHA-256 is kept.
pub async fn add(
    db: &Db,
    organization: OrganizationId,
    key: &ApiKey,
    hash: &[u8; 32],
    entry: &Entry,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "insert into api_keys \
        (organization_id, id, name, key_hash, hint, scopes, created_by, created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_db!(db, transaction tx => {
        let insert = sqlx::query(SQL).bind(organization).bind(key.id).bind(&key.name).bind(hash.as_slice());
        let insert = insert.bind(&key.hint).bind(scopes_to_text(&key.scopes)).bind(&key.created_by);
        insert.bind(key.created_at).bind(key.expires_at).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(())
    })
}

/// All keys of the organization, newest first; revoked ones too.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<ApiKey>, sqlx::Error> {
    const SQL: &str = "select id, name, hint, scopes, created_by, created_at, expires_at, last_used_at, revoked_at \
                       from api_keys where organization_id = $1 order by id desc";
    let rows: Vec<Row> = on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// One key of the organization.
pub async fn find(db: &Db, organization: OrganizationId, id: ApiKeyId) -> Result<Option<ApiKey>, sqlx::Error> {
    const SQL: &str = "select id, name, hint, scopes, created_by, created_at, expires_at, last_used_at, revoked_at \
                       from api_keys where organization_id = $1 and id = $2";
    let row: Option<Row> =
        on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(pool).await)?;
    Ok(row.map(ApiKey::from))
}

/// Revokes a key; false where it is revoked already or not the organization's.
pub async fn revoke(
    db: &Db,
    organization: OrganizationId,
    id: ApiKeyId,
    at: Time,
    entry: &Entry,
) -> Result<bool, sqlx::Error> {
    const SQL: &str =
        "update api_keys set revoked_at = $3 where organization_id = $1 and id = $2 and revoked_at is null";
    on_db!(db, transaction tx => {
        let changed = sqlx::query(SQL).bind(organization).bind(id).bind(at).execute(&mut *tx).await?.rows_affected();
        if changed == 1 {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(changed == 1)
    })
}

/// The key with this hash and its organization, whichever that is: the key says it.
pub async fn find_by_hash_in_any_organization(
    db: &Db,
    hash: &[u8; 32],
) -> Result<Option<(ApiKey, Organization)>, sqlx::Error> {
    const SQL: &str = "select organization_id, id, name, hint, scopes, created_by, created_at, expires_at, \
                       last_used_at, revoked_at from api_keys where key_hash = $1";
    #[derive(sqlx::FromRow)]
    struct Found {
        organization_id: OrganizationId,
        #[sqlx(flatten)]
        row: Row,
    }
    let found: Option<Found> =
        on_db!(db, read pool => sqlx::query_as(SQL).bind(hash.as_slice()).fetch_optional(pool).await)?;
    let Some(found) = found else { return Ok(None) };
    let organization = super::organizations::by_id(db, found.organization_id).await?;
    Ok(organization.map(|organization| (ApiKey::from(found.row), organization)))
}

/// Notes when a key was last used.
pub async fn touch(db: &Db, organization: OrganizationId, id: ApiKeyId, at: Time) -> Result<(), sqlx::Error> {
    const SQL: &str = "update api_keys set last_used_at = $3 where organization_id = $1 and id = $2";
    on_db!(db, write pool => sqlx::query(SQL).bind(organization).bind(id).bind(at).execute(pool).await.map(drop))
}
