//! A short torture of the program, on both databases; `make torture` is the long one.

use rig::{
    database::Kind,
    torture::{Moments, Plan, run},
};

async fn nothing_breaks(kind: Kind, moments: Moments, kills: u32) {
    let report = run(Plan { kind, moments, kills, events: 100, seed: 2_026 }).await.expect("the harness works");
    assert!(report.broken.is_empty(), "{report:#?}");
    assert!(report.accepted > 100, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_on_sqlite_that_is_killed_again_and_again_loses_and_forges_nothing() {
    nothing_breaks(Kind::Sqlite, Moments::Random, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_postgres_that_are_killed_again_and_again_lose_and_forge_nothing() {
    nothing_breaks(Kind::Postgres, Moments::Random, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_on_sqlite_that_ends_between_any_two_steps_of_a_delivery_loses_and_forges_nothing() {
    nothing_breaks(Kind::Sqlite, Moments::Points, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_one_of_two_programs_on_postgres_ends_between_any_two_steps_nothing_is_lost_or_forged() {
    nothing_breaks(Kind::Postgres, Moments::Points, 3).await;
}
