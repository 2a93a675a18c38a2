//! What the members page says of roles is what the roles may do.

use switchhook::{model::organization::Role, server::access::EVERY, ui::permissions::RIGHTS};

/// The sentence on the page under which a permission falls.
fn sentence(permission: &str) -> &'static str {
    match permission {
        "ReadWebhooks" | "ReadLogs" | "ReadMembers" => "See webhooks, deliveries, event types and members",
        "TestWebhooks" => "Send tests",
        "RetryDeliveries" => "Retry and recover deliveries",
        "ExportLogs" | "KeepViews" => "Export deliveries, save views of them",
        "WriteWebhooks" => "Add, change and delete webhooks",
        "ManageMembers" => "Invite and remove members, change roles",
        "ManageKeys" | "ManageOrganization" => "Make and revoke API keys, rename the organization",
        "ManageAlerts" | "ReadAudit" => "Set up alerts, read the audit log",
        "ManageOwners" => "Appoint, change and remove owners",
        other => panic!("the members page does not say who has the right {other}"),
    }
}

#[test]
fn the_members_page_says_what_each_role_may_do() {
    let people = EVERY.iter().filter_map(|(name, role)| Some((*name, (*role)?)));
    let mut said: Vec<(&str, Role)> = people.map(|(name, role)| (sentence(name), role)).collect();
    said.sort_unstable();
    said.dedup();
    let mut shown = RIGHTS.to_vec();
    shown.sort_unstable();
    assert_eq!(said, shown);
}
