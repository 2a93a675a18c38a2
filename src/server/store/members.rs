//! Who is in an organization. The last owner stays: each change of a member first takes the
//! organization's row, so that two at the same time cannot each remove the other's last owner.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, member::Member, organization::Role};

/// What came of changing a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Done,
    NotAMember,
    /// It would leave the organization without an owner.
    LastOwner,
    /// The member is an owner now, and whoever asks may not change owners.
    OwnersOnly,
}

/// All members, owners first, then by name.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<Member>, sqlx::Error> {
    const SQL: &str = "select m.user_id, u.name, u.email, m.role, m.created_at as joined_at \
        from memberships m join users u on u.id = m.user_id where m.organization_id = $1 \
        order by case m.role when 'owner' then 0 when 'admin' then 1 when 'member' then 2 else 3 end, lower(u.name), u.id";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)
}

/// One member.
pub async fn find(db: &Db, organization: OrganizationId, user: UserId) -> Result<Option<Member>, sqlx::Error> {
    const SQL: &str = "select m.user_id, u.name, u.email, m.role, m.created_at as joined_at \
        from memberships m join users u on u.id = m.user_id where m.organization_id = $1 and m.user_id = $2";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(user).fetch_optional(pool).await)
}

/// Gives a member another role, or with `None` takes the membership away.
pub async fn change(
    db: &Db,
    organization: OrganizationId,
    user: UserId,
    to: Option<Role>,
    may_change_owners: bool,
    entry: &Entry,
) -> Result<Changed, sqlx::Error> {
    const QUEUE: &str = "update organizations set name = name where id = $1";
    const NOW: &str = "select role from memberships where organization_id = $1 and user_id = $2";
    const OTHERS: &str =
        "select user_id from memberships where organization_id = $1 and role = 'owner' and user_id <> $2 limit 1";
    const CHANGE: &str = "update memberships set role = $3 where organization_id = $1 and user_id = $2";
    const REMOVE: &str = "delete from memberships where organization_id = $1 and user_id = $2";
    on_db!(db, transaction tx => {
        sqlx::query(QUEUE).bind(organization).execute(&mut *tx).await?;
        let role: Option<String> = sqlx::query_scalar(NOW).bind(organization).bind(user).fetch_optional(&mut *tx).await?;
        let Some(role) = role else { return Ok(Changed::NotAMember) };
        let was_owner = role == Role::Owner.as_str();
        if was_owner && !may_change_owners {
            return Ok(Changed::OwnersOnly);
        }
        if was_owner && to != Some(Role::Owner) {
            let other = sqlx::query(OTHERS).bind(organization).bind(user).fetch_optional(&mut *tx).await?;
            if other.is_none() {
                return Ok(Changed::LastOwner);
            }
        }
        match to {
            Some(to) => sqlx::query(CHANGE).bind(organization).bind(user).bind(to.as_str()).execute(&mut *tx).await?,
            None => sqlx::query(REMOVE).bind(organization).bind(user).execute(&mut *tx).await?,
        };
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(Changed::Done)
    })
}
