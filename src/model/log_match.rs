//! The log's filter and its links, asked of what is already at hand.

use super::{
    delivery::{Delivery, Outcome},
    log_filter::*,
    query_string::query_string,
};

impl LogFilter {
    /// Whether a delivery belongs in the list: what the store's WHERE says, for rows that arrive live.
    pub fn matches(&self, delivery: &Delivery) -> bool {
        let code = match (self.response_code, delivery.response_code) {
            (None, _) => true,
            (Some(CodeFilter::Exactly(wanted)), Some(code)) => code == wanted,
            (Some(CodeFilter::Class(class)), Some(code)) => code / 100 == class,
            (Some(_), None) => false,
        };
        let error = match self.error {
            None => true,
            // What was answered and is listed as an error was answered with no success.
            Some(ErrorFilter::Status | ErrorFilter::Outcome(Outcome::Answered)) => {
                delivery.error() == Some(super::delivery::ERROR_STATUS)
            }
            Some(ErrorFilter::Outcome(outcome)) => delivery.error() == Some(outcome.as_str()),
        };
        let id = self.delivery_id.is_none_or(|id| id == delivery.id)
            && self.event_id.as_ref().is_none_or(|id| *id == delivery.event_id)
            && self.webhook_id.is_none_or(|id| id == delivery.webhook_id);
        let kind = self.event_type.as_ref().is_none_or(|kind| *kind == delivery.event_type)
            && self.status.is_none_or(|status| status == delivery.status);
        let time = self.from.is_none_or(|from| delivery.created_at >= from)
            && self.to.is_none_or(|to| delivery.created_at < to);
        code && error && id && kind && time
    }
}

impl LogQuery {
    /// The filters as a query string, with a cursor where one is given.
    pub fn link(&self, cursor: Option<&str>) -> String {
        let mut pairs = self.to_pairs();
        pairs.extend(cursor.map(|cursor| ("cursor", cursor)));
        query_string(&pairs)
    }
    /// The query string without one of the filters.
    pub fn link_without(&self, field: &str) -> String {
        let pairs: Vec<_> = self.to_pairs().into_iter().filter(|(name, _)| *name != field).collect();
        query_string(&pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{delivery::DeliveryStatus, id::*, time::Time};

    fn failed_with(code: u16) -> Delivery {
        Delivery {
            id: DeliveryId::from_bytes([1; 16]),
            event_id: "evt".into(),
            event_type: "call.completed".into(),
            webhook_id: WebhookId::from_bytes([1; 16]),
            url: String::new(),
            status: DeliveryStatus::Failed,
            is_test: false,
            response_code: Some(code),
            outcome: Some(Outcome::Answered),
            duration_us: None,
            attempt_count: 1,
            max_attempts: 1,
            created_at: Time(1_000),
            next_attempt_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn a_live_row_is_shown_only_where_the_filter_would_have_found_it() {
        let row = failed_with(503);
        let filter = |change: fn(&mut LogFilter)| {
            let mut filter = LogFilter::default();
            change(&mut filter);
            filter.matches(&row)
        };
        assert!(filter(|_| ()));
        assert!(filter(|f| f.response_code = Some(CodeFilter::Class(5))));
        assert!(!filter(|f| f.response_code = Some(CodeFilter::Exactly(500))));
        assert!(filter(|f| f.error = Some(ErrorFilter::Status)));
        assert!(filter(|f| f.error = Some(ErrorFilter::Outcome(Outcome::Answered))));
        assert!(!filter(|f| f.error = Some(ErrorFilter::Outcome(Outcome::Timeout))));
        assert!(!filter(|f| f.status = Some(DeliveryStatus::Success)));
        assert!(filter(|f| f.from = Some(Time(1_000))));
        assert!(!filter(|f| f.to = Some(Time(1_000))));
        assert!(!filter(|f| f.event_type = Some("call.started".into())));
    }

    #[test]
    fn a_success_is_no_error_whatever_word_is_asked_for() {
        let row = Delivery { status: DeliveryStatus::Success, ..failed_with(200) };
        for error in [ErrorFilter::Status, ErrorFilter::Outcome(Outcome::Answered)] {
            assert!(!LogFilter { error: Some(error), ..LogFilter::default() }.matches(&row), "{error:?}");
        }
    }

    #[test]
    fn a_filter_can_be_taken_away_from_the_link() {
        let query = LogQuery { status: "failed".into(), event_type: "a b".into(), ..Default::default() };
        assert_eq!(query.link(Some("x")), "?event_type=a%20b&status=failed&cursor=x");
        assert_eq!(query.link_without("event_type"), "?status=failed");
    }
}
