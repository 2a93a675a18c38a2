//! The connection that a writer keeps to Postgres for itself. A pool asks each connection that comes back whether it is
//! still there, one more round trip for each commit; and here the plans of statements can be kept.

use super::db::IDLE_UNASKED;
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, pool::PoolConnection,
    postgres::PgConnectOptions,
};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// Longest wait for a connection, as at the pool.
const CONNECT: Duration = Duration::from_secs(5);

/// How statements are planned.
#[derive(Debug, Clone, Copy)]
pub enum Plans {
    /// Each time, for the tables as they are.
    Fresh,
    /// Once for each connection: for statements that insert, which look the same for any table.
    Kept,
}

impl Plans {
    /// Until the transaction is over.
    pub const AFRESH: &str = "set local plan_cache_mode = force_custom_plan";

    fn setting(self) -> &'static str {
        match self {
            Self::Fresh => "set plan_cache_mode = force_custom_plan",
            Self::Kept => "set plan_cache_mode = force_generic_plan",
        }
    }
}

/// A connection that is opened when it is needed, and again where it broke.
#[derive(Debug)]
pub struct Own {
    options: Arc<PgConnectOptions>,
    plans: Plans,
    open: Option<(PgConnection, Instant)>,
}

impl Own {
    /// To the database of this pool.
    pub fn new(pool: &PgPool, plans: Plans) -> Self {
        Self { options: pool.connect_options(), plans, open: None }
    }
    /// Takes the connection; whoever does not give it back ends it, with what it was about to write.
    ///
    /// # Errors
    /// That of connecting; [`sqlx::Error::PoolTimedOut`] where the database was silent for 5 s.
    pub async fn take(&mut self) -> Result<PgConnection, sqlx::Error> {
        if let Some((mut connection, used)) = self.open.take()
            && (used.elapsed() < IDLE_UNASKED || matches!(timeout(CONNECT, connection.ping()).await, Ok(Ok(()))))
        {
            return Ok(connection);
        }
        let connect = async {
            let mut connection = self.options.connect().await?;
            connection.execute(self.plans.setting()).await?;
            Ok(connection)
        };
        timeout(CONNECT, connect).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }
    pub fn give_back(&mut self, connection: PgConnection) {
        self.open = Some((connection, Instant::now()));
    }
}

/// A connection in use.
#[derive(Debug)]
pub enum Line {
    Own(PgConnection),
    Pooled(PoolConnection<Postgres>),
}

impl Deref for Line {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Line {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}
