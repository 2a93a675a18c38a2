//! Whether a received request was signed with one of these secrets, as a receiver's library would
//! judge it (Standard Webhooks: `id.timestamp.body`, HMAC-SHA256, `v1,` and base64, 5 minutes' tolerance).

use crate::model::{inbox::Verdict, time::Time};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the timestamp may be from now, as in the official libraries.
const TOLERANCE_SECONDS: u64 = 5 * 60;

/// What a receiver looks at; names in lower case.
pub struct Signed<'a> {
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl<'a> Signed<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim())
    }

    /// The verdict against `secrets` (as shown to people), any of which will do.
    pub fn verdict(&self, secrets: &[String], now: Time) -> Verdict {
        match self.check(secrets, now) {
            Ok(()) => Verdict::Verified,
            Err(why) => Verdict::NotVerified(why),
        }
    }

    fn check(&self, secrets: &[String], now: Time) -> Result<(), String> {
        let needed = |name: &str| {
            self.header(name).ok_or_else(|| {
                format!("Not signed: the header {name} is missing. Every request of a webhook carries it, so this one came from elsewhere.")
            })
        };
        let (id, timestamp, signatures) =
            (needed("webhook-id")?, needed("webhook-timestamp")?, needed("webhook-signature")?);
        if secrets.is_empty() {
            return Err("Not checked: no webhook points at this inbox, so there is no secret to check against.".into());
        }
        let seconds: i64 = timestamp
            .parse()
            .map_err(|_| "Refused: the header webhook-timestamp is no number of seconds since 1970.".to_string())?;
        if seconds.abs_diff(now.seconds()) > TOLERANCE_SECONDS {
            return Err("Refused: the timestamp is more than 5 minutes from now, as that of a replayed request.".into());
        }
        let given: Vec<Vec<u8>> =
            signatures.split(' ').filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok()).collect();
        let holds = secrets.iter().any(|secret| given.iter().any(|sum| self.is_signed(secret, id, timestamp, sum)));
        if holds {
            Ok(())
        } else {
            Err("Refused: the signature does not match this body and the secret of the webhook that points here."
                .into())
        }
    }

    fn is_signed(&self, secret: &str, id: &str, timestamp: &str, sum: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key_of(secret)) else { return false };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(self.body);
        mac.verify_slice(sum).is_ok()
    }
}

/// The bytes that `whsec_…` encodes; a secret of another form: its own bytes.
fn key_of(secret: &str) -> Vec<u8> {
    let encoded = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    encoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: i64 = 1_614_265_330;

    fn headers(signature: &str) -> Vec<(String, String)> {
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", signature),
        ]
        .map(|(n, v)| (n.to_string(), v.to_string()))
        .to_vec()
    }

    fn verdict(headers: &[(String, String)], body: &[u8], secrets: &[&str], now: i64) -> String {
        let secrets: Vec<String> = secrets.iter().map(|s| s.to_string()).collect();
        Signed { headers, body }.verdict(&secrets, Time::from_seconds(now)).as_str().to_owned()
    }

    const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_specifications_own_example_is_verified_by_any_of_several_secrets() {
        assert_eq!(verdict(&headers(GOOD), BODY, &[SECRET], AT), "verified");
        assert_eq!(verdict(&headers(GOOD), BODY, &["another", SECRET], AT + 299), "verified");
        assert_eq!(verdict(&headers(&format!("v1,AAAA {GOOD}")), BODY, &[SECRET], AT), "verified");
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        assert!(verdict(&headers(GOOD), b"{}", &[SECRET], AT).contains("does not match"));
        assert!(verdict(&headers(GOOD), BODY, &["another"], AT).contains("does not match"));
        assert!(verdict(&headers(GOOD), BODY, &[SECRET], AT + 301).contains("5 minutes"));
        assert!(verdict(&headers(GOOD), BODY, &[], AT).contains("no webhook points"));
        assert!(verdict(&[], BODY, &[SECRET], AT).contains("webhook-id is missing"));
    }
}
