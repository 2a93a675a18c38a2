//! An installation under test.

use super::{
    browser::{Browser, Program},
    clock::{SeededRandom, TestClock},
    database::{Fresh, Kind},
    mails::Mails,
};
use clap::Parser;
use std::{sync::Arc, time::Duration};
use switchhook::{
    model::{
        organization::{Organization, Role, Scope},
        time::Time,
    },
    on_db,
    server::{
        access::{Identity, ManageKeys, Permission, Permit},
        config::{SecretKey, Settings},
        convention::Conventions,
        domain::{
            api_keys::{self, NewKey},
            organizations::{self, NewOrganization},
            people::{self, NewPerson},
        },
        env::{Env, Parts, Random, Sender},
        gate::Gate,
        http::{
            connections::{self, Patience},
            router::router,
        },
        seal::Seal,
        store::db::Db,
        worker::{
            self, Worker,
            send::{HttpSender, public_roots},
        },
    },
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// What every test installation seals with.
pub const KEY: SecretKey = SecretKey([42; 32]);

/// Everybody's password.
pub const PASSWORD: &str = "a long enough phrase";

/// Switchhook on a fresh database, with a clock that the test moves.
pub struct TestApp {
    pub env: Env,
    pub clock: Arc<TestClock>,
    /// Gone once closed.
    pub database: Option<Fresh>,
    pub kind: Kind,
    /// What would have been mailed.
    pub mails: Arc<Mails>,
    /// Where it answers, as `http://127.0.0.1:41234`.
    pub base: String,
    server: JoinHandle<()>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
}

/// The settings of a test installation: receivers on loopback are allowed.
pub fn settings(arguments: &[&str]) -> Settings {
    let mut given = vec!["switchhook"];
    for (flag, value) in [("--listen", "127.0.0.1:0"), ("--allow-targets", "127.0.0.0/8")] {
        if !arguments.contains(&flag) {
            given.extend([flag, value]);
        }
    }
    CommandLine::try_parse_from(given.iter().chain(arguments)).expect("the settings parse").settings
}

impl TestApp {
    pub async fn on(kind: Kind) -> Self {
        Self::with(kind, &[]).await
    }
    /// With further settings, as flags and values.
    pub async fn with(kind: Kind, further: &[&str]) -> Self {
        let database = Fresh::on(kind).await;
        let clock = Arc::new(TestClock::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let own = ["--database-url", &database.url, "--public-url", &base];
        let kept = if further.contains(&"--public-url") { &own[..2] } else { &own[..] };
        let settings = settings(&[kept, further].concat());
        let mails = Arc::new(Mails::default());
        let env = env(settings, &database, clock.clone(), mails.clone());
        let server = tokio::spawn(connections::serve(
            listener,
            router(env.clone()),
            Patience::default(),
            CancellationToken::new(),
        ));
        Self { env, clock, database: Some(database), kind, mails, base, server }
    }

    /// Another process on the same database and clock.
    pub fn env_beside(&self) -> Env {
        let database = self.database.as_ref().expect("it is open");
        let settings = settings(&["--database-url", &database.url, "--public-url", &self.base]);
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(8));
        env_with(settings, database, self.clock.clone(), self.mails.clone(), random)
    }
    /// A process on another pool or by other settings, sending by HTTP.
    pub fn env_on(&self, db: Db, settings: Settings) -> Env {
        let sender = HttpSender::new(&settings, public_roots()).expect("the client is made");
        self.env_of(db, settings, Arc::new(sender))
    }
    /// A process that sends as it is told.
    pub fn env_sending(&self, sender: Arc<dyn Sender>) -> Env {
        self.env_of(self.env.db.clone(), self.env.settings.clone(), sender)
    }
    fn env_of(&self, db: Db, settings: Settings, sender: Arc<dyn Sender>) -> Env {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(9));
        let (clock, mailer) = (self.clock.clone(), self.mails.clone());
        parts(db, settings, clock, mailer, random, sender)
    }
    pub fn now(&self) -> Time {
        self.env.now()
    }
    /// How many rows there are; `of` is a table, and conditions where it must be only some.
    pub async fn count(&self, of: &'static str) -> i64 {
        let statement = sqlx::AssertSqlSafe(format!("select count(*) from {of}"));
        on_db!(&self.env.db, read pool => sqlx::query_scalar(statement).fetch_one(pool).await).expect("the rows count")
    }
    /// Waits until there are no such rows.
    pub async fn until_none(&self, of: &'static str) {
        super::until(&format!("no {of}"), async || self.count(of).await == 0).await;
    }
    /// Moves the clock; whoever waited for a time in between wakes.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
    /// Begins to deliver.
    pub async fn start_worker(&self) -> Worker {
        worker::start(&self.env).await.expect("the worker starts")
    }
    /// A browser that has not signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }
    /// A program with an API key, as text.
    pub fn program(&self, key: &str) -> Program {
        Program::new(&self.base, key)
    }
    pub async fn close(mut self) {
        self.server.abort();
        if let Some(database) = self.database.take() {
            // Whatever still holds a connection ends with the test.
            let _ = tokio::time::timeout(super::PATIENCE, database.close()).await;
        }
    }

    /// An organization of the `standard` convention.
    pub async fn organization(&self, slug: &str) -> Organization {
        self.organization_of(slug, "standard").await
    }
    pub async fn organization_of(&self, slug: &str, convention: &str) -> Organization {
        let new =
            NewOrganization { slug: slug.into(), name: format!("The {slug} company"), convention: convention.into() };
        organizations::create_as_operator(&self.env, &new).await.expect("the organization is founded")
    }
    /// An API key with these scopes, as text.
    pub async fn key(&self, organization: &Organization, scopes: &[Scope]) -> String {
        let new = NewKey { name: "test".into(), scopes: scopes.to_vec(), expires_at: None };
        let permit = self.permit::<ManageKeys>(organization);
        api_keys::create(&self.env, &permit, new).await.expect("the key is made").1
    }
    /// A program that may do anything in the organization.
    pub async fn program_of(&self, organization: &Organization) -> Program {
        self.program(&self.key(organization, &Scope::ALL).await)
    }
    /// A person with a place in the organization; the password is [`PASSWORD`].
    pub async fn person(&self, organization: &Organization, email: &str, role: Role) {
        let new = NewPerson { email: email.into(), name: email.into(), password: PASSWORD.into() };
        people::create_as_operator(&self.env, &new, Some((organization, role))).await.expect("the person is added");
    }
    /// A browser in which that person has signed in.
    pub async fn sign_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await.expect(303);
        browser
    }
    /// The operator's right to do `P` in an organization.
    pub fn permit<P: Permission>(&self, organization: &Organization) -> Permit<P> {
        Identity::operator(Arc::new(organization.clone())).permit().expect("the operator may do anything")
    }
}

/// The one place where a test installation's parts are put together.
fn env(settings: Settings, database: &Fresh, clock: Arc<TestClock>, mailer: Arc<Mails>) -> Env {
    env_with(settings, database, clock, mailer, Arc::new(SeededRandom::new(7)))
}

fn env_with(
    settings: Settings,
    database: &Fresh,
    clock: Arc<TestClock>,
    mailer: Arc<Mails>,
    random: Arc<dyn Random>,
) -> Env {
    let sender = HttpSender::new(&settings, public_roots()).expect("the client is made");
    parts(database.db.clone(), settings, clock, mailer, random, Arc::new(sender))
}

fn parts(
    db: Db,
    settings: Settings,
    clock: Arc<TestClock>,
    mailer: Arc<Mails>,
    random: Arc<dyn Random>,
    sender: Arc<dyn Sender>,
) -> Env {
    let conventions = Conventions::load(settings.conventions_dir.as_deref()).expect("the conventions read");
    Env::new(Parts {
        db,
        settings,
        clock,
        random,
        sender,
        seal: Seal::new(&KEY),
        mailer,
        conventions,
        gate: Gate::default(),
        stopping: CancellationToken::new(),
    })
}
