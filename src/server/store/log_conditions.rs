//! From what is asked for to SQL. One of the criteria leads down an index that ends in the id, newest first; the
//! others are looked at row by row on the way.
//!
//! A time range is narrowed by ids first, since ids begin with their time; the exact bound follows on `created_at`.

use super::db::Db;
use crate::model::{
    delivery::{DeliveryStatus, Outcome},
    id::*,
    log_filter::{CodeFilter, ErrorFilter},
    time::Time,
};
use std::{ops::Range, time::Duration};

/// What to list; times exact, ids resolved.
#[derive(Debug, Clone, Default)]
pub struct LogCriteria {
    pub webhook_id: Option<WebhookId>,
    pub event_id: Option<EventId>,
    pub delivery_id: Option<DeliveryId>,
    pub event_type: Option<String>,
    pub status: Option<DeliveryStatus>,
    pub response_code: Option<CodeFilter>,
    pub error: Option<ErrorFilter>,
    /// Created at or after.
    pub from: Option<Time>,
    /// Created before.
    pub to: Option<Time>,
    /// Finished at or before.
    pub finished_by: Option<Time>,
    /// Only what can be sent again for good: no tests, and a webhook that is there and active.
    pub recoverable: bool,
}

/// A criterion, in the order of how much each usually leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Criterion {
    Delivery,
    Event,
    Status,
    Error,
    Code,
    Webhook,
    Type,
}

const CRITERIA: [Criterion; 7] = [
    Criterion::Delivery,
    Criterion::Event,
    Criterion::Status,
    Criterion::Error,
    Criterion::Code,
    Criterion::Webhook,
    Criterion::Type,
];

pub(super) enum Bind<'a> {
    Id([u8; 16]),
    Text(&'a str),
    Number(i64),
    Small(i16),
}

/// Conditions in SQL and what to bind to them; `$1` is the organization.
pub(super) struct Conditions<'a> {
    /// The table with the index to go down, named `d`.
    pub from: String,
    /// What an index answers; its values come first.
    pub lead: String,
    pub lead_binds: usize,
    /// What is looked at row by row.
    pub rest: String,
    pub binds: Vec<Bind<'a>>,
    /// Whether what leads may lead past many rows that the rest leaves out.
    pub is_search: bool,
}

/// Every id.
pub(super) const ANY: Range<[u8; 16]> = [0; 16]..[0xff; 16];

/// Ids are drawn a moment after the time that `created_at` states, and clocks of several machines differ.
const SLACK: Duration = Duration::from_secs(60);

/// The first id that can be drawn at this time.
pub(super) fn id_at(time: Time) -> [u8; 16] {
    let mut bytes = [0; 16];
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes
}

const RECOVERABLE: &str = "d.is_test = false and exists (select 1 from webhooks h \
    where h.organization_id = d.organization_id and h.id = d.webhook_id and h.deleted_at is null and h.active = true)";

/// One side of the conditions while it is written; `@` stands before a column.
struct Side<'a, 'b> {
    sql: String,
    binds: &'b mut Vec<Bind<'a>>,
    before_column: &'static str,
    /// Whether what a partial index holds is said in its own words too. SQLite finds it only by these; Postgres finds it by
    /// itself, and would count each word as leaving out more.
    is_wordy: bool,
}

impl<'a> Side<'a, '_> {
    /// Adds `condition`, whose `?` is the value.
    fn add(&mut self, condition: &str, value: Bind<'a>) {
        self.binds.push(value);
        let placeholder = format!("${}", self.binds.len() + 1);
        self.add_fixed(&condition.replace('?', &placeholder));
    }
    /// Adds a condition without a value.
    fn add_fixed(&mut self, condition: &str) {
        self.sql.push_str(" and ");
        self.sql.push_str(&condition.replace('@', self.before_column));
    }
}

impl LogCriteria {
    fn has(&self, criterion: Criterion) -> bool {
        match criterion {
            Criterion::Delivery => self.delivery_id.is_some(),
            Criterion::Event => self.event_id.is_some(),
            Criterion::Status => self.status.is_some(),
            Criterion::Error => self.error.is_some(),
            Criterion::Code => self.response_code.is_some(),
            Criterion::Webhook => self.webhook_id.is_some(),
            Criterion::Type => self.event_type.is_some(),
        }
    }
    /// Most deliveries succeed: what says so leaves little out.
    fn is_common(&self, criterion: Criterion) -> bool {
        match criterion {
            Criterion::Status => self.status == Some(DeliveryStatus::Success),
            Criterion::Code => self.response_code.is_some_and(|code| code.class() == 2),
            _ => false,
        }
    }
    fn leading(&self) -> Option<Criterion> {
        let given = || CRITERIA.into_iter().filter(|criterion| self.has(*criterion));
        let rare = given().find(|criterion| !self.is_common(*criterion));
        // Of all that succeeded there is no index: it would be the whole log.
        rare.or_else(|| given().find(|criterion| *criterion != Criterion::Status))
    }

    /// What has failed or was skipped is indexed by webhook too.
    fn is_given_up(&self) -> bool {
        matches!(self.status, Some(DeliveryStatus::Failed | DeliveryStatus::Skipped))
    }

    /// The conditions for deliveries whose ids lie in this range.
    pub(super) fn conditions(&self, db: &Db, ids: Range<[u8; 16]>) -> Conditions<'_> {
        let leading = self.leading();
        let leads = |criterion| Some(criterion) == leading || (criterion == Criterion::Webhook && self.is_given_up());
        let mut binds = Vec::new();
        let is_wordy = db.is_sqlite();
        let mut lead = Side { sql: String::new(), binds: &mut binds, before_column: "d.", is_wordy };
        self.write_ids(ids, &mut lead);
        for criterion in CRITERIA.into_iter().filter(|criterion| leads(*criterion)) {
            self.write_lead(criterion, &mut lead);
        }
        let lead = lead.sql;
        let lead_binds = binds.len();
        // The dialect piece: a plus keeps SQLite from going down another index than the leading one.
        let before_column = if db.is_sqlite() { "+d." } else { "d." };
        let mut rest = Side { sql: String::new(), binds: &mut binds, before_column, is_wordy };
        for criterion in CRITERIA.into_iter().filter(|criterion| !leads(*criterion)) {
            self.write(criterion, &mut rest);
        }
        if leading == Some(Criterion::Code) && matches!(self.response_code, Some(CodeFilter::Exactly(_))) {
            self.write(Criterion::Code, &mut rest);
        }
        let is_search = !rest.sql.is_empty() && !matches!(leading, Some(Criterion::Delivery | Criterion::Event));
        self.write_times(&mut rest);
        let from = match leading.and_then(|leading| self.index(leading)).filter(|_| db.is_sqlite()) {
            // The dialect piece: SQLite guesses how much a condition leaves out, and with a time range guesses wrong.
            Some(index) => format!("deliveries d indexed by {index}"),
            None => "deliveries d".into(),
        };
        Conditions { from, lead, lead_binds, rest: rest.sql, binds, is_search }
    }

    /// The index that a criterion leads down.
    fn index(&self, leading: Criterion) -> Option<&'static str> {
        Some(match leading {
            Criterion::Delivery => return None,
            Criterion::Event => "deliveries_by_event",
            Criterion::Status if self.webhook_id.is_some() && self.is_given_up() => "deliveries_to_recover",
            Criterion::Status => "deliveries_by_status",
            Criterion::Error => "deliveries_by_error",
            Criterion::Code => "deliveries_by_code_class",
            Criterion::Webhook => "deliveries_by_webhook",
            Criterion::Type => "deliveries_by_type",
        })
    }

    /// One bound at each end: of two SQLite would go down the index by either, and look at every row between them.
    fn write_ids(&self, ids: Range<[u8; 16]>, side: &mut Side<'_, '_>) {
        let first = self.from.map_or(ids.start, |from| id_at(from.minus(SLACK)).max(ids.start));
        let end = self.to.map_or(ids.end, |to| id_at(to.plus(SLACK)).min(ids.end));
        if end != ANY.end {
            side.add("@id < ?", Bind::Id(end));
        }
        if first != ANY.start {
            side.add("@id >= ?", Bind::Id(first));
        }
    }
    fn write_times(&self, side: &mut Side<'_, '_>) {
        if let Some(from) = self.from {
            side.add("@created_at >= ?", Bind::Number(from.0));
        }
        if let Some(to) = self.to {
            side.add("@created_at < ?", Bind::Number(to.0));
        }
        if let Some(by) = self.finished_by {
            side.add("@completed_at <= ?", Bind::Number(by.0));
        }
        if self.recoverable {
            side.add_fixed(RECOVERABLE);
        }
    }

    fn write_lead<'a>(&'a self, criterion: Criterion, side: &mut Side<'a, '_>) {
        match (criterion, self.response_code) {
            // Its index is by class.
            (Criterion::Code, Some(code)) => {
                side.add_fixed("@response_code is not null");
                side.add("@response_code / 100 = ?", Bind::Small(i16::try_from(code.class()).unwrap_or(0)));
            }
            _ => self.write(criterion, side),
        }
    }
    /// The states' numbers stand in the SQL itself: only so do both planners see that a partial index serves.
    fn write<'a>(&'a self, criterion: Criterion, side: &mut Side<'a, '_>) {
        match criterion {
            Criterion::Delivery => add(side, "@id = ?", self.delivery_id.map(|id| Bind::Id(id.bytes()))),
            Criterion::Event => add(side, "@event_id = ?", self.event_id.map(|id| Bind::Id(id.bytes()))),
            Criterion::Webhook => add(side, "@webhook_id = ?", self.webhook_id.map(|id| Bind::Id(id.bytes()))),
            Criterion::Type => add(side, "@event_type = ?", self.event_type.as_deref().map(Bind::Text)),
            Criterion::Status => match self.status {
                None => {}
                Some(DeliveryStatus::Success) => side.add_fixed("@status = 1"),
                Some(DeliveryStatus::Pending) if side.is_wordy => side.add_fixed("@status = 0 and @status <> 1"),
                Some(DeliveryStatus::Pending) => side.add_fixed("@status = 0"),
                Some(status) => {
                    side.add_fixed(if status == DeliveryStatus::Failed { "@status = 2" } else { "@status = 3" });
                    if side.is_wordy {
                        side.add_fixed("@status <> 1 and @status >= 2");
                    }
                }
            },
            Criterion::Code => match self.response_code {
                Some(CodeFilter::Exactly(code)) => {
                    side.add("@response_code = ?", Bind::Small(i16::try_from(code).unwrap_or(i16::MAX)));
                }
                Some(CodeFilter::Class(class)) => {
                    let first = i16::try_from(class * 100).unwrap_or(i16::MAX);
                    side.add("@response_code >= ?", Bind::Small(first));
                    side.add("@response_code < ?", Bind::Small(first.saturating_add(100)));
                }
                None => {}
            },
            Criterion::Error => {
                let outcome = self.error.map(|error| match error {
                    ErrorFilter::Status => Outcome::Answered,
                    ErrorFilter::Outcome(outcome) => outcome,
                });
                add(side, "@status <> 1 and @outcome = ?", outcome.map(|outcome| Bind::Small(outcome as i16)));
            }
        }
    }
}

fn add<'a>(side: &mut Side<'a, '_>, condition: &str, value: Option<Bind<'a>>) {
    if let Some(value) = value {
        side.add(condition, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_time_range_and_a_place_in_the_list_give_one_bound_at_each_end() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}/a.db", folder.path().display()), 2).await.unwrap();
        let day = |day: i64| Time::from_seconds(day * 24 * 3_600);
        let criteria = LogCriteria { from: Some(day(10)), to: Some(day(20)), ..LogCriteria::default() };
        let first_of = |time: Time| id_at(time.minus(SLACK));
        let end_of = |time: Time| id_at(time.plus(SLACK));
        for (ids, first, end) in [
            (ANY, first_of(day(10)), end_of(day(20))),
            (ANY.start..id_at(day(15)), first_of(day(10)), id_at(day(15))),
            (id_at(day(12))..id_at(day(30)), id_at(day(12)), end_of(day(20))),
        ] {
            let conditions = criteria.conditions(&db, ids);
            assert_eq!(conditions.lead, " and d.id < $2 and d.id >= $3");
            let bound = |n: usize| if let Bind::Id(id) = conditions.binds[n] { id } else { panic!("no id") };
            assert_eq!((bound(1), bound(0)), (first, end));
        }
    }

    #[tokio::test]
    async fn sqlite_goes_down_the_index_of_an_event_whatever_else_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}/a.db", folder.path().display()), 2).await.unwrap();
        db.migrate().await.unwrap();
        let alone = LogCriteria { event_id: Some(EventId::from_bytes([1; 16])), ..LogCriteria::default() };
        let failed = LogCriteria { status: Some(DeliveryStatus::Failed), ..alone.clone() };
        for criteria in [alone, failed] {
            let Conditions { from, lead, rest, .. } = criteria.conditions(&db, ANY.start..id_at(Time::from_seconds(1)));
            let list =
                format!("select id from {from} where d.organization_id = $1{lead}{rest} order by d.id desc limit 51");
            let Db::Sqlite(sqlite) = &db else { panic!("it is SQLite") };
            let explain = sqlx::AssertSqlSafe(format!("explain query plan {list}"));
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&sqlite.read).await.unwrap();
            let plan: Vec<String> = plan.into_iter().map(|(.., step)| step).collect();
            assert!(plan[0].contains("deliveries_by_event (organization_id=? AND event_id=?"), "{plan:?}");
        }
    }
}
