//! Torture: two organizations publish without a pause while the program is killed again and again; then the
//! ledger, the log and the database are compared (see `invariants.rs`).
//!
//! Receivers: one that always answers 200, one that fails every third event once or twice, one that takes 40 ms; and two
//! more like the second whose webhooks are switched off and deleted half-way.
//! Every event has an id of the publisher's own, every other one an idempotency key, and is posted again until it is
//! accepted, as a platform would.

use crate::{
    Result,
    api::Api,
    database::{Database, Kind},
    invariants::{self, Evidence, Interrupted, Tenant},
    machine::now_ns,
    program::{Program, Setup},
    receiver::{Manner, Receiver},
    wire::Connection,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Delays of the webhooks' retries, in seconds: short, so that a run ends.
pub const SCHEDULE: [u32; 4] = [1, 1, 2, 2];
/// Of those that end half-way: longer than it takes until all processes know that they have.
const LATE: [u32; 4] = [8, 8, 8, 8];
/// Longest wait for the last delivery after the last kill; on Postgres a dead process is given up after 25 s.
const PATIENCE: Duration = Duration::from_secs(120);

/// After so many kills the victim stays away until the other has taken over what it held.
const TAKEN_OVER_EVERY: u32 = 200;

/// Points between two steps of a delivery, of which the first argument of `kill_point::reached` is the name.
pub const POINTS: [&str; 7] =
    ["events-written", "events-committed", "claimed", "sending", "answered", "records-written", "records-committed"];
/// Most times that a point is passed before it is the end.
const PASSED: u32 = 6;
/// Longest life of a program that is to end itself.
const LIFE: Duration = Duration::from_secs(20);

/// When the program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moments {
    /// By SIGKILL, at any time.
    Random,
    /// At each of the [`POINTS`] in turn; a debug build alone knows them.
    Points,
}

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub kind: Kind,
    pub moments: Moments,
    /// At least so many; at points, so many at each.
    pub kills: u32,
    /// It goes on until more events than this were accepted: a busy machine takes few between two kills.
    pub events: usize,
    pub seed: u64,
}

/// Bytes of SQLite's write-ahead log, however often the program is killed.
const LONGEST_LOG: u64 = 256 << 20;

/// What was done, and what was found wrong; an empty list is what is hoped for.
#[derive(Debug)]
pub struct Report {
    pub accepted: usize,
    pub requests: usize,
    pub repeated: usize,
    pub slowest_start: Duration,
    pub broken: Vec<String>,
}

/// One organization's publisher.
struct Line {
    api: Mutex<Api>,
    prefix: &'static str,
    next: AtomicU64,
    accepted: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Line {
    fn new(api: Api, prefix: &'static str) -> Arc<Self> {
        let (next, accepted, stop) = (AtomicU64::new(0), Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { api: Mutex::new(api), prefix, next, accepted, stop })
    }
    fn api(&self) -> Api {
        self.api.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    fn accepted(&self) -> MutexGuard<'_, Vec<String>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Posts one event after the other, each until it is accepted.
    async fn publish(self: Arc<Self>) {
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let id = format!("{}_{number}", self.prefix);
            let data = json!({ "number": number, "sent_ns": now_ns(), "text": "ü".repeat(200) });
            let body = json!({ "event_type": "call.completed", "id": id, "data": data }).to_string();
            // Every other one has an idempotency key too.
            let key = (number % 2 == 1).then_some(id.as_str());
            while !self.post(&body, key).await {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            self.accepted().push(id);
        }
    }
    async fn post(&self, body: &str, key: Option<&str>) -> bool {
        let api = self.api();
        let Ok(mut connection) = Connection::open(api.address()).await else { return false };
        let mut headers = vec![("authorization", api.bearer())];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let answer = connection.call("POST", "/v1/events", &headers, body.as_bytes()).await;
        answer.is_ok_and(|answer| answer.status() == 202)
    }
}

/// Runs it; errors only where the harness itself fails.
pub async fn run(plan: Plan) -> Result<Report> {
    let (database, mut random) = (Database::fresh(plan.kind).await?, StdRng::seed_from_u64(plan.seed));
    let receiver = Receiver::start(true).await?;
    // On Postgres two processes share the work, and either is killed.
    let setups = match plan.kind {
        Kind::Sqlite => vec![Setup::new(&database)?],
        Kind::Postgres => vec![Setup::new(&database)?, Setup::new(&database)?],
    };
    let keys = [setups[0].organization("first")?, setups[0].organization("second")?];
    let (mut programs, mut ids, mut interrupted) = (Vec::new(), Vec::new(), Interrupted::default());
    for setup in &setups {
        programs.push(setup.start().await?);
        ids.push(interrupted.newcomers(&database).await?);
    }
    let mut tenants = Vec::new();
    for (key, prefix) in keys.iter().zip(["a", "b"]) {
        tenants.push(tenant(&receiver, programs[0].api(key), key, prefix).await?);
    }
    let lines: Vec<Arc<Line>> = tenants.iter().map(|t| Line::new(programs[0].api(&t.key), t.prefix)).collect();
    let publishing: Vec<_> =
        lines.iter().flat_map(|line| (0..4).map(|_| tokio::spawn(line.clone().publish()))).collect();
    let (mut slowest_start, mut longest_log) = (Duration::ZERO, 0);
    let (mut kills, latest) = (0, now_ns() + u64::try_from(PATIENCE.as_nanos())?);
    let is_enough = || lines.iter().map(|line| line.accepted().len()).sum::<usize>() > plan.events;
    while plan.moments == Moments::Random && (kills < plan.kills || (!is_enough() && now_ns() < latest)) {
        kills += 1;
        tokio::time::sleep(Duration::from_millis(random.random_range(5..400))).await;
        let victim = random.random_range(0..programs.len());
        programs[victim].kill()?;
        longest_log = database.log().max(longest_log);
        interrupted.note(&database, &ids[victim]).await?;
        if plan.kind == Kind::Postgres && kills % TAKEN_OVER_EVERY == 0 {
            let taken_over = tokio::time::timeout(PATIENCE, until_taken_over(&database, &ids[victim]));
            taken_over.await.map_err(|_| "nobody took over what was held")??;
        }
        slowest_start = slowest_start.max(replace(&setups[victim], &mut programs[victim]).await?);
        ids[victim] = interrupted.newcomers(&database).await?;
        for (line, tenant) in lines.iter().zip(&tenants) {
            *line.api.lock().unwrap_or_else(PoisonError::into_inner) = programs[victim].api(&tenant.key);
        }
        if kills == plan.kills.div_ceil(2) {
            end_webhooks(&programs[victim], &mut tenants).await?;
        }
    }
    let mut not_reached = Vec::new();
    if plan.moments == Moments::Points {
        programs[0].kill()?;
        interrupted.note(&database, &ids[0]).await?;
        for (round, point) in (0..plan.kills).flat_map(|round| POINTS.map(|point| (round, point))) {
            if round == plan.kills / 2 && point == POINTS[0] {
                let mut program = setups[0].start().await?;
                end_webhooks(&program, &mut tenants).await?;
                program.kill()?;
                let ended = interrupted.newcomers(&database).await?;
                interrupted.note(&database, &ended).await?;
            }
            // Programs claim when they start, and where a retry is due.
            let times = if point == "claimed" { 1 } else { random.random_range(1..=PASSED) };
            if !setups[0].ending_at(point, times).spawn()?.ends_within(LIFE).await? {
                not_reached.push(format!("{point} was not reached {times} times"));
            }
            let ended = interrupted.newcomers(&database).await?;
            interrupted.note(&database, &ended).await?;
        }
        programs[0] = setups[0].start().await?;
    }
    lines.iter().for_each(|line| line.stop.store(true, Ordering::Relaxed));
    for line in publishing {
        line.await?;
    }
    for (tenant, line) in tenants.iter_mut().zip(&lines) {
        tenant.accepted = std::mem::take(&mut *line.accepted());
        settle(&programs[0].api(&tenant.key)).await?;
    }
    let (program, interrupted) = (&programs[0], &interrupted);
    let evidence = Evidence { receiver: &receiver, database: &database, program, interrupted };
    let mut broken = invariants::check(&evidence, &tenants).await?;
    broken.extend(not_reached);
    if longest_log > LONGEST_LOG {
        broken.push(format!("the write-ahead log grew to {} MiB", longest_log >> 20));
    }
    for program in &mut programs {
        program.stop().await?;
    }
    let all: Vec<usize> = tenants.iter().flat_map(|t| &t.paths).map(|path| receiver.count(path.number)).collect();
    Ok(Report {
        accepted: tenants.iter().map(|t| t.accepted.len()).sum(),
        requests: all.iter().sum(),
        repeated: invariants::repeated(&receiver, &tenants),
        slowest_start,
        broken,
    })
}

/// Returns once none of these processes holds a delivery.
async fn until_taken_over(database: &Database, processes: &[String]) -> Result<()> {
    while invariants::holders(database).await?.iter().any(|holder| processes.contains(holder)) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn tenant(receiver: &Arc<Receiver>, api: Api, key: &str, prefix: &'static str) -> Result<Tenant> {
    let mut tenant = Tenant::new(key, prefix);
    for manner in [Manner::Answer, Manner::Flaky, Manner::After(Duration::from_millis(40))] {
        tenant.paths.push(path(receiver, &api, manner, &SCHEDULE).await?);
    }
    for _ in 0..2 {
        tenant.ended.push((path(receiver, &api, Manner::Flaky, &LATE).await?, None));
    }
    Ok(tenant)
}

async fn path(receiver: &Arc<Receiver>, api: &Api, manner: Manner, schedule: &[u32]) -> Result<invariants::Path> {
    let number = receiver.add(manner);
    let (webhook, secret) = api.webhook(&receiver.url(number), schedule).await?;
    Ok(invariants::Path { number, webhook, secret })
}

/// Switches one webhook of each organization off, and deletes another, while retries wait.
async fn end_webhooks(program: &Program, tenants: &mut [Tenant]) -> Result<()> {
    for tenant in tenants {
        let api = program.api(&tenant.key);
        let off = json!({ "active": false });
        for ((path, ended_ns), (method, body)) in tenant.ended.iter_mut().zip([("PATCH", off), ("DELETE", Value::Null)])
        {
            api.json(method, &format!("/v1/webhooks/{}", path.webhook), &body).await?;
            *ended_ns = Some(now_ns());
        }
    }
    Ok(())
}

/// Starts again what was killed; answers how long that took.
async fn replace(setup: &Setup, program: &mut Program) -> Result<Duration> {
    let started = now_ns();
    *program = setup.start().await?;
    Ok(Duration::from_nanos(now_ns() - started))
}

/// Waits until nothing is pending.
async fn settle(api: &Api) -> Result<()> {
    let until = now_ns() + u64::try_from(PATIENCE.as_nanos())?;
    while now_ns() < until {
        let page = api.json("GET", "/v1/webhooks/logs?status=pending&limit=1", &serde_json::Value::Null).await?;
        if page["data"].as_array().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // What is still pending is found by the first invariant.
    Ok(())
}
