//! What an attempt's detail says where the receiver did not answer: one wording, which the sender records and
//! `explain` reads again. What is recorded once stands in the log for long: a change here reads the old words too.

/// In front of a date, where the certificate had run out by then.
pub const SINCE: &str = " on ";
/// In front of a date, where the certificate holds only from then.
pub const FROM: &str = ", but from ";

/// How the detail begins where no name server had answered.
pub const NO_NAME_SERVER: &str = "No name server had answered";
/// Where plain http leads to an address that the operator has not allowed.
pub const NEEDS_HTTPS: &str = "This address may be reached by https only.";
/// Where a name leads back to this installation.
pub const OURSELVES: &str = "The name leads to this installation itself.";

/// Why a receiver's certificate was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    NotValidYet,
    Expired,
    /// The library cannot tell which: no chain leads to an authority that is publicly trusted.
    UnknownIssuer,
    /// An authority's own certificate in a server's place.
    SelfSigned,
    OtherName,
    Revoked,
}

impl CertificateFault {
    /// In the order in which details are read: what is recorded of an unknown issuer says “self-signed” too.
    pub const ALL: [Self; 6] =
        [Self::NotValidYet, Self::Expired, Self::UnknownIssuer, Self::SelfSigned, Self::OtherName, Self::Revoked];

    /// As it is recorded, without a date and the full stop.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotValidYet => "The receiver's certificate is not valid yet",
            Self::Expired => "The receiver's certificate has expired",
            Self::UnknownIssuer => {
                "The receiver's certificate is self-signed, or its chain is incomplete or from an unknown authority"
            }
            Self::SelfSigned => "The receiver's certificate is self-signed, or an authority's own",
            Self::OtherName => "The receiver's certificate is for another host name",
            Self::Revoked => "The receiver's certificate has been revoked",
        }
    }
    /// Read from a detail, in these words or the TLS library's.
    pub fn read(detail: &str) -> Option<Self> {
        let detail = detail.to_ascii_lowercase();
        Self::ALL.into_iter().find(|fault| fault.signs().iter().any(|sign| detail.contains(sign)))
    }
    fn signs(self) -> &'static [&'static str] {
        match self {
            Self::NotValidYet => &["not valid yet", "notvalidyet"],
            Self::Expired => &["expired"],
            Self::UnknownIssuer => &["or its chain is incomplete", "unknownissuer", "issuer", "unknown authority"],
            Self::SelfSigned => &["self-signed", "self signed", "causedasendentity"],
            Self::OtherName => &["another host name", "another name", "valid for", "notvalidforname", "name mismatch"],
            Self::Revoked => &["revoked"],
        }
    }
}
