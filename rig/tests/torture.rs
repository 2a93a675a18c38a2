//! A short torture of the program, on both databases; `make torture` is the long one.

use rig::{
    database::Kind,
    torture::{Plan, run},
};

async fn nothing_breaks(kind: Kind) {
    let report = run(Plan { kind, kills: 15, events: 100, seed: 2_026 }).await.expect("the harness works");
    assert!(report.broken.is_empty(), "{report:#?}");
    assert!(report.accepted > 100, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_on_sqlite_that_is_killed_again_and_again_loses_and_forges_nothing() {
    nothing_breaks(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_postgres_that_are_killed_again_and_again_lose_and_forge_nothing() {
    nothing_breaks(Kind::Postgres).await;
}
