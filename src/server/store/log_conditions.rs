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
use std::time::Duration;

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
    /// What an index answers; its values come first.
    pub lead: String,
    pub lead_binds: usize,
    /// What is looked at row by row.
    pub rest: String,
    pub binds: Vec<Bind<'a>>,
    /// Whether what leads may lead past many rows that the rest leaves out.
    pub is_search: bool,
}

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

    /// The conditions for deliveries with an id below `before`.
    pub(super) fn conditions(&self, db: &Db, before: [u8; 16]) -> Conditions<'_> {
        let leading = self.leading();
        let leads = |criterion| Some(criterion) == leading || (criterion == Criterion::Webhook && self.is_given_up());
        let mut binds = Vec::new();
        let mut lead = Side { sql: String::new(), binds: &mut binds, before_column: "d." };
        self.write_ids(before, &mut lead);
        for criterion in CRITERIA.into_iter().filter(|criterion| leads(*criterion)) {
            self.write_lead(criterion, &mut lead);
        }
        let lead = lead.sql;
        let lead_binds = binds.len();
        // The dialect piece: a plus keeps SQLite from going down another index than the leading one.
        let before_column = if db.is_sqlite() { "+d." } else { "d." };
        let mut rest = Side { sql: String::new(), binds: &mut binds, before_column };
        for criterion in CRITERIA.into_iter().filter(|criterion| !leads(*criterion)) {
            self.write(criterion, &mut rest);
        }
        if leading == Some(Criterion::Code) && matches!(self.response_code, Some(CodeFilter::Exactly(_))) {
            self.write(Criterion::Code, &mut rest);
        }
        let is_search = !rest.sql.is_empty() && !matches!(leading, Some(Criterion::Delivery | Criterion::Event));
        self.write_times(&mut rest);
        Conditions { lead, lead_binds, rest: rest.sql, binds, is_search }
    }

    fn write_ids(&self, before: [u8; 16], side: &mut Side<'_, '_>) {
        if before != [0xff; 16] {
            side.add("@id < ?", Bind::Id(before));
        }
        if let Some(from) = self.from {
            side.add("@id >= ?", Bind::Id(id_at(from.minus(SLACK))));
        }
        if let Some(to) = self.to {
            side.add("@id < ?", Bind::Id(id_at(to.plus(SLACK))));
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
                Some(DeliveryStatus::Pending) => side.add_fixed("@status = 0 and @status <> 1"),
                Some(DeliveryStatus::Failed) => side.add_fixed("@status = 2 and @status <> 1 and @status >= 2"),
                Some(DeliveryStatus::Skipped) => side.add_fixed("@status = 3 and @status <> 1 and @status >= 2"),
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
