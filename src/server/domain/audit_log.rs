//! Reading the audit log.

use super::paging::{Page, read_cursor};
use crate::{
    model::{
        audit::{AuditEntry, AuditQuery, KINDS, SERVICE, differences},
        error::AppError,
        id::AuditId,
    },
    server::{
        access::{Permit, ReadAudit},
        env::Env,
        store::{
            audit_log::{self as store, AuditCriteria, AuditRow},
            webhooks,
        },
    },
};

/// Entries of a page.
const LIMIT: u32 = 50;

/// A page, newest first. Errors: Invalid (`cursor`).
pub async fn page(env: &Env, permit: &Permit<ReadAudit>, query: &AuditQuery) -> Result<Page<AuditEntry>, AppError> {
    let before = AuditId::from_bytes(read_cursor(Some(&query.cursor))?);
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && !text.contains('\0'));
    let criteria = AuditCriteria {
        by_service: query.by == SERVICE,
        actor_id: given(&query.by),
        kind: given(&query.kind).filter(|kind| KINDS.iter().any(|(known, _)| known == kind)),
    };
    let rows = store::page(&env.db, permit.organization_id(), &criteria, before, i64::from(LIMIT) + 1).await?;
    Ok(Page::of(rows, LIMIT, |row| row.id.bytes()).map(entry))
}

/// Everybody who is in the log: id and name.
pub async fn actors(env: &Env, permit: &Permit<ReadAudit>) -> Result<Vec<(String, String)>, AppError> {
    Ok(store::actors(&env.db, permit.organization_id()).await?)
}

/// Ids of the webhooks that are still there, so that a page leads to no other.
pub async fn webhooks(env: &Env, permit: &Permit<ReadAudit>) -> Result<Vec<String>, AppError> {
    let rows = webhooks::list(&env.db, permit.organization_id()).await?;
    Ok(rows.into_iter().map(|row| row.id.to_string()).collect())
}

fn entry(row: AuditRow) -> AuditEntry {
    let json = |side: Option<String>| side.and_then(|text| serde_json::from_str(&text).ok());
    AuditEntry {
        id: row.id,
        at: row.at,
        actor: row.actor,
        actor_id: row.actor_id,
        source: row.source,
        action: row.action,
        target_id: row.target_id,
        target: row.target,
        differences: differences(json(row.before), json(row.after)),
    }
}
