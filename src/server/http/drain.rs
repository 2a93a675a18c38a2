//! The rest of a body that is refused: read and thrown away up to a bound, so that who is still sending sees the
//! refusal rather than a connection that breaks.

use axum::body::BodyDataStream;
use futures::StreamExt;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(10);

/// Reads on until the end, `most` bytes or ten seconds.
pub async fn drain(mut chunks: BodyDataStream, most: usize) {
    let rest = async {
        let mut drained = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            drained += chunk.len();
            if drained > most {
                break;
            }
        }
    };
    // Whether it ended or took too long, the answer is the same.
    let _ = tokio::time::timeout(LONGEST, rest).await;
}
