//! The connection that the writer keeps to SQLite for itself: statements run on the thread that asks, so that
//! a commit is no chain of messages between threads. For the writer's own thread alone; it waits for the disk.

use super::{
    batch::batches,
    statement::{Statement, Value},
};
use rusqlite::{
    Connection, Row, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use std::{borrow::Cow, error::Error, fmt, path::Path, time::Duration};

/// How long another program that writes, as one at the command line, is waited for: publishers wait with it.
pub const BUSY: Duration = Duration::from_secs(3);
/// Bytes that a log keeps on the disk when it begins anew: one that grew while somebody read for long shrinks to this.
pub const LONGEST_LOG: i64 = 128 << 20;
/// Statements that stay prepared.
const PREPARED: usize = 128;

/// A connection of its own.
pub struct Direct(Connection);

impl Direct {
    /// Opens a database that is there.
    pub fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let open = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            connection.set_prepared_statement_cache_capacity(PREPARED);
            // As in `Db::open`, but that its commits leave checkpoints to who is there for them.
            connection.execute_batch(
                "pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory; \
                 pragma cache_size = -16000; pragma wal_autocheckpoint = 0",
            )?;
            connection.pragma_update(None, "journal_size_limit", LONGEST_LOG)?;
            Ok(Self(connection))
        };
        open().map_err(fault)
    }
    /// Begins to write; whatever an earlier transaction has left is undone.
    pub fn begin(&self) -> Result<(), sqlx::Error> {
        self.roll_back();
        self.prepared("begin immediate")
    }
    /// Returns once it is on the disk.
    pub fn commit(&self) -> Result<(), sqlx::Error> {
        self.prepared("commit")
    }
    fn prepared(&self, sql: &str) -> Result<(), sqlx::Error> {
        self.0.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(fault)
    }
    /// Undoes what is not committed. Where the disk was full, SQLite has done that by itself.
    pub fn roll_back(&self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("rollback")
        {
            tracing::error!(%error, "a transaction cannot be rolled back");
        }
    }
    /// Answers how many rows were written.
    pub fn execute(&self, statement: &Statement<'_>) -> Result<u64, sqlx::Error> {
        let mut written = 0;
        self.run(statement, |prepared| {
            written += prepared.raw_execute()? as u64;
            Ok(())
        })?;
        Ok(written)
    }
    /// Answers what `read` makes of each row that comes back.
    pub fn fetch<T>(
        &self,
        statement: &Statement<'_>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, sqlx::Error> {
        let mut found = Vec::new();
        self.run(statement, |prepared| {
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }
    /// Moves what is committed from the log into the database, beside whoever writes; answers how many pages the
    /// log has, and how many of them were left where they are.
    pub fn checkpoint(&self) -> Result<(i64, i64), sqlx::Error> {
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let (pages, moved) = self.0.query_row("pragma wal_checkpoint(passive)", [], read).map_err(fault)?;
        Ok((pages, pages - moved))
    }

    /// Has the log begin anew with the next write, where whoever reads from it ends in so long; for who holds the turn to
    /// write, after a [`Direct::checkpoint`].
    pub fn let_log_begin_anew(&self, patience: Duration) -> Result<(), sqlx::Error> {
        let restart = || {
            self.0.busy_timeout(patience)?;
            // Who still reads is no error: the first number says so.
            let done = self.0.query_row("pragma wal_checkpoint(restart)", [], |row| row.get::<_, i64>(0));
            self.0.busy_timeout(BUSY)?;
            done
        };
        restart().map(drop).map_err(fault)
    }

    /// Runs it for each batch of its rows, or once.
    fn run(
        &self,
        statement: &Statement<'_>,
        mut each: impl FnMut(&mut rusqlite::Statement<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), sqlx::Error> {
        let mut once = |rows: &[&[Value<'_>]]| {
            let mut prepared = self.0.prepare_cached(&statement.sqlite(rows.len()))?;
            let values = rows.iter().copied().flatten().chain(&statement.values);
            values.enumerate().try_for_each(|(n, value)| prepared.raw_bind_parameter(n + 1, value))?;
            each(&mut prepared)
        };
        let rows = statement.rows();
        if rows.is_empty() && !statement.is_empty() {
            return once(&[]).map_err(fault);
        }
        batches(&rows).try_for_each(once).map_err(fault)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Id(id) => id.as_ref().map_or(ValueRef::Null, |id| ValueRef::Blob(id)),
            Self::Text(text) => text.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => bytes.map_or(ValueRef::Null, ValueRef::Blob),
            Self::Small(number) => integer(number.map(i64::from)),
            Self::Int(number) => integer(number.map(i64::from)),
            Self::Big(number) => integer(*number),
            Self::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
        }))
    }
}

/// What SQLite complains of, as sqlx says it.
#[derive(Debug)]
struct Complaint {
    code: i32,
    error: rusqlite::Error,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.error, self.code)
    }
}
impl Error for Complaint {}

impl sqlx::error::DatabaseError for Complaint {
    fn message(&self) -> &str {
        "SQLite refused it"
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(self.code.to_string()))
    }
    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }
    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }
    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }
    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

fn fault(error: rusqlite::Error) -> sqlx::Error {
    match error.sqlite_error() {
        Some(cause) => sqlx::Error::Database(Box::new(Complaint { code: cause.extended_code, error })),
        None => sqlx::Error::Decode(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::db::is_away;

    fn opened() -> (tempfile::TempDir, Direct) {
        let folder = tempfile::tempdir().unwrap();
        let direct = Direct::open(&folder.path().join("a.db")).unwrap();
        direct.0.execute_batch("pragma journal_mode = wal; create table t (n int unique, b blob)").unwrap();
        (folder, direct)
    }
    fn insert<'a>(n: i64, bytes: &'a [u8]) -> Statement<'a> {
        Statement::of_rows("insert into t (n, b) {rows}", [[n.into(), bytes.into()]])
    }
    fn numbers(direct: &Direct) -> Vec<i64> {
        direct.fetch(&Statement::new("select n from t order by n", []), |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_commit_is_on_the_disk_before_it_is_answered() {
        let (_folder, direct) = opened();
        let synchronous: i64 = direct.0.query_row("pragma synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "2 is FULL");
    }

    #[test]
    fn what_is_not_committed_is_undone_by_the_next_beginning() {
        let (_folder, direct) = opened();
        direct.begin().unwrap();
        assert_eq!(direct.execute(&insert(1, b"")).unwrap(), 1);
        direct.begin().unwrap();
        assert_eq!(direct.execute(&insert(2, b"")).unwrap(), 1);
        direct.commit().unwrap();
        assert_eq!(numbers(&direct), [2]);
    }

    #[test]
    fn a_full_disk_is_told_from_a_row_that_is_refused_and_the_next_transaction_goes_on() {
        let (_folder, direct) = opened();
        direct.0.execute_batch("pragma max_page_count = 4").unwrap();
        direct.begin().unwrap();
        assert!(is_away(&direct.execute(&insert(1, &[0; 100_000])).unwrap_err()));
        direct.begin().unwrap();
        direct.execute(&insert(1, b"")).unwrap();
        assert!(!is_away(&direct.execute(&insert(1, b"")).unwrap_err()));
        direct.commit().unwrap();
        assert_eq!(numbers(&direct), [1]);
    }
}
