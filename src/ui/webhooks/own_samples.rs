//! Samples for a convention's own signature header, which no library knows: HMAC as each language has it.

use super::samples::Sample;
use crate::model::convention::OwnSignature;

/// A language's sample and what it says differently for hex and for base64.
struct Language {
    name: &'static str,
    install: &'static str,
    code: &'static str,
    hex: &'static [(&'static str, &'static str)],
    base64: &'static [(&'static str, &'static str)],
}

const LANGUAGES: [Language; 6] = [
    Language {
        name: "Node",
        install: "npm install express",
        code: include_str!("samples/own.js"),
        hex: &[("{encoding}", "hex")],
        base64: &[("{encoding}", "base64")],
    },
    Language {
        name: "Python",
        install: "pip install flask",
        code: include_str!("samples/own.py"),
        hex: &[("import {module}\n", ""), ("{signature}", "mac.hexdigest()")],
        base64: &[("{module}", "base64"), ("{signature}", "base64.b64encode(mac.digest()).decode()")],
    },
    Language {
        name: "Go",
        install: "",
        code: include_str!("samples/own.go"),
        hex: &[("{encoding}", "hex"), ("{signature}", "hex.EncodeToString(mac.Sum(nil))")],
        base64: &[("{encoding}", "base64"), ("{signature}", "base64.StdEncoding.EncodeToString(mac.Sum(nil))")],
    },
    Language {
        name: "Rust",
        install: "cargo add axum base64 hex hmac sha2 && cargo add tokio --features full",
        code: include_str!("samples/own.rs.txt"),
        hex: &[("{imports}\n", ""), ("{decode}", "hex::decode")],
        base64: &[
            ("{imports}", "use base64::{Engine, prelude::BASE64_STANDARD};"),
            ("{decode}", "BASE64_STANDARD.decode"),
        ],
    },
    Language {
        name: "PHP",
        install: "",
        code: include_str!("samples/own.php"),
        hex: &[("{signature}", "hash_hmac(\"sha256\", $body, $secret)")],
        base64: &[("{signature}", "base64_encode(hash_hmac(\"sha256\", $body, $secret, true))")],
    },
    Language {
        name: "Ruby",
        install: "gem install sinatra rackup puma",
        code: include_str!("samples/own.rb"),
        hex: &[("{signature}", "OpenSSL::HMAC.hexdigest(\"SHA256\", ENV.fetch(\"WEBHOOK_SECRET\"), body)")],
        base64: &[(
            "{signature}",
            "[OpenSSL::HMAC.digest(\"SHA256\", ENV.fetch(\"WEBHOOK_SECRET\"), body)].pack(\"m0\")",
        )],
    },
];

/// A sample in each language; none where more than the body is signed, which these do not show.
pub fn own_samples(own: &OwnSignature) -> Option<Vec<Sample>> {
    let prefix = own.prefix()?;
    // As Rack names a header.
    let environment = format!("HTTP_{}", own.header.to_uppercase().replace('-', "_"));
    let filled = |language: &Language| {
        let of_encoding = if own.is_hex { language.hex } else { language.base64 };
        let mut code = language.code.to_owned();
        for (mark, text) in of_encoding {
            code = code.replace(mark, text);
        }
        for (mark, text) in [("{prefix}", prefix), ("{header}", &own.header), ("{environment}", &environment)] {
            code = code.replace(mark, text);
        }
        // Nothing is put before most signatures.
        code = code.replace("\"\" + ", "").replace("\"\" . ", "").replace(".strip_prefix(\"\")?", "");
        Sample { name: language.name, install: language.install, code }
    };
    Some(LANGUAGES.iter().map(filled).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(is_hex: bool, value: &str) -> OwnSignature {
        OwnSignature {
            header: "x-acme-signature".into(),
            is_hex,
            signed: "{{body}}".into(),
            has_decoded_key: false,
            value: value.into(),
        }
    }

    #[test]
    fn every_mark_is_filled_in() {
        for own in [own(true, "{{signature}}"), own(false, "sha256={{signature}}")] {
            for Sample { name, code, .. } in own_samples(&own).unwrap() {
                for mark in
                    ["{prefix}", "{header}", "{environment}", "{signature}", "{encoding}", "{module}", "{decode}"]
                {
                    assert!(!code.contains(mark), "{mark} in {name}");
                }
                assert!(code.contains("x-acme-signature") || code.contains("HTTP_X_ACME_SIGNATURE"), "{name}");
                assert_eq!(code.contains("sha256="), !own.is_hex, "{name}");
            }
        }
    }

    #[test]
    fn no_example_verifies_with_an_empty_secret() {
        for code in [
            include_str!("samples/verify.go"),
            include_str!("samples/verify.php"),
            include_str!("samples/own.go"),
            include_str!("samples/own.php"),
        ] {
            assert!(code.contains("WEBHOOK_SECRET is not set"), "{code}");
        }
    }

    #[test]
    fn what_signs_more_than_the_body_is_told_in_words_only() {
        assert!(own_samples(&own(true, "t={{timestamp}},v1={{signature}}")).is_none());
    }
}
