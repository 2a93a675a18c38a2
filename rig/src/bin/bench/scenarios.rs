//! The scenarios: each starts the program anew, measures, and adds to the figures.

use rig::{
    Result,
    api::Api,
    database::Database,
    figures::{Figures, percentile},
    machine::{self, Usage, now_ns},
    program::{Program, Setup},
    publisher::{Load, Posted, publish},
    receiver::{Arrival, Manner, Receiver},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Longest silence before what is missing counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const MB: f64 = 1_048_576.0;

pub struct Bench {
    pub database: Database,
    pub setup: Setup,
    pub receiver: Arc<Receiver>,
    pub events: u64,
    rate: f64,
    /// Whether events have idempotency keys.
    keyed: bool,
}

/// Processor seconds of everybody, at one moment.
struct Reading {
    at_ns: u64,
    program: Usage,
    database: Usage,
    own: Usage,
    machine: f64,
}

impl Bench {
    pub async fn new(database: Database, events: u64, rate: f64, keyed: bool) -> Result<Self> {
        let setup = Setup::new(&database)?;
        Ok(Self { database, setup, receiver: Receiver::start(false).await?, events, rate, keyed })
    }
    fn load(&self, count: u64) -> Load {
        Load { keyed: self.keyed, ..Load::new(0, count) }
    }
    fn read(&self, program: &Program) -> Reading {
        let own = machine::usage(std::process::id());
        let (program, database) = (program.usage(), self.database.usage());
        // What was started from here counts as somebody else's.
        let cpu_seconds = own.cpu_seconds - program.cpu_seconds - database.cpu_seconds;
        Reading {
            at_ns: now_ns(),
            program,
            database,
            own: Usage { cpu_seconds, ..own },
            machine: machine::busy_seconds(),
        }
    }
    /// Starts the program with an organization and so many webhooks.
    pub async fn with_webhooks(&self, slug: &str, webhooks: usize) -> Result<(Program, Api)> {
        let key = self.setup.organization(slug)?;
        let program = self.setup.start().await?;
        let api = program.api(&key);
        let mut last = 0;
        for _ in 0..webhooks {
            last = self.receiver.add(Manner::Answer);
            api.webhook(&self.receiver.url(last), &[5, 60]).await?;
        }
        // A first event, so that connections and indexes are there.
        publish(&api, &Load { connections: 1, ..Load::new(u64::MAX / 2, 1) }).await;
        self.receiver.wait(last, 1, PATIENCE).await;
        Ok((program, api))
    }

    pub async fn start(self, figures: &mut Figures) -> Result<()> {
        drop(self.setup.start().await?);
        let started = now_ns();
        let program = self.setup.start().await?;
        figures.add("exec to healthy, ms", (now_ns() - started) as f64 / 1e6);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let (own, database) = (program.usage(), self.database.usage());
        figures.add("idle memory of the program, MB", own.memory as f64 / MB);
        figures.add("idle memory of the database, MB", database.memory as f64 / MB);
        figures.add("processes", (own.processes + database.processes) as f64);
        Ok(())
    }

    /// Straight to the receiver: what the machine can do right now.
    async fn direct(&self, figures: &mut Figures) -> Result<f64> {
        let path = self.receiver.add(Manner::Answer);
        let load = Load { path: format!("/{path}"), ..Load::new(0, self.events) };
        let api = Api::new(self.receiver.address, "");
        let started = now_ns();
        publish(&api, &load).await;
        let rate = self.events as f64 / seconds(started, now_ns());
        figures.add("direct: publisher to receiver, requests/s", rate);
        Ok(rate)
    }

    pub async fn one(self, figures: &mut Figures) -> Result<()> {
        let direct = self.direct(figures).await?;
        self.full_rate(1, self.events, Some(direct), figures).await
    }
    pub async fn ten(self, figures: &mut Figures) -> Result<()> {
        self.full_rate(10, (self.events / 10).max(1), None, figures).await
    }

    async fn full_rate(&self, webhooks: usize, events: u64, direct: Option<f64>, figures: &mut Figures) -> Result<()> {
        let first_path = self.receiver.add(Manner::Answer) + 1;
        let (program, api) = self.with_webhooks("bench", webhooks).await?;
        let paths: Vec<usize> = (first_path..first_path + webhooks).collect();
        let (kept, size) = (self.database.kept().await?, self.database.size());
        let before = self.read(&program);
        let posted = publish(&api, &self.load(events)).await;
        for path in &paths {
            self.receiver.wait(*path, events as usize + 1, PATIENCE).await;
        }
        let after = self.read(&program);
        let arrivals: Vec<Arrival> = paths.iter().flat_map(|path| self.arrivals(*path)).collect();
        let delivered = arrivals.len() as f64;
        let ends = arrivals.iter().map(|arrival| arrival.at_ns).max().unwrap_or(before.at_ns);
        let rate = delivered / seconds(before.at_ns, ends);
        figures.add("deliveries/s", rate);
        if let Some(direct) = direct {
            figures.add("deliveries/s, share of direct", rate / direct);
        }
        latencies(&posted, &arrivals, figures);
        costs(&before, &after, delivered, figures);
        let grown = self.database.size().saturating_sub(size) as f64;
        figures.add("database bytes per delivery, with its write-ahead log", grown / delivered.max(1.0));
        let kept = (self.database.kept().await? - kept) as f64;
        figures.add("database bytes per delivery", kept / delivered.max(1.0));
        figures.add("peak memory of the program, MB", after.program.peak as f64 / MB);
        figures.add("missing", (events as usize * webhooks).saturating_sub(arrivals.len()) as f64);
        Ok(())
    }

    pub async fn steady(self, figures: &mut Figures) -> Result<()> {
        let path = self.receiver.add(Manner::Answer) + 1;
        let (program, api) = self.with_webhooks("bench", 1).await?;
        let events = (self.rate * 15.0) as u64;
        let before = self.read(&program);
        let posted = publish(&api, &self.load(events).at_rate(self.rate)).await;
        self.receiver.wait(path, events as usize + 1, PATIENCE).await;
        let arrivals = self.arrivals(path);
        latencies(&posted, &arrivals, figures);
        costs(&before, &self.read(&program), arrivals.len() as f64, figures);
        Ok(())
    }

    pub async fn neighbour(self, figures: &mut Figures) -> Result<()> {
        const RATE: f64 = 150.0;
        const EVENTS: u64 = 150 * 20;
        let healthy = self.receiver.add(Manner::Answer) + 1;
        let (program, api) = self.with_webhooks("healthy", 1).await?;
        let posted = publish(&api, &Load::new(0, EVENTS).at_rate(RATE)).await;
        self.receiver.wait(healthy, EVENTS as usize + 1, PATIENCE).await;
        let alone = arrival(&posted, &self.arrivals(healthy));
        figures.add("alone: publish to arrival p50, ms", alone.0);
        figures.add("alone: publish to arrival p99, ms", alone.1);
        let slow = Manner::After(Duration::from_secs(5));
        for (turn, name, manner) in [(1, "quick", Manner::Answer), (2, "slow", slow)] {
            let neighbour = program.api(&self.setup.organization(name)?);
            let path = self.receiver.add(manner);
            neighbour.webhook(&self.receiver.url(path), &[5, 60]).await?;
            let load = Load::new(turn * EVENTS, EVENTS).at_rate(RATE);
            let beside = Load { later: Duration::from_secs_f64(0.5 / RATE), ..Load::new(0, EVENTS).at_rate(RATE) };
            let (posted, _) = tokio::join!(publish(&api, &load), publish(&neighbour, &beside));
            self.receiver.wait(healthy, ((turn + 1) * EVENTS) as usize + 1, PATIENCE).await;
            let (p50, p99) = arrival(&posted, &self.arrivals(healthy));
            let mut add = |what: &str, value| figures.add(format!("beside a {name} one: {what}").leak(), value);
            add("publish to arrival p50, ms", p50);
            add("publish to arrival p99, ms", p99);
            add("p50, times alone", p50 / alone.0);
            add("p99, times alone", p99 / alone.1);
            add("sent to it meanwhile", self.receiver.count(path) as f64);
        }
        Ok(())
    }

    pub async fn kill(self, figures: &mut Figures) -> Result<()> {
        let path = self.receiver.add(Manner::Answer) + 1;
        let (mut program, api) = self.with_webhooks("bench", 1).await?;
        let load = Load::new(0, self.events);
        let publishing = tokio::spawn({
            let api = api.clone();
            async move { publish(&api, &load).await }
        });
        self.receiver.wait(path, (self.events / 2) as usize, PATIENCE).await;
        program.kill()?;
        let posted = publishing.await?;
        let killed = now_ns();
        let program = self.setup.start().await?;
        let healthy = now_ns();
        figures.add("kill to healthy again, ms", (healthy - killed) as f64 / 1e6);
        let accepted: Vec<&Posted> = posted.iter().filter(|one| one.status == 202).collect();
        // What had been sent and not recorded is sent again, so all must be settled, not only arrived.
        let until = now_ns() + PATIENCE.as_nanos() as u64;
        while self.database.number("select count(*) from deliveries where status = 0").await? > 0 && now_ns() < until {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut counts = HashMap::new();
        for arrival in self.arrivals(path) {
            *counts.entry(arrival.number).or_insert(0_u32) += 1;
        }
        let last = self.arrivals(path).iter().map(|arrival| arrival.at_ns).max().unwrap_or(healthy);
        figures.add("accepted", accepted.len() as f64);
        figures.add("lost", accepted.iter().filter(|one| !counts.contains_key(&one.number)).count() as f64);
        figures.add("arrived twice", counts.values().filter(|count| **count > 1).count() as f64);
        figures.add("kill to last leftover, s", seconds(killed, last.max(killed)));
        drop(program);
        Ok(())
    }

    /// Without the one that warms up.
    pub fn arrivals(&self, path: usize) -> Vec<Arrival> {
        self.receiver.arrivals(path).into_iter().filter(|arrival| arrival.number < u64::MAX / 2).collect()
    }
}

pub fn seconds(from_ns: u64, to_ns: u64) -> f64 {
    to_ns.saturating_sub(from_ns) as f64 / 1e9
}

pub fn arrival(posted: &[Posted], arrivals: &[Arrival]) -> (f64, f64) {
    let first = posted.iter().map(|one| one.number).min().unwrap_or(0);
    let ours = arrivals.iter().filter(|arrival| arrival.number >= first);
    let mut times: Vec<f64> = ours.map(|arrival| (arrival.at_ns - arrival.sent_ns) as f64 / 1e6).collect();
    (percentile(&mut times, 0.5), percentile(&mut times, 0.99))
}

pub fn latencies(posted: &[Posted], arrivals: &[Arrival], figures: &mut Figures) {
    let accepted = posted.iter().filter(|one| one.status == 202);
    let mut times: Vec<f64> = accepted.map(|one| (one.answered_ns - one.sent_ns) as f64 / 1e6).collect();
    figures.add("not accepted", (posted.len() - times.len()) as f64);
    figures.add("accept p50, ms", percentile(&mut times, 0.5));
    figures.add("accept p99, ms", percentile(&mut times, 0.99));
    let (p50, p99) = arrival(posted, arrivals);
    figures.add("publish to arrival p50, ms", p50);
    figures.add("publish to arrival p99, ms", p99);
}

fn costs(before: &Reading, after: &Reading, delivered: f64, figures: &mut Figures) {
    let per_thousand = |from: &Usage, to: &Usage| (to.cpu_seconds - from.cpu_seconds) / delivered.max(1.0) * 1_000.0;
    let program = per_thousand(&before.program, &after.program);
    let database = per_thousand(&before.database, &after.database);
    let own = per_thousand(&before.own, &after.own);
    figures.add("processor s per 1,000: program", program);
    figures.add("processor s per 1,000: database", database);
    figures.add("processor s per 1,000: program and database", program + database);
    figures.add("processor s per 1,000: publisher and receiver", own);
    let all = after.machine - before.machine;
    let ours = (program + database + own) * delivered / 1_000.0;
    let others = (all - ours).max(0.0) / seconds(before.at_ns, after.at_ns);
    figures.add("cores that others kept busy (more than 0.1 spoils a run)", others);
}
