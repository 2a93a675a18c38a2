//! What an alert says: what happened, to which webhook, a sample, where to look. Never a secret.

use crate::model::organization::Organization;

/// An alert in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    /// What happened and why, in a sentence or two.
    pub reason: String,
    /// A delivery that shows it.
    pub sample: Option<String>,
    pub link: String,
    organization: String,
}

impl Message {
    pub fn new(organization: &Organization, subject: String, reason: String, link: String) -> Self {
        Self { subject, reason, sample: None, link, organization: organization.name.clone() }
    }
    /// The one that is sent to try things out.
    pub fn test(organization: &Organization, base: &str) -> Self {
        let subject = "A test alert".to_owned();
        let reason = "This is a test. Alerts about webhooks that fail will look like this and come here.".to_owned();
        Self::new(organization, subject, reason, format!("{base}/o/{}/alerts", organization.slug))
    }
    pub fn with_sample(mut self, sample: Option<String>) -> Self {
        self.sample = sample;
        self
    }
    /// The subject line of a mail.
    pub fn subject_line(&self) -> String {
        format!("[{}] {}", one_line(&self.organization), one_line(&self.subject))
    }
    /// Plain text, for mail.
    pub fn text(&self) -> String {
        let sample = self.sample.as_ref().map(|sample| format!("For example: {sample}\n\n")).unwrap_or_default();
        format!("{}\n\n{}\n\n{sample}{}\n", self.subject, self.reason, self.link)
    }
    /// For a chat that takes `{"text": …}`, as Slack's incoming webhooks do. What comes from outside is
    /// escaped, so that a webhook's name cannot call everybody or hide a link.
    pub fn chat(&self) -> String {
        let sample = self.sample.as_ref().map(|sample| format!("\nFor example: {}", escaped(sample)));
        format!(
            "*{}* ({})\n{}{}\n{}",
            escaped(&self.subject),
            escaped(&self.organization),
            escaped(&self.reason),
            sample.unwrap_or_default(),
            self.link
        )
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{id::OrganizationId, time::Time};

    #[test]
    fn what_comes_from_outside_calls_nobody_and_breaks_no_line() {
        let organization = Organization {
            id: OrganizationId::from_bytes([1; 16]),
            slug: "acme".into(),
            name: "Acme\r\nBcc: eve@example.com".into(),
            convention: "standard".into(),
            created_at: Time::default(),
        };
        let message = Message::new(&organization, "“<!channel>” fails".into(), "x & y".into(), "http://x/".into());
        assert!(message.chat().contains("&lt;!channel&gt;") && message.chat().contains("x &amp; y"));
        assert_eq!(message.subject_line(), "[Acme Bcc: eve@example.com] “<!channel>” fails");
    }
}
