//! The connection that a writer keeps to Postgres for itself. A pool asks each connection that comes back whether it is
//! still there, one more round trip for each commit; and here the plans of statements can be kept.

use super::db::{ANSWER, IDLE_UNASKED, is_starting};
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, pool::PoolConnection,
    postgres::PgConnectOptions,
};
use std::{
    io::{self, ErrorKind},
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Longest wait for a connection, as at the pool; [`ANSWER`] of it for one that has rested.
const CONNECT: Duration = Duration::from_secs(5);
/// First pause before a database that starts is asked again; it doubles.
const AGAIN: Duration = Duration::from_millis(50);
/// After so long it is opened anew, as at the pool: who answers there may no longer be who did.
const LIFE: Duration = Duration::from_secs(30 * 60);
/// After so long a rest nobody asks it: what lies between may have forgotten it.
const REST: Duration = Duration::from_secs(10 * 60);

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

    /// With an end to statements that wait, for a lock perhaps: a connection that is dropped meanwhile goes on at the
    /// database, and there would be ever more of them. Shorter than the writer's patience. A database that answers
    /// before it has written to the disk does not here: 202 is the word for what a crash does not undo.
    fn settings(self) -> &'static str {
        macro_rules! with {
            ($plans:literal) => {
                concat!(
                    "set plan_cache_mode = ",
                    $plans,
                    "; set statement_timeout = '25s'; select set_config('synchronous_commit', 'on', false) \
                     where current_setting('synchronous_commit') = 'off'"
                )
            };
        }
        match self {
            Self::Fresh => with!("force_custom_plan"),
            Self::Kept => with!("force_generic_plan"),
        }
    }
}

/// A connection that is opened when it is needed, and again where it broke.
#[derive(Debug)]
pub struct Own {
    options: Arc<PgConnectOptions>,
    plans: Plans,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    connection: PgConnection,
    since: Instant,
    used: Instant,
}

impl Open {
    /// Whether it can be used now.
    async fn is_there(&mut self) -> bool {
        let rest = self.used.elapsed();
        if self.since.elapsed() >= LIFE || rest >= REST {
            return false;
        }
        if rest < IDLE_UNASKED {
            return true;
        }
        // What a large group had needed.
        self.connection.shrink_buffers();
        matches!(timeout(ANSWER, self.connection.ping()).await, Ok(Ok(())))
    }
}

impl Own {
    /// To the database of this pool.
    pub fn new(pool: &PgPool, plans: Plans) -> Self {
        Self { options: pool.connect_options(), plans, open: None }
    }
    /// Takes the connection; whoever does not give it back ends it, with what it was about to write.
    ///
    /// # Errors
    /// That of connecting, which is tried for 5 s where the database starts; an error of the kind `TimedOut` where it is
    /// silent for so long.
    pub async fn take(&mut self) -> Result<Taken, sqlx::Error> {
        let until = Instant::now() + CONNECT;
        if let Some(mut open) = self.open.take()
            && open.is_there().await
        {
            return Ok(Taken { connection: open.connection, since: open.since });
        }
        let mut pause = AGAIN;
        loop {
            match timeout_at(until, self.connect()).await {
                Ok(Err(error)) if is_starting(&error) && Instant::now() + pause < until => sleep(pause).await,
                Ok(done) => return done.map(|connection| Taken { connection, since: Instant::now() }),
                Err(_) => return Err(silent()),
            }
            pause *= 2;
        }
    }
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        connection.execute(self.plans.settings()).await?;
        Ok(connection)
    }
    pub fn give_back(&mut self, Taken { connection, since }: Taken) {
        self.open = Some(Open { connection, since, used: Instant::now() });
    }
}

fn silent() -> sqlx::Error {
    let words = "the database gave no connection in time: it is silent or out of reach";
    sqlx::Error::Io(io::Error::new(ErrorKind::TimedOut, words))
}

/// A connection that was taken.
#[derive(Debug)]
pub struct Taken {
    connection: PgConnection,
    since: Instant,
}

/// A connection in use.
#[derive(Debug)]
pub enum Line {
    Own(Taken),
    Pooled(PoolConnection<Postgres>),
}

impl Deref for Line {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(taken) => &taken.connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Line {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(taken) => &mut taken.connection,
            Self::Pooled(connection) => connection,
        }
    }
}
