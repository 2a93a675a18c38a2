//! Mail: by SMTP where a server is set, else into the log with its links, so that an installation
//! without mail can still be used. Sent beside the request: whoever asked never waits for it, and
//! cannot tell by the clock whether there was anybody to write to.

use crate::server::config::Settings;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox};
use std::{sync::Arc, time::Duration};

/// One mail in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Takes mails and answers at once.
pub trait Mailer: Send + Sync {
    fn send(&self, mail: Mail);
    /// Whether mails reach people (else they are in the log only).
    fn reaches_people(&self) -> bool;
}

/// Writes mails into the log.
pub struct LogMailer;

impl Mailer for LogMailer {
    fn send(&self, mail: Mail) {
        tracing::info!(to = mail.to, subject = mail.subject, text = mail.text, "mail (no SMTP server is set)");
    }
    fn reaches_people(&self) -> bool {
        false
    }
}

/// Sends by SMTP, each mail in a task of its own, tried three times.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

const TRIES: u32 = 3;

impl SmtpMailer {
    /// # Errors
    /// A sentence where the address of the server or of the sender does not read.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| format!("SWITCHHOOK_SMTP_URL does not read: {error}"))?
            .timeout(Some(Duration::from_secs(15)))
            .build();
        let from = from.parse().map_err(|_| "SWITCHHOOK_MAIL_FROM is no mail address".to_string())?;
        Ok(Self { transport, from })
    }
    /// Whether the server answers, for `doctor`.
    pub async fn test(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server refused the connection".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Mailer for SmtpMailer {
    fn send(&self, mail: Mail) {
        let Ok(to) = mail.to.parse() else {
            return tracing::warn!("a mail address does not read as one for SMTP");
        };
        let message = Message::builder().from(self.from.clone()).to(Mailbox::new(None, to)).subject(mail.subject);
        let message = match message.body(mail.text) {
            Ok(message) => message,
            Err(error) => return tracing::warn!(%error, "a mail could not be put together"),
        };
        let transport = self.transport.clone();
        tokio::spawn(async move {
            for number in 1..=TRIES {
                match transport.send(message.clone()).await {
                    Ok(_) => return,
                    Err(error) => tracing::warn!(%error, number, "a mail was not taken by the mail server"),
                }
                tokio::time::sleep(Duration::from_secs(u64::from(number) * 5)).await;
            }
        });
    }
    fn reaches_people(&self) -> bool {
        true
    }
}

/// The mailer that the settings ask for.
pub fn from_settings(settings: &Settings) -> Result<Arc<dyn Mailer>, String> {
    let Some(url) = &settings.smtp_url else { return Ok(Arc::new(LogMailer)) };
    let from = settings.mail_from.as_deref().ok_or("SWITCHHOOK_SMTP_URL needs SWITCHHOOK_MAIL_FROM beside it")?;
    Ok(Arc::new(SmtpMailer::new(url, from)?))
}
