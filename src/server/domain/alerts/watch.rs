//! Looking at what was counted, once a minute, and deciding what is told and what is switched off.
//!
//! Who plays which part: one process at a time has the chore (`store/chores.rs`); another takes over when it
//! has stopped. A minute is looked at once it is over and what began in it has come to its end. Rows of
//! failures are kept with how far it was counted, so that no minute counts twice. Whether a cause was told
//! stands in `alert_states`; who writes it there first tells.

use super::{
    message::Message,
    settings::{InForce, in_force},
    streak, tell,
};
use crate::{
    model::{
        alert::WARNED_AFTER_DAYS,
        error::AppError,
        explain,
        id::*,
        organization::Organization,
        time::{Time, duration},
    },
    server::{
        access::Identity,
        domain::{alerts::streak::Changes, log, system_events},
        env::Env,
        store::{
            alert_streaks::{self as streaks, Streak, SwitchedOff},
            alerts as store,
            chores::{self, Due, SILENT_FOR},
            health_sums::{self, Span},
            organizations, switch_off, webhooks,
        },
    },
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How often it is looked.
pub const EVERY: Duration = Duration::from_secs(60);
/// Longest that a look takes, unless the database is silent for good.
const LONGEST: Duration = Duration::from_secs(300);
const CHORE: &str = "alerts";
/// What began in a minute has ended and is recorded so long after it (the longest timeout is 30 s).
const SETTLES: Duration = Duration::from_secs(60);
/// After a longer pause, what lies further back is left out.
const FURTHEST: Duration = Duration::from_secs(2 * 86_400);
/// Below so many attempts an hour a rate says nothing.
const ENOUGH: i64 = 10;

/// Looks every minute until the process stops.
pub async fn run(env: Env) {
    loop {
        match timeout(LONGEST, look(&env)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "alerts could not be looked after; tried again in a minute"),
            Err(_) => {
                tracing::warn!("alerts could not be looked after: the database is silent; tried again in a minute")
            }
        }
        let next = env.now().plus(EVERY);
        tokio::select! {
            () = env.clock.sleep_until(next) => {}
            () = env.stopping.cancelled() => return,
        }
    }
}

/// Looks once.
pub async fn look(env: &Env) -> Result<(), AppError> {
    let now = env.now();
    let due = Due { at_first: now, done_by: Time(i64::MAX), silent_since: now.minus(SILENT_FOR) };
    let Some(done_to) = chores::take(&env.db, CHORE, env.id, now, due).await? else { return Ok(()) };
    streaks::forget_inactive_of_any_organization(&env.db).await?;
    let (from, to) = (minute(done_to.max(now.minus(FURTHEST))), minute(now.minus(SETTLES)));
    if from < to {
        let before = streaks::of_any_organization(&env.db).await?;
        let minutes = streaks::minutes_of_any_organization(&env.db, from, to).await?;
        let Changes { longer, ended } = streak::add(&before, minutes);
        streaks::keep(&env.db, &longer, &ended, CHORE, to).await?;
    }
    let mut watch = Watch { env, now, known: HashMap::new() };
    let rows = streaks::of_any_organization(&env.db).await?;
    // What fails for one organization is told in the log, and keeps nothing from the others.
    for row in &rows {
        passed(row.organization_id, watch.failing(row).await);
    }
    if from < to {
        for organization in streaks::with_rates_or_types_of_any_organization(&env.db).await? {
            passed(organization, watch.rates(organization).await);
            passed(organization, watch.types(organization, from, to).await);
        }
    }
    let open = store::open_of_any_organization(&env.db).await?;
    let is_told = |off: &SwitchedOff| {
        open.iter().any(|(organization, webhook, cause)| {
            (*organization, *webhook, cause.as_str()) == (off.organization_id, off.id, "disabled")
        })
    };
    for off in streaks::switched_off_of_any_organization(&env.db).await? {
        if !is_told(&off) {
            passed(off.organization_id, watch.switched_off(&off).await);
        }
    }
    watch.mended(&rows).await
}

fn passed(organization: OrganizationId, done: Result<(), AppError>) {
    if let Err(error) = done {
        tracing::warn!(%organization, %error, "an alert could not be told; tried again in a minute where it still holds");
    }
}

fn minute(time: Time) -> Time {
    Time::from_seconds(time.seconds().div_euclid(60) * 60)
}

/// An organization and what it wants to be told.
struct Known {
    organization: Organization,
    in_force: InForce,
}

struct Watch<'a> {
    env: &'a Env,
    now: Time,
    known: HashMap<OrganizationId, Arc<Known>>,
}

impl Watch<'_> {
    async fn known(&mut self, id: OrganizationId) -> Result<Arc<Known>, AppError> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let organization = organizations::by_id(&self.env.db, id).await?.ok_or(AppError::NotFound)?;
        let known = Arc::new(Known { organization, in_force: in_force(self.env, id).await? });
        self.known.insert(id, known.clone());
        Ok(known)
    }

    /// A webhook that has only failed of late: told, warned of, in the end switched off.
    async fn failing(&mut self, row: &Streak) -> Result<(), AppError> {
        let known = self.known(row.organization_id).await?;
        let settings = &known.in_force.settings;
        let Some(name) = self.name(row.organization_id, row.webhook_id).await? else { return Ok(()) };
        let days = streak::days(row);
        let limit = settings.disable_after_days.map(i64::from);
        if limit.is_some_and(|limit| days >= limit) {
            return self.switch_off(row, days).await;
        }
        let since = row.failing_since.absolute();
        if settings.repeated_after.is_some_and(|after| row.failed >= i64::from(after)) {
            let reason = format!("{} attempts in a row have failed, the first on {since}.", row.failed);
            self.tell(&known, row.webhook_id, "repeated", format!("“{name}” keeps failing"), reason, None).await?;
        }
        let warned = WARNED_AFTER_DAYS.into_iter().rev().find(|day| days >= *day);
        if let Some(day) = warned {
            let then = match limit {
                Some(limit) => format!(" After {limit} days of nothing else it is switched off by itself."),
                None => String::new(),
            };
            let reason = format!("Every attempt since {since} has failed: {}.{then}", days_in_words(day));
            let subject = format!("“{name}” has failed for {}", days_in_words(day));
            self.tell(&known, row.webhook_id, &format!("warned:{day}"), subject, reason, None).await?;
        }
        Ok(())
    }

    async fn switch_off(&mut self, row: &Streak, days: i64) -> Result<(), AppError> {
        let order = switch_off::SwitchOff {
            reason: format!(
                "Every attempt for {} has failed. Mend the receiver, then switch it on again.",
                days_in_words(days)
            ),
            audit_id: self.env.new_id(AuditId::from_bytes),
        };
        self.env.writer.switch_off(row.organization_id, row.webhook_id, self.now, order).await?;
        self.env.subscriptions.changed(row.organization_id);
        Ok(())
    }

    /// The success rate of the last hour, webhook by webhook.
    async fn rates(&mut self, organization: OrganizationId) -> Result<(), AppError> {
        let known = self.known(organization).await?;
        let Some(least) = known.in_force.settings.rate_below else { return Ok(()) };
        let span = Span { counted_in: 60, since: self.now.minus(Duration::from_secs(3_600)), length: 1 };
        let mut sums: HashMap<WebhookId, (i64, i64)> = HashMap::new();
        for row in health_sums::by_webhook(&self.env.db, organization, span).await? {
            let (good, bad) = sums.entry(row.webhook_id).or_default();
            match row.measure.as_str() {
                "succeeded" => *good += row.count,
                "failed" => *bad += row.count,
                _ => {}
            }
        }
        for (webhook, (good, bad)) in sums {
            let rate = good as f64 * 100.0 / (good + bad).max(1) as f64;
            if good + bad < ENOUGH {
                continue;
            }
            let Some(name) = self.name(organization, webhook).await? else { continue };
            if rate < f64::from(least) {
                let subject = format!("“{name}” succeeds too rarely");
                let reason = format!(
                    "Of {} attempts in the last hour {rate:.1} % succeeded; the limit is {least} %.",
                    good + bad
                );
                self.tell(&known, webhook, "rate", subject, reason, None).await?;
            } else if store::close(&self.env.db, organization, webhook, "rate").await? {
                let reason = format!("Of {} attempts in the last hour {rate:.1} % succeeded.", good + bad);
                self.tell_of_recovery(&known, webhook, &name, reason).await?;
            }
        }
        Ok(())
    }

    /// Deliveries of watched event types that were given up meanwhile: each time is a cause of its own.
    async fn types(&mut self, organization: OrganizationId, from: Time, to: Time) -> Result<(), AppError> {
        let known = self.known(organization).await?;
        let watched = &known.in_force.settings.event_types;
        if watched.is_empty() {
            return Ok(());
        }
        for row in streaks::given_up(&self.env.db, organization, from, to).await? {
            if !watched.contains(&row.event_type) {
                continue;
            }
            let Some(name) = self.name(organization, row.webhook_id).await? else { continue };
            let cause = format!("type:{}", row.event_type);
            let subject = format!("{} did not reach “{name}”", row.event_type);
            let reason = match row.count {
                1 => "A delivery was given up after its last attempt.".to_owned(),
                n => format!("{n} deliveries were given up after their last attempts."),
            };
            self.tell(&known, row.webhook_id, &cause, subject, reason, Some(&row.event_type)).await?;
            store::close(&self.env.db, organization, row.webhook_id, &cause).await?;
        }
        Ok(())
    }

    /// Tells the organization, and its other webhooks by an event, that one was switched off.
    async fn switched_off(&mut self, off: &SwitchedOff) -> Result<(), AppError> {
        let known = self.known(off.organization_id).await?;
        let db = &self.env.db;
        let Some(name) = self.name(off.organization_id, off.id).await? else { return Ok(()) };
        // The event has a key: where this ends before the next line, it is published again and is still one event.
        system_events::webhook_disabled(self.env, off, &name).await?;
        if !store::open(db, off.organization_id, off.id, "disabled", self.now, self.now).await? {
            return Ok(());
        }
        if known.in_force.settings.on_disabled {
            let message = self.message(&known, off.id, format!("“{name}” was switched off"), off.reason.clone());
            self.send(&known, message, off.id).await?;
        }
        Ok(())
    }

    /// What held and holds no more.
    async fn mended(&mut self, rows: &[Streak]) -> Result<(), AppError> {
        for (organization, webhook, cause) in store::open_of_any_organization(&self.env.db).await? {
            let row = webhooks::get(&self.env.db, organization, webhook).await?;
            let active = row.as_ref().is_some_and(|row| row.active);
            let fails = rows.iter().any(|s| (s.organization_id, s.webhook_id) == (organization, webhook));
            let over = match cause.as_str() {
                "disabled" => active || row.is_none(),
                "rate" => !active,
                _ => !active || !fails,
            };
            if !over || !store::close(&self.env.db, organization, webhook, &cause).await? {
                continue;
            }
            if active && cause == "repeated" {
                let known = self.known(organization).await?;
                let Some(name) = self.name(organization, webhook).await? else { continue };
                self.tell_of_recovery(&known, webhook, &name, "Deliveries arrive again.".into()).await?;
            }
        }
        Ok(())
    }

    async fn tell_of_recovery(
        &self,
        known: &Known,
        webhook: WebhookId,
        name: &str,
        reason: String,
    ) -> Result<(), AppError> {
        if !known.in_force.settings.on_recovered {
            return Ok(());
        }
        let message = self.message(known, webhook, format!("“{name}” works again"), reason);
        self.send(known, message, webhook).await
    }

    /// Tells a cause unless it is told already, or was a short while ago.
    async fn tell(
        &self,
        known: &Known,
        webhook: WebhookId,
        cause: &str,
        subject: String,
        reason: String,
        event_type: Option<&str>,
    ) -> Result<(), AppError> {
        let pause = Duration::from_secs(known.in_force.settings.pause_seconds.into());
        let quiet_since = self.now.minus(pause);
        let organization = known.organization.id;
        if !store::open(&self.env.db, organization, webhook, cause, self.now, quiet_since).await? {
            return Ok(());
        }
        let message = self.message(known, webhook, subject, reason);
        let sample = self.sample(known, webhook, event_type).await?;
        self.send(known, message.with_sample(sample), webhook).await
    }

    fn message(&self, known: &Known, webhook: WebhookId, subject: String, reason: String) -> Message {
        let base = self.env.settings.public_url();
        let link = format!("{base}/o/{}/webhooks/{webhook}", known.organization.slug);
        Message::new(&known.organization, subject, reason, link)
    }

    /// A delivery that shows what is wrong, in words.
    async fn sample(
        &self,
        known: &Known,
        webhook: WebhookId,
        event_type: Option<&str>,
    ) -> Result<Option<String>, AppError> {
        let found = streaks::sample(&self.env.db, known.organization.id, webhook, event_type).await?;
        let Some(id) = found else { return Ok(None) };
        let permit = Identity::operator(Arc::new(known.organization.clone())).permit()?;
        let delivery = log::get(self.env, &permit, id).await?;
        let took = delivery.duration_us.map(|us| format!(" ({})", duration(us))).unwrap_or_default();
        let why = explain::delivery(&delivery, None, true).reason;
        Ok(Some(format!("{} in {}: {why}{took}", delivery.event_type, delivery.id)))
    }

    /// Mail at once; the chat beside it, so that a slow one holds nothing up.
    async fn send(&self, known: &Known, message: Message, webhook: WebhookId) -> Result<(), AppError> {
        let people = tell::people(self.env, known.organization.id, &known.in_force.settings).await?;
        tell::mail(self.env, &people, &message);
        tracing::info!(organization = %known.organization.id, %webhook, subject = message.subject, "alert");
        if let Some(url) = known.in_force.chat_url.clone() {
            let env = self.env.clone();
            tokio::spawn(async move {
                if let Err(why) = tell::chat(&env, &url, &message).await {
                    tracing::warn!(%webhook, why, "a chat did not take an alert");
                }
            });
        }
        Ok(())
    }

    /// What people call the webhook: its description, else its host, since a path may be a key.
    async fn name(&self, organization: OrganizationId, webhook: WebhookId) -> Result<Option<String>, AppError> {
        let row = webhooks::get(&self.env.db, organization, webhook).await?;
        Ok(row.map(|row| called(&row.description, &row.url)))
    }
}

fn called(description: &str, url: &str) -> String {
    match description.lines().next().unwrap_or_default().trim() {
        "" => url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        name => name.to_owned(),
    }
}

fn days_in_words(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}
