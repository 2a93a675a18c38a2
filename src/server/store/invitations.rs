//! Invitations, by the hash of the token in their link.

use super::{audit::Entry, db::Db, users::User};
use crate::model::{id::*, member::Invitation, organization::*, time::Time};

/// Invites a person, in place of an earlier invitation to the same address.
pub async fn add(
    db: &Db,
    organization: OrganizationId,
    invitation: &Invitation,
    token_hash: &[u8; 32],
    invited_by: UserId,
    entry: &Entry,
) -> Result<(), sqlx::Error> {
    const EARLIER: &str = "delete from invitations where organization_id = $1 and email = $2 and accepted_at is null";
    const SQL: &str = "insert into invitations \
        (organization_id, id, email, role, token_hash, invited_by, created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    on_db!(db, transaction tx => {
        sqlx::query(EARLIER).bind(organization).bind(&invitation.email).execute(&mut *tx).await?;
        let insert = sqlx::query(SQL).bind(organization).bind(invitation.id).bind(&invitation.email);
        let insert = insert.bind(invitation.role.as_str()).bind(token_hash.as_slice()).bind(invited_by);
        insert.bind(invitation.created_at).bind(invitation.expires_at).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(())
    })
}

/// Invitations that nobody accepted yet, expired ones too; newest first.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<Invitation>, sqlx::Error> {
    const SQL: &str = "select id, email, role, created_at, expires_at from invitations \
                       where organization_id = $1 and accepted_at is null order by id desc";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)
}

/// One that nobody accepted yet.
pub async fn find(db: &Db, organization: OrganizationId, id: InvitationId) -> Result<Option<Invitation>, sqlx::Error> {
    const SQL: &str = "select id, email, role, created_at, expires_at from invitations \
                       where organization_id = $1 and id = $2 and accepted_at is null";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(pool).await)
}

/// Takes an invitation back; false where it was accepted or is gone.
pub async fn withdraw(
    db: &Db,
    organization: OrganizationId,
    id: InvitationId,
    entry: &Entry,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "delete from invitations where organization_id = $1 and id = $2 and accepted_at is null";
    on_db!(db, transaction tx => {
        let gone = sqlx::query(SQL).bind(organization).bind(id).execute(&mut *tx).await?.rows_affected() == 1;
        if gone {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(gone)
    })
}

/// The invitation behind a link and its organization, whichever that is: the token says it.
pub async fn find_by_token_in_any_organization(
    db: &Db,
    token_hash: &[u8; 32],
    now: Time,
) -> Result<Option<(Invitation, Organization)>, sqlx::Error> {
    const SQL: &str = "select organization_id, id, email, role, created_at, expires_at from invitations \
                       where token_hash = $1 and accepted_at is null and expires_at > $2";
    #[derive(sqlx::FromRow)]
    struct Found {
        organization_id: OrganizationId,
        #[sqlx(flatten)]
        invitation: Invitation,
    }
    let found: Option<Found> =
        on_db!(db, read pool => sqlx::query_as(SQL).bind(token_hash.as_slice()).bind(now).fetch_optional(pool).await)?;
    let Some(found) = found else { return Ok(None) };
    let organization = super::organizations::by_id(db, found.organization_id).await?;
    Ok(organization.map(|organization| (found.invitation, organization)))
}

/// What came of accepting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Joined,
    /// Used, withdrawn or expired meanwhile.
    Gone,
    /// For a new account: the address has one by now.
    EmailTaken,
}

/// Uses the invitation up and makes the person a member, with a new account where one is given. Who is
/// a member already keeps their role: an invitation promotes nobody.
pub async fn accept(
    db: &Db,
    organization: OrganizationId,
    invitation: &Invitation,
    user: UserId,
    new_account: Option<&User>,
    now: Time,
    entry: &Entry,
) -> Result<Accepted, sqlx::Error> {
    const USE: &str = "update invitations set accepted_at = $3 \
        where organization_id = $1 and id = $2 and accepted_at is null and expires_at > $3";
    const ACCOUNT: &str = "insert into users (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5) \
                           on conflict (email) do nothing";
    const JOIN: &str = "insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, $3, $4) \
                        on conflict (organization_id, user_id) do nothing";
    on_db!(db, transaction tx => {
        let used = sqlx::query(USE).bind(organization).bind(invitation.id).bind(now).execute(&mut *tx).await?;
        if used.rows_affected() == 0 {
            return Ok(Accepted::Gone);
        }
        if let Some(new) = new_account {
            let insert = sqlx::query(ACCOUNT).bind(new.id).bind(&new.email).bind(&new.name).bind(&new.password_hash);
            if insert.bind(new.created_at).execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(Accepted::EmailTaken);
            }
        }
        let role = invitation.role.as_str();
        sqlx::query(JOIN).bind(organization).bind(user).bind(role).bind(now).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(Accepted::Joined)
    })
}
