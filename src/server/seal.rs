//! Secrets at rest: XChaCha20-Poly1305, bound to what they belong to, so that a row copied to
//! another organization or webhook does not open.

use super::{config::SecretKey, env::Random};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

/// First byte of what is sealed: the form, so that a later one can be told apart.
const FORM: u8 = 1;

/// Seals and opens with the installation's key.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

/// The text was sealed with another key, for another owner, or changed.
#[derive(Debug, thiserror::Error)]
#[error("a secret does not open: SWITCHHOOK_SECRET_KEY is not the one it was sealed with, or the row was changed")]
pub struct Unreadable;

impl Seal {
    pub fn new(key: &SecretKey) -> Self {
        Self(XChaCha20Poly1305::new(&key.0.into()))
    }

    /// `bound_to` must be given again to open.
    pub fn seal(&self, plain: &[u8], bound_to: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0; 24];
        random.fill(&mut nonce);
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to });
        let mut out = vec![FORM];
        out.extend_from_slice(&nonce);
        out.extend(sealed.unwrap_or_default());
        out
    }

    pub fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (Some(&FORM), Some(nonce), Some(text)) = (sealed.first(), sealed.get(1..25), sealed.get(25..)) else {
            return Err(Unreadable);
        };
        let nonce = XNonce::from(<[u8; 24]>::try_from(nonce).map_err(|_| Unreadable)?);
        self.0.decrypt(&nonce, Payload { msg: text, aad: bound_to }).map_err(|_| Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::env::SystemRandom;

    #[test]
    fn what_is_sealed_opens_only_for_its_owner_and_unchanged() {
        let seal = Seal::new(&SecretKey([7; 32]));
        let mut sealed = seal.seal(b"whsec_abc", b"org1wh1", &SystemRandom);
        assert_eq!(seal.open(&sealed, b"org1wh1").unwrap(), b"whsec_abc");
        assert!(seal.open(&sealed, b"org2wh1").is_err());
        assert!(Seal::new(&SecretKey([8; 32])).open(&sealed, b"org1wh1").is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(seal.open(&sealed, b"org1wh1").is_err());
        assert!(seal.open(b"", b"org1wh1").is_err());
    }
}
