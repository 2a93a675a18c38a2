//! Mails as a test sees them.

use std::sync::{Mutex, PoisonError};
use switchhook::server::notify::mail::{Mail, Mailer};
use tokio::sync::Notify;

/// Keeps mails instead of sending them.
#[derive(Default)]
pub struct Mails {
    sent: Mutex<Vec<Mail>>,
    came: Notify,
}

impl Mailer for Mails {
    fn send(&self, mail: Mail) {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        self.came.notify_one();
    }
    fn reaches_people(&self) -> bool {
        true
    }
}

impl Mails {
    /// All that were sent.
    pub fn all(&self) -> Vec<Mail> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// The latest mail to somebody, once there is one.
    pub async fn to(&self, email: &str) -> Mail {
        loop {
            if let Some(mail) = self.all().into_iter().rev().find(|mail| mail.to == email) {
                return mail;
            }
            super::within("a mail", self.came.notified()).await;
        }
    }
    /// The path of the link in the latest mail to somebody.
    pub async fn link_to(&self, email: &str, base: &str) -> String {
        let mail = self.to(email).await;
        let link = mail.text.lines().find_map(|line| line.strip_prefix(base)).map(str::to_string);
        link.unwrap_or_else(|| panic!("no link to {base} in: {}", mail.text))
    }
}
