//! Answers with something in them, as failures have it: what it costs to keep them.

use crate::scenarios::{Bench, PATIENCE};
use rig::{
    Result,
    figures::Figures,
    publisher::{Load, publish},
    receiver::{ERROR_PAGE, Manner},
};

const ORGANIZATIONS: usize = 5;
const WEBHOOKS: usize = 40;
/// To each webhook: one rests after ten failures.
const EACH: usize = 8;

pub async fn run(bench: Bench, figures: &mut Figures) -> Result<()> {
    let program = bench.setup.start().await?;
    let (mut apis, mut paths) = (Vec::new(), Vec::new());
    for number in 0..ORGANIZATIONS {
        let api = program.api(&bench.setup.organization(&format!("bench-{number}"))?);
        for _ in 0..WEBHOOKS {
            let path = bench.receiver.add(Manner::Page);
            api.webhook(&bench.receiver.url(path), &[3_600]).await?;
            paths.push(path);
        }
        apis.push(api);
    }
    let size = bench.database.kept().await?;
    let used = || program.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    let before = used();
    for api in &apis {
        publish(api, &Load::new(0, EACH as u64)).await;
    }
    for path in paths {
        bench.receiver.wait(path, EACH, PATIENCE).await;
    }
    let attempts = (ORGANIZATIONS * WEBHOOKS * EACH) as f64;
    while bench.database.number("select count(*) from attempts").await? < attempts as i64 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    figures.add("processor s per 1,000 attempts", (used() - before) / attempts * 1_000.0);
    figures.add("bytes of an answer", (ERROR_PAGE.len() + 23) as f64);
    figures.add("database bytes per attempt", (bench.database.kept().await? - size) as f64 / attempts);
    Ok(())
}
