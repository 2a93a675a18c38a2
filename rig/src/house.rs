//! An organization on a database of its own, with a receiver: where faults are done.

use crate::{
    Result,
    api::Api,
    database::{Database, Kind},
    program::{Program, Setup},
    publisher::{Load, Posted},
    receiver::{Manner, Receiver},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Longest silence before what is missing counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct House {
    pub database: Database,
    pub setup: Setup,
    pub receiver: Arc<Receiver>,
    pub key: String,
}

impl House {
    pub async fn on(kind: Kind) -> Result<Self> {
        Self::of(Database::fresh(kind).await?).await
    }
    /// Whose database has a disk of its own, of so many mebibytes.
    pub async fn on_a_disk_of(kind: Kind, mebibytes: u32) -> Result<Self> {
        let mut house = Self::of(Database::on_a_disk_of(kind, mebibytes).await?).await?;
        if let (Kind::Sqlite, Some(disk)) = (kind, house.database.disk()) {
            house.setup = house.setup.on_a_disk(disk);
        }
        Ok(house)
    }
    async fn of(database: Database) -> Result<Self> {
        let setup = Setup::new(&database)?;
        let key = setup.organization("acme")?;
        Ok(Self { setup, receiver: Receiver::start(false).await?, key, database })
    }
    pub async fn start(&self) -> Result<(Program, Api)> {
        let program = self.setup.start().await?;
        let api = program.api(&self.key);
        Ok((program, api))
    }
    /// A webhook that leads to a path of its own; its deliveries are tried again after a second.
    pub async fn webhook(&self, api: &Api, manner: Manner) -> Result<usize> {
        let path = self.receiver.add(manner);
        api.webhook(&self.receiver.url(path), &[1, 1, 1, 1, 1]).await?;
        Ok(path)
    }
    /// How often each event arrived on a path.
    pub fn counts(&self, path: usize) -> HashMap<u64, usize> {
        let mut counts = HashMap::new();
        for arrival in self.receiver.arrivals(path) {
            *counts.entry(arrival.number).or_default() += 1;
        }
        counts
    }
    /// Waits until every accepted event has arrived; errors with what never came.
    pub async fn all_arrive(&self, path: usize, posted: &[Posted]) -> Result<()> {
        let accepted: Vec<u64> = posted.iter().filter(|one| one.status == 202).map(|one| one.number).collect();
        loop {
            // Before they are looked through: one may arrive meanwhile.
            let more = self.receiver.count(path) + 1;
            let counts = self.counts(path);
            let missing: Vec<&u64> = accepted.iter().filter(|number| !counts.contains_key(number)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            if !self.receiver.wait(path, more, PATIENCE).await {
                return Err(format!("accepted and never arrived: {missing:?} of {}", accepted.len()).into());
            }
        }
    }
}

/// So many events from a number on, by few connections.
pub fn load(first: u64, count: u64) -> Load {
    Load { connections: 8, ..Load::new(first, count) }
}

/// Waits until so many deliveries have succeeded.
pub async fn settled(api: &Api, count: usize) -> Result<()> {
    let done = async {
        while api.deliveries("&status=success").await.map_or(0, |all| all.len()) < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.map_err(|_| format!("{count} deliveries have not succeeded").into())
}

/// Waits until no delivery is pending.
pub async fn none_waits_for_ever(api: &Api) -> Result<()> {
    let none = async { while !api.deliveries("&status=pending").await.is_ok_and(|all| all.is_empty()) {} };
    tokio::time::timeout(PATIENCE, none).await.map_err(|_| "a delivery still waits".into())
}
