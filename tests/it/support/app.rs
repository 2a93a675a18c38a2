//! An installation under test.

use super::{
    browser::{Browser, Program},
    clock::{SeededRandom, TestClock},
    database::{Fresh, Kind},
};
use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use switchhook::{
    model::{delivery::Outcome, id::OrganizationId, organization::Organization, time::Time},
    on_db,
    server::{
        access::{Identity, Permission, Permit},
        config::{SecretKey, Settings},
        env::{Env, Outgoing, Parts, Random, Sender, Sent},
        gate::Gate,
        http::router::router,
        notify::mail::LogMailer,
        seal::Seal,
    },
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// What every test installation seals with.
pub const KEY: SecretKey = SecretKey([42; 32]);

/// Switchhook on a fresh database, with a clock that the test moves.
pub struct TestApp {
    pub env: Env,
    pub clock: Arc<TestClock>,
    /// Gone once closed.
    pub database: Option<Fresh>,
    pub kind: Kind,
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
    let given = ["switchhook", "--listen", "127.0.0.1:0", "--allow-targets", "127.0.0.0/8"];
    CommandLine::try_parse_from(given.iter().chain(arguments)).expect("the settings parse").settings
}

impl TestApp {
    pub async fn on(kind: Kind) -> Self {
        let database = Fresh::on(kind).await;
        let clock = Arc::new(TestClock::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let settings = settings(&["--database-url", &database.url, "--public-url", &base]);
        let env = env(settings, &database, clock.clone());
        let service = router(env.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });
        Self { env, clock, database: Some(database), kind, base, server }
    }

    pub fn now(&self) -> Time {
        self.env.now()
    }
    /// Moves the clock; whoever waited for a time in between wakes.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
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
            database.close().await;
        }
    }

    /// An organization of the `standard` convention.
    pub async fn organization(&self, slug: &str) -> Organization {
        self.organization_of(slug, "standard").await
    }
    pub async fn organization_of(&self, slug: &str, convention: &str) -> Organization {
        let id = self.env.new_id(OrganizationId::from_bytes);
        let organization = Organization {
            id,
            slug: slug.into(),
            name: format!("The {slug} company"),
            convention: convention.into(),
            created_at: self.now(),
        };
        let statement =
            "insert into organizations (id, slug, name, convention, created_at) values ($1, $2, $3, $4, $5)";
        on_db!(&self.env.db, write pool => sqlx::query(statement)
            .bind(id).bind(slug).bind(&organization.name).bind(convention).bind(organization.created_at)
            .execute(pool).await.map(drop))
        .expect("the organization is stored");
        organization
    }
    /// The operator's right to do `P` in an organization.
    pub fn permit<P: Permission>(&self, organization: &Organization) -> Permit<P> {
        Identity::operator(Arc::new(organization.clone())).permit().expect("the operator may do anything")
    }
}

/// The one place where a test installation's parts are put together.
fn env(settings: Settings, database: &Fresh, clock: Arc<TestClock>) -> Env {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(7));
    Env::new(Parts {
        db: database.db.clone(),
        settings,
        clock,
        random,
        sender: Arc::new(NoWayOut),
        seal: Seal::new(&KEY),
        mailer: Arc::new(LogMailer),
        gate: Gate::default(),
        stopping: CancellationToken::new(),
    })
}

/// Refuses to send anything: for tests of what does not send.
struct NoWayOut;

#[async_trait]
impl Sender for NoWayOut {
    async fn send(&self, _: Outgoing) -> Sent {
        Sent {
            outcome: Outcome::RefusedAddress,
            detail: Some("this test has no sender".into()),
            response_code: None,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            response_truncated: false,
            duration: Duration::ZERO,
        }
    }
    fn check_url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}
