//! The test house: an installation with a clock moved by hand, seeded randomness, a fresh database,
//! and receivers that answer as they are told. Nothing sleeps: tests wait for what they are told of,
//! and [`PATIENCE`] turns a wait that would never end into a failure.

#![allow(dead_code, reason = "each helper serves some tests; not every one is used in each build")]

pub mod app;
pub mod browser;
pub mod clock;
pub mod database;
pub mod handler;
pub mod log;
pub mod mails;
pub mod postgres;
pub mod receiver;
pub mod routes;
pub mod script;

pub use app::TestApp;
pub use receiver::Receiver;
pub use script::Answer;
use std::{future::Future, time::Duration};

/// Longest that anything is waited for; real time, generous for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for `future`, or fails saying what never came.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}

/// Waits until it is so, or fails saying what never came.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    within(what, looking).await;
}

/// Longest that a whole sentence takes.
const LONGEST: Duration = Duration::from_secs(240);

/// A sentence that hangs fails, rather than all tests with it.
pub async fn whole(sentence: impl Future<Output = ()>) {
    assert!(tokio::time::timeout(LONGEST, sentence).await.is_ok(), "the sentence hangs");
}

/// Makes of each sentence two tests, `<sentence>::sqlite` and `<sentence>::postgres`.
///
/// ```ignore
/// both_databases! {
///     async fn a_published_event_arrives(app) { … }
/// }
/// ```
/// `app` is a `&TestApp`.
macro_rules! both_databases {
    ($($(#[$note:meta])* async fn $name:ident($app:ident) $body:block)*) => {$(
        $(#[$note])*
        mod $name {
            #[allow(unused_imports, reason = "a sentence may need nothing of its module")]
            use super::*;
            async fn sentence($app: &$crate::support::TestApp) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let app = $crate::support::TestApp::on($crate::support::database::Kind::Sqlite).await;
                $crate::support::whole(sentence(&app)).await;
                app.close().await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let app = $crate::support::TestApp::on($crate::support::database::Kind::Postgres).await;
                $crate::support::whole(sentence(&app)).await;
                app.close().await;
            }
        }
    )*};
}
