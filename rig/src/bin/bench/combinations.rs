//! The log by every combination of its filters, from the newest on and from fifty thousand deliveries further back.

use crate::log::{leak, page};
use rig::{
    Result,
    api::Api,
    figures::{Figures, percentile},
    wire::Connection,
};
use serde_json::Value;

/// How often each list is asked for; the most that it took is what it takes.
const TIMES: usize = 3;
/// The slowest of them are asked for so often again: 95 in 100 of these answers came within what they take.
const AGAIN: usize = 20;
const SLOWEST: usize = 20;
/// Pages that lead to where a list begins deep inside.
const PAGES: usize = 1_000;

/// Adds what the slowest and the one in the middle took.
pub async fn reads(api: &Api, figures: &mut Figures) -> Result<()> {
    let mut connection = Connection::open(api.address()).await?;
    let mut deep = None;
    for _ in 0..PAGES {
        match page(&mut connection, api, "", deep.as_deref()).await?.1 {
            Some(next) => deep = Some(next),
            None => break,
        }
    }
    let queries = queries(api).await?;
    figures.add("log, every combination of filters: how many", queries.len() as f64);
    for (place, cursor) in [("first page", None), ("50,000 further back", deep.as_deref())] {
        let mut took = async |query: &str, times: usize| -> Result<f64> {
            let mut all = Vec::new();
            for _ in 0..times {
                all.push(page(&mut connection, api, query, cursor).await?.0);
            }
            Ok(percentile(&mut all, 0.95))
        };
        let mut all = Vec::new();
        for query in &queries {
            all.push((took(query, TIMES).await?, query));
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (known, query) in all.iter_mut().take(SLOWEST) {
            *known = took(query, AGAIN).await?;
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (took, query) in all.iter().take(3) {
            eprintln!("{took:.1} ms: {query} ({place})");
        }
        let mut times: Vec<f64> = all.iter().map(|(took, _)| *took).collect();
        for (name, share) in [("the slowest", 1.0), ("95 in 100", 0.95), ("half of them", 0.5)] {
            let name = format!("log, every combination, {place}: p95 of {name}, ms");
            figures.add(leak(name), percentile(&mut times, share));
        }
    }
    Ok(())
}

async fn queries(api: &Api) -> Result<Vec<String>> {
    let webhook = api.json("GET", "/v1/webhooks", &Value::Null).await?["data"][0]["id"].clone();
    // Nothing new fails: this is the end of what was filled in.
    let failed = api.json("GET", "/v1/webhooks/logs?limit=1&status=failed", &Value::Null).await?["data"][0].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let between = format!("&from=2020-01-01&to={}", text(&failed["created_at"]));
    let dimensions: [Vec<String>; 7] = [
        // One that nothing of has failed, and the one that all of that is of.
        vec![
            String::new(),
            format!("&webhook_id={}", text(&webhook)),
            format!("&webhook_id={}", text(&failed["webhook_id"])),
        ],
        ["", "&event_type=batch.failed", "&event_type=call.started"].map(Into::into).to_vec(),
        ["", "&status=success", "&status=failed", "&status=pending", "&status=skipped"].map(Into::into).to_vec(),
        ["", "&response_code=5xx", "&response_code=404", "&response_code=2xx"].map(Into::into).to_vec(),
        ["", "&error=timeout", "&error=status"].map(Into::into).to_vec(),
        vec![String::new(), between],
        vec![String::new(), format!("&event_id={}", text(&failed["event_id"]))],
    ];
    let mut all = vec![String::new()];
    for dimension in dimensions {
        all = all.iter().flat_map(|so_far| dimension.iter().map(move |more| format!("{so_far}{more}"))).collect();
    }
    Ok(all)
}
