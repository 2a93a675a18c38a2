//! What must hold, however often the program was killed: ledger, log and database say the same.
//!
//! | | |
//! |---|---|
//! | I1 | every accepted event has come to an end for every webhook, and where that is success it has arrived |
//! | I2 | what arrived was recorded, but for one attempt of a delivery at each kill that found it held; nothing is recorded that did not arrive |
//! | I3 | an event arrives again after it was answered with success only where a kill found its delivery held: sent and not recorded |
//! | I4 | no attempt starts before its time, by the log and by the ledger |
//! | I5 | no attempt is made after success, nor once its webhook is switched off or deleted |
//! | I6 | every signature verifies |
//! | I7 | no organization's event reaches another's receiver or log |
//! | I8 | the database is whole: no row without what it belongs to, counts agree, files and indexes are in order |

use crate::{
    Result,
    api::Api,
    database::{Database, Kind},
    program::Program,
    receiver::{Arrival, Receiver},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{HashMap, HashSet};

macro_rules! held {
    ($holder:literal) => {
        concat!(
            "select w.url, e.given_id, ",
            $holder,
            " from deliveries d join webhooks w on w.organization_id = d.organization_id and w.id = d.webhook_id \
             join events e on e.organization_id = d.organization_id and e.id = d.event_id \
             where d.status = 0 and d.leased_by is not null and e.given_id is not null"
        )
    };
}

/// The processes that have a row, and the deliveries that some process holds: the URL that they go to, the event's id,
/// and who holds them.
fn statements(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Sqlite => ("select '', '', hex(id) from processes", held!("hex(d.leased_by)")),
        Kind::Postgres => ("select '', '', id::text from processes", held!("d.leased_by::text")),
    }
}

/// Which kills have found each delivery held, so that it may have been sent and not recorded.
#[derive(Debug, Default)]
pub struct Interrupted {
    known: HashSet<String>,
    held: HashMap<(String, String), HashSet<String>>,
}

impl Interrupted {
    /// Processes that have come since this was last asked.
    pub async fn newcomers(&mut self, database: &Database) -> Result<Vec<String>> {
        let there = database.rows(statements(database.kind).0).await?.into_iter().map(|(_, _, id)| id);
        Ok(there.filter(|id| self.known.insert(id.clone())).collect())
    }
    /// What these processes held, which were killed: to be called while their leases are in force.
    pub async fn note(&mut self, database: &Database, killed: &[String]) -> Result<()> {
        for (url, id, holder) in database.rows(statements(database.kind).1).await? {
            if killed.contains(&holder) {
                self.held.entry((url, id)).or_default().insert(holder);
            }
        }
        Ok(())
    }
    fn times(&self, url: &str, id: &str) -> usize {
        self.held.get(&(url.to_owned(), id.to_owned())).map_or(0, HashSet::len)
    }
}

/// Whoever holds a delivery, once for each.
pub async fn holders(database: &Database) -> Result<Vec<String>> {
    Ok(database.rows(statements(database.kind).1).await?.into_iter().map(|(_, _, holder)| holder).collect())
}

/// A webhook and the path that it leads to.
pub struct Path {
    pub number: usize,
    pub webhook: String,
    pub secret: String,
}

/// One organization.
pub struct Tenant {
    pub key: String,
    /// What its events' ids begin with.
    pub prefix: &'static str,
    pub paths: Vec<Path>,
    /// Webhooks that were switched off or deleted, and when.
    pub ended: Vec<(Path, Option<u64>)>,
    /// Ids of events that were answered with 202.
    pub accepted: Vec<String>,
}

impl Tenant {
    pub fn new(key: &str, prefix: &'static str) -> Self {
        Self { key: key.into(), prefix, paths: Vec::new(), ended: Vec::new(), accepted: Vec::new() }
    }
}

/// Where to look.
pub struct Evidence<'a> {
    pub receiver: &'a Receiver,
    pub database: &'a Database,
    pub program: &'a Program,
    pub interrupted: &'a Interrupted,
}

/// Everything that does not hold, in words; at most a few of each kind.
pub async fn check(evidence: &Evidence<'_>, tenants: &[Tenant]) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for tenant in tenants {
        let api = evidence.program.api(&tenant.key);
        for path in &tenant.paths {
            of_path(evidence, tenant, path, &api, &mut broken).await?;
        }
        for (path, ended_ns) in &tenant.ended {
            of_ended(evidence.receiver, path, *ended_ns, &mut broken);
        }
    }
    count(evidence.database, &NONE, &mut broken).await?;
    broken.extend(whole(evidence.database).await?);
    Ok(broken)
}

/// Events that arrived more than once after they had been answered with success.
pub fn repeated(receiver: &Receiver, tenants: &[Tenant]) -> usize {
    let paths = tenants.iter().flat_map(|tenant| &tenant.paths);
    paths.map(|path| successes(&receiver.arrivals(path.number)).values().filter(|count| **count > 1).count()).sum()
}

fn successes(arrivals: &[Arrival]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for arrival in arrivals.iter().filter(|arrival| arrival.status == 200) {
        *counts.entry(arrival.id.as_str()).or_default() += 1;
    }
    counts
}

/// The shortest delay of a webhook's schedule here.
const FIRST_RETRY_NS: u64 = 1_000_000_000;
/// Longest time until what was under way when a webhook ended has arrived. Other processes are told at once, unless the one that
/// should tell them is killed first: then they look for themselves within five seconds.
const TOLD_NS: u64 = 6_000_000_000;

fn of_ended(receiver: &Receiver, path: &Path, ended_ns: Option<u64>, broken: &mut Vec<String>) {
    let arrivals = receiver.arrivals(path.number);
    let is_late = |arrival: &&Arrival| ended_ns.is_none_or(|ended| arrival.at_ns > ended + TOLD_NS);
    let late = arrivals.iter().filter(is_late).count();
    if late > 0 || arrivals.is_empty() {
        let all = arrivals.len();
        broken.push(format!("I5 path {}: {late} of {all} requests after its webhook had ended", path.number));
    }
}

async fn of_path(
    evidence: &Evidence<'_>,
    tenant: &Tenant,
    path: &Path,
    api: &Api,
    broken: &mut Vec<String>,
) -> Result<()> {
    let arrivals = evidence.receiver.arrivals(path.number);
    let arrived = successes(&arrivals);
    let mut requests: HashMap<&str, usize> = HashMap::new();
    for arrival in &arrivals {
        *requests.entry(arrival.id.as_str()).or_default() += 1;
    }
    let url = evidence.receiver.url(path.number);
    let log = api.deliveries(&format!("&webhook_id={}", path.webhook)).await?;
    let mut states: HashMap<&str, &str> = HashMap::new();
    for delivery in &log {
        let id = delivery["event_id"].as_str().unwrap_or_default();
        if states.insert(id, delivery["status"].as_str().unwrap_or_default()).is_some() {
            broken.push(format!("I1 {id} has two deliveries to path {}", path.number));
        }
        let recorded = usize::try_from(delivery["attempt_count"].as_u64().unwrap_or(0))?;
        let came = requests.get(id).copied().unwrap_or(0);
        let kills = evidence.interrupted.times(&url, id);
        if recorded > came || came - recorded > kills {
            let words = format!("{came} requests of {id}, {recorded} recorded, held at {kills} kills");
            broken.push(format!("I2 path {}: {words}", path.number));
        }
    }
    for id in &tenant.accepted {
        match states.get(id.as_str()) {
            Some(&"success") if arrived.contains_key(id.as_str()) => {}
            Some(&"success") => broken.push(format!("I2 {id} is a success and never arrived at path {}", path.number)),
            Some(status) => broken.push(format!("I1 {id} is {status} for path {}", path.number)),
            None => broken.push(format!("I1 {id} was accepted and has no delivery to path {}", path.number)),
        }
    }
    for (id, count) in &arrived {
        let kills = evidence.interrupted.times(&url, id);
        if count - 1 > kills {
            broken.push(format!(
                "I3 path {}: {id} arrived {count} times with success, held at {kills} kills",
                path.number
            ));
        }
    }
    for (id, early) in early(&arrivals) {
        let kills = evidence.interrupted.times(&url, id);
        if early > kills {
            broken.push(format!("I4 path {}: {id} came {early} times too early, held at {kills} kills", path.number));
        }
    }
    let foreign: HashSet<&str> =
        arrivals.iter().map(|a| a.id.as_str()).filter(|id| !id.starts_with(&format!("{}_", tenant.prefix))).collect();
    if !foreign.is_empty() || states.keys().any(|id| !id.starts_with(tenant.prefix)) {
        broken.push(format!("I7 path {} has events of others: {foreign:?}", path.number));
    }
    let forged = arrivals.iter().filter(|arrival| !is_signed(arrival, &path.secret)).count();
    if forged > 0 {
        broken.push(format!("I6 path {}: {forged} signatures do not verify", path.number));
    }
    broken.truncate(40);
    Ok(())
}

/// How often each event came again sooner than any retry may.
fn early(arrivals: &[Arrival]) -> HashMap<&str, usize> {
    let (mut last, mut early) = (HashMap::new(), HashMap::new());
    for arrival in arrivals {
        let before = last.insert(arrival.id.as_str(), arrival.at_ns);
        if before.is_some_and(|before| arrival.at_ns - before < FIRST_RETRY_NS) {
            *early.entry(arrival.id.as_str()).or_default() += 1;
        }
    }
    early
}

/// As the Standard Webhooks specification says.
fn is_signed(arrival: &Arrival, secret: &str) -> bool {
    let key = secret.strip_prefix("whsec_").and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    mac.update(format!("{}.{}.", arrival.id, arrival.timestamp).as_bytes());
    mac.update(&arrival.body);
    let wanted = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    arrival.signature.split(' ').any(|given| given == wanted)
}

/// Counts that must be none in the end.
const NONE: [(&str, &str); 3] = [
    ("I1 deliveries that wait", "select count(*) from deliveries where status = 0"),
    (
        "I4 attempts that started before their time",
        "select count(*) from attempts b join attempts a on a.organization_id = b.organization_id \
         and a.delivery_id = b.delivery_id and a.number = b.number - 1 where b.trigger = 0 and b.started_at < \
         a.started_at + a.duration_us + 1000000 * case a.number when 1 then 1 when 2 then 1 else 2 end",
    ),
    (
        "I5 attempts after success",
        "select count(*) from attempts b join attempts a on a.organization_id = b.organization_id \
         and a.delivery_id = b.delivery_id and a.number < b.number where b.trigger = 0 \
         and a.outcome = 0 and a.response_code = 200",
    ),
];

/// Counts that must be none at any moment.
const WHOLE: [(&str, &str); 7] = [
    (
        "I8 deliveries without their event",
        "select count(*) from deliveries d where not exists (select 1 from events e \
         where e.organization_id = d.organization_id and e.id = d.event_id)",
    ),
    (
        "I8 events without all their deliveries",
        "select count(*) from events e where e.delivery_count <> (select count(*) from deliveries d \
         where d.organization_id = e.organization_id and d.event_id = e.id)",
    ),
    (
        "I8 events whose given id is not theirs",
        "select count(*) from events e where e.given_id is not null and not exists (select 1 from given_ids g \
         where g.organization_id = e.organization_id and g.given_id = e.given_id and g.event_id = e.id)",
    ),
    (
        "I8 given ids without their event",
        "select count(*) from given_ids g where not exists (select 1 from events e \
         where e.organization_id = g.organization_id and e.id = g.event_id)",
    ),
    (
        "I8 idempotency keys without their event",
        "select count(*) from idempotency_keys k where not exists (select 1 from events e \
         where e.organization_id = k.organization_id and e.id = k.event_id)",
    ),
    (
        "I8 attempts that health has not counted, or counted twice",
        "select cast(abs((select count(*) from attempts) - (select coalesce(sum(count), 0) from health_rollups \
         where slice = 3600 and measure in ('succeeded', 'failed'))) as bigint)",
    ),
    (
        "I8 deliveries whose attempts are not all there",
        "select count(*) from deliveries d where d.attempt_count <> (select count(*) from attempts a \
         where a.organization_id = d.organization_id and a.delivery_id = d.id)",
    ),
];

/// Looks at every index: its own order, and that each row of its table is in it.
const INDEXES: &str = "select count(bt_index_check(i.indexrelid, true)) from pg_index i \
    join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam \
    join pg_namespace n on n.oid = c.relnamespace \
    where a.amname = 'btree' and n.nspname = 'public' and i.indisvalid";

async fn count(database: &Database, none: &[(&str, &'static str)], broken: &mut Vec<String>) -> Result<()> {
    for (what, statement) in none {
        let count = database.number(statement).await?;
        if count != 0 {
            broken.push(format!("{what}: {count}"));
        }
    }
    Ok(())
}

/// What of I8 does not hold, whatever is under way.
pub async fn whole(database: &Database) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    count(database, &WHOLE, &mut broken).await?;
    match database.kind {
        Kind::Sqlite => {
            let faults = "select count(*) from pragma_integrity_check where integrity_check <> 'ok'";
            let count = database.number(faults).await?;
            if count != 0 {
                broken.push(format!("I8 the file has {count} faults"));
            }
        }
        Kind::Postgres => {
            database.run("create extension if not exists amcheck").await?;
            // It ends with the first fault.
            match database.number(INDEXES).await {
                Ok(0) => broken.push("I8 no index was looked at".into()),
                Ok(_) => {}
                Err(fault) => broken.push(format!("I8 an index has a fault: {fault}")),
            }
        }
    }
    Ok(broken)
}
