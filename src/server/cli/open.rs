//! From settings to an [`Env`]: database, key, mail and the world outside.

use super::{Refusal, secret_key, trouble};
use crate::server::{
    config::Settings,
    convention::Conventions,
    env::{Clock, Env, Parts, SystemClock, SystemRandom},
    gate::Gate,
    notify::mail,
    seal::Seal,
    store::db::Db,
    worker::send::{HttpSender, public_roots},
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Opens the database and brings it up to date.
pub async fn database(settings: &Settings) -> Result<Db, Refusal> {
    trouble::of_place(settings).map_err(Refusal::Wrong)?;
    let db = Db::open(&settings.database_url, settings.database_connections).await;
    let db = db.map_err(|error| trouble::of_database(settings, &error))?;
    db.migrate().await.map_err(|error| trouble::of_migration(settings, &error))?;
    Ok(db)
}

/// The built-in conventions and those of the operator's folder.
pub fn conventions(settings: &Settings) -> Result<Conventions, Refusal> {
    let wrong = |why| Refusal::Wrong(format!("SWITCHHOOK_CONVENTIONS_DIR: {why}."));
    Conventions::load(settings.conventions_dir.as_deref()).map_err(wrong)
}

/// Everything that rules need from outside, the real ones.
pub async fn environment(settings: Settings) -> Result<Env, Refusal> {
    environment_at(settings, Arc::new(SystemClock)).await
}

/// The same with another clock.
pub async fn environment_at(settings: Settings, clock: Arc<dyn Clock>) -> Result<Env, Refusal> {
    let conventions = conventions(&settings)?;
    let random = Arc::new(SystemRandom);
    let key = secret_key::look(&settings)?;
    let mailer = mail::from_settings(&settings).map_err(Refusal::Wrong)?;
    let db = database(&settings).await?;
    let seal = Seal::new(&secret_key::of_database(&settings, key, &db, &*random).await?);
    let sender = HttpSender::new(&settings, public_roots()).map_err(Refusal::Failed)?;
    let sender = Arc::new(sender);
    let (gate, stopping) = (Gate::default(), CancellationToken::new());
    Ok(Env::new(Parts { db, settings, clock, random, sender, seal, mailer, conventions, gate, stopping }))
}
