//! What Switchhook does, as sentences. A sentence about stored things runs on both databases.

#[macro_use]
mod support;

mod accepting;
mod accounts_audit;
mod accounts_cli;
mod accounts_csrf;
mod accounts_invitations;
mod accounts_keys;
mod accounts_reset;
mod accounts_rights;
mod accounts_roles;
mod accounts_sessions;
mod accounts_sign_in;
mod accounts_sign_up;
mod attempts;
mod convention_attempts;
mod convention_bytes;
mod convention_curl;
mod convention_documents;
mod convention_json;
mod convention_pages;
mod engine;
mod export;
mod guard;
mod harness;
mod inbox;
mod live;
mod log_pages;
mod official_libraries;
mod outages;
mod recovery;
mod recovery_pages;
mod rest_access;
mod rest_by_hand;
mod rest_events;
mod rest_hooks;
mod rest_http;
mod rest_logs;
mod rest_webhooks;
mod retention;
mod retries;
mod settings_form;
mod settings_health;
mod settings_secret;
mod several_processes;
