//! The writer's open transaction: what is committed together, on either database.
//!
//! On SQLite a statement runs where it stands. On Postgres each one would be waited for, so that what needs no
//! answer goes out with the next that does, or with the commit; and a group of which nothing needs an answer is
//! ONE statement, which Postgres commits by itself. Statements that go [`Group::later`] may run in any order.

use super::{
    checkpoints::Checkpoints,
    db::{Db, Sqlite, is_away},
    direct::Direct,
    own::{Line, Own, Plans},
    statement::{Statement, Value},
};
use sqlx::{
    Arguments, AssertSqlSafe, Executor, FromRow, PgConnection,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
};
use tokio::sync::OwnedMutexGuard;

/// A row that comes back.
pub trait Answer: Sized + Send + Unpin + for<'r> FromRow<'r, PgRow> {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;
}

impl<T: rusqlite::types::FromSql + Send + Unpin> Answer for (T,)
where
    Self: for<'r> FromRow<'r, PgRow>,
{
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok((row.get(0)?,))
    }
}

/// Where a writer writes.
pub struct Desk {
    db: Db,
    /// SQLite's connection, from the first group on.
    direct: Option<(Direct, Checkpoints)>,
    /// Postgres' connection; without one of its own it takes the pool's.
    own: Option<Own>,
}

impl Desk {
    pub fn new(db: Db) -> Self {
        Self { db, direct: None, own: None }
    }
    /// With a connection that it keeps.
    pub fn of_its_own(db: Db, plans: Plans) -> Self {
        let (direct, own) = match &db {
            // Where it fails it is opened again when it is needed.
            Db::Sqlite(sqlite) => (open(sqlite).ok(), None),
            Db::Postgres(pool) => (None, Some(Own::new(pool, plans))),
        };
        Self { direct, own, db }
    }
    pub fn is_sqlite(&self) -> bool {
        self.db.is_sqlite()
    }
    pub async fn begin(&mut self) -> Result<Group<'_>, sqlx::Error> {
        match &self.db {
            Db::Sqlite(sqlite) => {
                let turn = sqlite.turn().await;
                let (direct, checkpoints) = match self.direct.take() {
                    Some(open) => self.direct.insert(open),
                    None => self.direct.insert(open(sqlite)?),
                };
                direct.begin()?;
                Ok(Group::Sqlite(Here { direct, checkpoints, _turn: turn }))
            }
            Db::Postgres(pool) => {
                let line = match &mut self.own {
                    Some(own) => Line::Own(own.take().await?),
                    None => Line::Pooled(pool.acquire().await?),
                };
                let home = self.own.as_mut();
                Ok(Group::Postgres(There { home, line: Some(line), is_open: false, later: Later::default() }))
            }
        }
    }
}

fn open(sqlite: &Sqlite) -> Result<(Direct, Checkpoints), sqlx::Error> {
    Ok((Direct::open(&sqlite.path)?, Checkpoints::start(sqlite)?))
}

/// An open transaction; rolled back when dropped.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is not moved about")]
pub enum Group<'a> {
    Sqlite(Here<'a>),
    Postgres(There<'a>),
}

pub struct Here<'a> {
    direct: &'a mut Direct,
    checkpoints: &'a mut Checkpoints,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.direct.roll_back();
    }
}

pub struct There<'a> {
    /// Where a connection of one's own goes afterwards.
    home: Option<&'a mut Own>,
    /// There until it is over.
    line: Option<Line>,
    /// Whether a transaction was begun on it.
    is_open: bool,
    later: Later,
}

impl Drop for There<'_> {
    fn drop(&mut self) {
        // Nothing is left of what was begun once its connection has ended.
        if self.is_open
            && let Some(Line::Pooled(connection)) = self.line.take()
        {
            drop(connection.detach());
        }
    }
}

/// What has not been sent yet.
#[derive(Default)]
struct Later {
    texts: Vec<String>,
    arguments: PgArguments,
    /// Which of the texts must answer how many rows: the number of the argument that says it.
    counted: Vec<(usize, usize)>,
}

/// Whether [`Group::later_and_all`] has found fewer rows; nothing was written.
pub fn is_too_few(error: &sqlx::Error) -> bool {
    const DIVISION_BY_ZERO: &str = "22012";
    match error {
        sqlx::Error::RowNotFound => true,
        sqlx::Error::Database(told) => told.code().is_some_and(|code| code == DIVISION_BY_ZERO),
        _ => false,
    }
}

impl Group<'_> {
    /// Runs it now; answers how many rows were written.
    pub async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(here) => here.direct.execute(&statement),
            Self::Postgres(there) => {
                let line = there.caught_up().await?;
                let (text, arguments) = written_out(&statement)?;
                let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                query.execute(line).await.map(|done| done.rows_affected())
            }
        }
    }
    /// Runs it now, or with what comes after it.
    pub fn later(&mut self, statement: Statement<'_>) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(here) => here.direct.execute(&statement).map(drop),
            Self::Postgres(there) => there.later.add(&statement),
        }
    }
    /// Like [`Group::later`], and the whole fails (see [`is_too_few`]) unless so many rows come back: who nearly always gets
    /// them all need not wait for them first.
    pub fn later_and_all(&mut self, statement: Statement<'_>, rows: usize) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(here) => {
                let found = here.direct.fetch(&statement, |_| Ok(()))?.len();
                if found == rows { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
            }
            Self::Postgres(there) => there.later.add_and_count(&statement, rows),
        }
    }
    /// Answers the rows that come back.
    pub async fn fetch<T: Answer>(&mut self, statement: Statement<'_>) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(here) => here.direct.fetch(&statement, T::read),
            Self::Postgres(_) if statement.is_empty() => Ok(Vec::new()),
            Self::Postgres(there) => {
                let line = there.caught_up().await?;
                let (text, arguments) = written_out(&statement)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(line).await
            }
        }
    }
    /// On Postgres: runs statements that may name those before them, and all that was left for later, as ONE; where no
    /// transaction is open it commits by itself. Answers the rows that come back from the one of that name. One with no rows to
    /// write is left out.
    pub async fn fetch_last_of<T: Answer>(
        &mut self,
        named: &str,
        statements: impl IntoIterator<Item = (&str, Statement<'_>)> + Send,
    ) -> Result<Vec<T>, sqlx::Error> {
        let Self::Postgres(there) = self else { return Err(sqlx::Error::WorkerCrashed) };
        let mut later = std::mem::take(&mut there.later);
        debug_assert!(later.counted.is_empty(), "what is counted goes with the commit");
        let before = later.texts.len();
        let mut names = Vec::new();
        for (name, statement) in statements {
            if !statement.is_empty() {
                names.push(name);
                later.add(&statement)?;
            }
        }
        let own = later.texts.drain(before..).zip(names).map(|(text, name)| format!("{name} as ({text})"));
        let mut parts: Vec<String> = own.collect();
        parts.extend(later.texts.iter().enumerate().map(|(n, text)| format!("s{n} as ({text})")));
        let text = format!("with {} select * from {named}", parts.join(", "));
        sqlx::query_as_with(AssertSqlSafe(text), later.arguments).fetch_all(&mut **there.line()?).await
    }
    /// What it finds from now on is planned for the tables as they are, also where plans are kept.
    pub async fn plan_afresh(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(there) => there.caught_up().await?.execute(Plans::AFRESH).await.map(drop),
        }
    }
    /// Returns once it is on the disk.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(here) => {
                here.direct.commit()?;
                here.checkpoints.written();
                Ok(())
            }
            Self::Postgres(mut there) => there.commit().await,
        }
    }
}

impl There<'_> {
    fn line(&mut self) -> Result<&mut Line, sqlx::Error> {
        self.line.as_mut().ok_or(sqlx::Error::WorkerCrashed)
    }
    /// The connection within the transaction, with all that was left for later.
    async fn caught_up(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let mut later = std::mem::take(&mut self.later);
        let was_open = std::mem::replace(&mut self.is_open, true);
        let line = self.line()?;
        if !was_open {
            line.execute("begin").await?;
        }
        later.run(line).await?;
        Ok(line)
    }
    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let (mut later, is_open) = (std::mem::take(&mut self.later), self.is_open);
        let line = self.line()?;
        let mut written = later.run(line).await;
        if is_open && written.is_ok() {
            written = line.execute("commit").await.map(drop);
        }
        // A statement by itself that was refused is undone; a transaction ends with its connection.
        let is_refused = matches!(&written, Err(error @ sqlx::Error::Database(_)) if !is_away(error));
        if written.is_ok() || !is_open && is_refused {
            self.is_open = false;
            if let (Some(Line::Own(taken)), Some(home)) = (self.line.take(), self.home.take()) {
                home.give_back(taken);
            }
        }
        written
    }
}

impl Later {
    fn add(&mut self, statement: &Statement<'_>) -> Result<(), sqlx::Error> {
        if statement.is_empty() {
            return Ok(());
        }
        self.texts.push(statement.postgres(self.arguments.len() + 1));
        bind(&mut self.arguments, statement).map_err(sqlx::Error::Encode)
    }
    fn add_and_count(&mut self, statement: &Statement<'_>, rows: usize) -> Result<(), sqlx::Error> {
        let number = self.texts.len();
        self.add(statement)?;
        self.arguments.add(i64::try_from(rows).unwrap_or(i64::MAX)).map_err(sqlx::Error::Encode)?;
        self.counted.push((number, self.arguments.len()));
        Ok(())
    }
    async fn run(&mut self, on: &mut PgConnection) -> Result<(), sqlx::Error> {
        let Self { mut texts, arguments, counted } = std::mem::take(self);
        let text = match texts.len() {
            0 => return Ok(()),
            1 if counted.is_empty() => texts.remove(0),
            _ => {
                let named = texts.iter().enumerate().map(|(n, text)| format!("s{n} as ({text})"));
                let fails = counted.iter().map(|(n, argument)| {
                    format!(" / (case when (select count(*) from s{n}) = ${argument} then 1 else 0 end)")
                });
                format!("with {} select 1{}", named.collect::<Vec<_>>().join(", "), fails.collect::<String>())
            }
        };
        sqlx::query_with(AssertSqlSafe(text), arguments).execute(on).await.map(drop)
    }
}

fn written_out(statement: &Statement<'_>) -> Result<(String, PgArguments), sqlx::Error> {
    let mut arguments = PgArguments::default();
    bind(&mut arguments, statement).map_err(sqlx::Error::Encode)?;
    Ok((statement.postgres(1), arguments))
}

fn bind(arguments: &mut PgArguments, statement: &Statement<'_>) -> Result<(), BoxDynError> {
    statement.columns().try_for_each(|column| bind_column(arguments, &column))?;
    statement.values.iter().try_for_each(|value| match value {
        Value::Id(id) => arguments.add(id.map(uuid::Uuid::from_bytes)),
        Value::Text(text) => arguments.add(text.as_deref()),
        Value::Bytes(bytes) => arguments.add(*bytes),
        Value::Small(number) => arguments.add(*number),
        Value::Int(number) => arguments.add(*number),
        Value::Big(number) => arguments.add(*number),
        Value::Flag(flag) => arguments.add(*flag),
    })
}

/// A column as one array; its values are all of the type of the first.
fn bind_column(arguments: &mut PgArguments, column: &[&Value<'_>]) -> Result<(), BoxDynError> {
    macro_rules! array {
        ($kind:ident as $value:ident => $cell:expr) => {
            arguments
                .add(column.iter().map(|v| if let Value::$kind($value) = v { $cell } else { None }).collect::<Vec<_>>())
        };
    }
    match column.first() {
        None => Ok(()),
        Some(Value::Id(_)) => array!(Id as id => id.map(uuid::Uuid::from_bytes)),
        Some(Value::Text(_)) => array!(Text as text => text.as_deref()),
        Some(Value::Bytes(_)) => array!(Bytes as bytes => *bytes),
        Some(Value::Small(_)) => array!(Small as number => *number),
        Some(Value::Int(_)) => array!(Int as number => *number),
        Some(Value::Big(_)) => array!(Big as number => *number),
        Some(Value::Flag(_)) => array!(Flag as flag => Some(*flag)),
    }
}
