//! A short torture of the program, on both databases; `make torture` is the long one.

use rig::{
    database::Kind,
    torture::{Plan, run},
};

async fn nothing_breaks(kind: Kind) {
    const KILLS: u32 = 15;
    let report = run(Plan { kind, kills: KILLS, seed: 2_026 }).await.expect("the harness works");
    assert!(report.broken.is_empty(), "{report:#?}");
    // A busy machine gets little done between two kills, but never nothing.
    assert!(report.accepted >= KILLS as usize, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_on_sqlite_that_is_killed_again_and_again_loses_and_forges_nothing() {
    nothing_breaks(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_postgres_that_are_killed_again_and_again_lose_and_forge_nothing() {
    nothing_breaks(Kind::Postgres).await;
}
