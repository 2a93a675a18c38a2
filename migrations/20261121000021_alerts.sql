-- Who is told when webhooks fail, and what is done about those that fail for days.
create table alert_settings (
    organization_id uuid not null primary key references organizations (id),
    -- JSON array of the ids of members who get mail.
    mail_to text not null,
    -- A chat's URL: whoever has it can post there. Sealed, bound to the organization.
    chat_url bytea,
    -- Its host, for people.
    chat_hint text,
    -- Failed attempts in a row; null: not told.
    repeated_after int,
    -- Success rate of the last hour in per cent; null: not told.
    rate_below int,
    -- JSON array of event types of which each delivery that is given up is told.
    event_types text not null,
    on_disabled boolean not null,
    on_recovered boolean not null,
    -- A webhook and cause is told at most once in so many seconds.
    pause_seconds int not null,
    -- Days of failures only after which a webhook is switched off; null: never.
    disable_after_days int
);

-- Attempts that failed since the last one that succeeded, kept by whoever watches, minute by minute.
create table alert_streaks (
    organization_id uuid not null,
    webhook_id uuid not null,
    failed bigint not null,
    -- Minutes of the first and of the last of them.
    failing_since bigint not null,
    last_failed_at bigint not null,
    primary key (organization_id, webhook_id)
);

-- What was told of a webhook.
create table alert_states (
    organization_id uuid not null,
    webhook_id uuid not null,
    -- repeated · rate · type:<event type> · disabled · warned:<days>
    cause text not null,
    -- Whether it still holds.
    open boolean not null,
    told_at bigint not null,
    primary key (organization_id, webhook_id, cause)
);

-- What only one process does at a time, and how far it has come.
create table background_turns (
    name text not null primary key,
    holder uuid not null,
    -- Another process may take over from then on.
    until bigint not null,
    done_to bigint not null
);
