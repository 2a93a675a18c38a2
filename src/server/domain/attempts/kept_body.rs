//! Answers of receivers as they are kept: small. Pages that frameworks send with their errors come to a third or half of their
//! size; what is short stays as it is. Equal ones are not looked for: such pages carry a reference or a time.

use crate::model::delivery::MAX_RESPONSE;
use bytes::Bytes;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use std::io::{Read, Write};

/// Shorter ones stay as they came: a row's own bytes are more.
const SHORT: usize = 512;

/// What is kept of it, and whether that is deflated.
pub fn pack(body: &Bytes) -> (Bytes, bool) {
    if body.len() < SHORT {
        return (body.clone(), false);
    }
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    match encoder.write_all(body).and_then(|()| encoder.finish()) {
        // What it could have held is not kept with it.
        Ok(deflated) if deflated.len() < body.len() => (deflated.into_boxed_slice().into(), true),
        _ => (body.clone(), false),
    }
}

/// What was kept, as it came. Of a row that is damaged as much as can be read.
pub fn unpack(kept: Vec<u8>, is_deflated: bool) -> Vec<u8> {
    if !is_deflated {
        return kept;
    }
    let mut body = Vec::new();
    let reading = DeflateDecoder::new(kept.as_slice()).take(MAX_RESPONSE as u64).read_to_end(&mut body);
    if let Err(error) = reading {
        tracing::warn!(%error, "an answer that was kept cannot be read to its end");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back(body: &'static [u8]) -> (usize, bool) {
        let (kept, is_deflated) = pack(&Bytes::from_static(body));
        assert_eq!(unpack(kept.to_vec(), is_deflated), body);
        (kept.len(), is_deflated)
    }

    #[test]
    fn what_is_long_is_kept_smaller_and_comes_back_as_it_was() {
        static LONG: [u8; MAX_RESPONSE] = [b'x'; MAX_RESPONSE];
        let (size, is_deflated) = comes_back(&LONG);
        assert!(is_deflated && size < MAX_RESPONSE / 100, "{size}");
        assert_eq!(comes_back(b"{\"ok\":true}"), (11, false));
        assert_eq!(comes_back(b""), (0, false));
    }

    #[test]
    fn what_does_not_get_smaller_is_kept_as_it_is() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(2_000)
        .collect();
        let (kept, is_deflated) = pack(&Bytes::from(noise.clone()));
        assert_eq!((kept.len(), is_deflated), (2_000, false));
        assert_eq!(unpack(kept.to_vec(), is_deflated), noise);
    }
}
