//! Sessions of browsers: tower-sessions on our own table. The cookie carries 128 random bits, the table
//! their hash. A session ends a day after it was last used, and a week after sign-in however busy it is.

use crate::{
    model::{id::UserId, time::Time},
    server::{
        env::Env,
        store::{
            db::said,
            sessions::{self, SessionRow},
        },
    },
};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tower_sessions::{
    SessionStore,
    cookie::time,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// A session that was not used for so long has ended.
pub const IDLE: Duration = Duration::from_secs(24 * 3_600);
/// However busy, a session ends so long after sign-in.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How often “last seen” is written at most.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Key of the person's id within a session's data.
pub const USER: &str = "user";
/// Key of the browser’s own description.
pub const USER_AGENT: &str = "user_agent";

/// The `sessions` table as tower-sessions asks for it.
#[derive(Clone)]
pub struct Sessions(pub Env);

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// What the table keeps in place of the id.
pub fn id_hash(id: &Id) -> [u8; 32] {
    Sha256::digest(id.0.to_le_bytes()).into()
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

fn text<'r>(record: &'r Record, key: &str) -> Option<&'r str> {
    record.data.get(key).and_then(|value| value.as_str())
}

fn user_of(record: &Record) -> Option<UserId> {
    text(record, USER).and_then(|id| id.parse().ok())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let now: Time = self.0.now();
        let row = SessionRow {
            id_hash: id_hash(&record.id).to_vec(),
            user_id: user_of(record),
            data: serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?,
            user_agent: text(record, USER_AGENT).map(str::to_string),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(LONGEST),
        };
        match sessions::add(&self.0.db, &row).await.map_err(backend)? {
            true => Ok(()),
            // 128 random bits twice the same: something is wrong with the randomness.
            false => Err(backend("a session id came up twice")),
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let hash = id_hash(&record.id);
        sessions::save(&self.0.db, &hash, user_of(record), &data, self.0.now()).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let (hash, now) = (id_hash(id), self.0.now());
        let row = sessions::find(&self.0.db, &hash).await.map_err(backend)?;
        let Some(row) = row.filter(|row| row.expires_at > now && now.since(row.last_seen_at) < IDLE) else {
            return Ok(None);
        };
        if now.since(row.last_seen_at) >= TOUCH_EVERY {
            let env = self.0.clone();
            tokio::spawn(async move {
                if let Err(error) = sessions::touch(&env.db, &hash, now).await {
                    tracing::warn!(error = said(&error), "could not note that a session is in use");
                }
            });
        }
        let data = serde_json::from_str(&row.data).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expires_at.seconds()).map_err(backend)?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::end(&self.0.db, &id_hash(id)).await.map_err(backend)
    }
}
