-- One schema for SQLite and Postgres. Type names are Postgres's; SQLite takes them as they are.
-- Ids are 16 bytes (a blob in SQLite, uuid in Postgres) that sort by time; times are microseconds since 1970.
-- Small numbers that stand for words are listed in src/model/delivery.rs and beside the column.
-- The organization leads every key, so that the tables can be distributed by it.

create table organizations (
    id uuid not null primary key,
    slug text not null unique,
    name text not null,
    convention text not null,
    -- Days that finished deliveries are kept.
    retention_days int not null default 30,
    -- When somebody first saw a signature verified: the third of the first steps.
    signature_verified_at bigint,
    created_at bigint not null
);

create table users (
    id uuid not null primary key,
    -- Lower case.
    email text not null unique,
    name text not null,
    -- argon2id, PHC string.
    password_hash text not null,
    created_at bigint not null
);

create table memberships (
    organization_id uuid not null references organizations (id),
    user_id uuid not null references users (id),
    role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    created_at bigint not null,
    primary key (organization_id, user_id)
);
create index memberships_by_user on memberships (user_id);

create table invitations (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    email text not null,
    role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    -- SHA-256 of the token in the link.
    token_hash bytea not null unique,
    invited_by uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint,
    primary key (organization_id, id)
);

create table password_resets (
    token_hash bytea not null primary key,
    user_id uuid not null references users (id),
    created_at bigint not null,
    expires_at bigint not null
);

create table sessions (
    -- SHA-256 of the id in the cookie.
    id_hash bytea not null primary key,
    -- Null before sign-in.
    user_id uuid references users (id),
    data text not null,
    -- Where it was opened, for the person's own list of sessions.
    user_agent text,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table api_keys (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    name text not null,
    -- SHA-256 of the key; the key itself is shown once and not kept.
    key_hash bytea not null unique,
    -- Its first and last characters.
    hint text not null,
    -- Space-separated.
    scopes text not null,
    created_by text not null,
    created_at bigint not null,
    expires_at bigint,
    -- Written at most once a minute.
    last_used_at bigint,
    revoked_at bigint,
    primary key (organization_id, id)
);

create table webhooks (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    url text not null,
    description text not null,
    active boolean not null,
    -- In words, where the service switched it off.
    disabled_reason text,
    -- JSON array of types; null takes all.
    events text,
    -- Encrypted JSON array of [name, value]: values are credentials more often than not.
    headers bytea,
    -- JSON object.
    filters text not null,
    -- JSON object; null: the convention's schedule.
    retry_policy text,
    -- Null: the convention's.
    timeout_seconds int,
    created_at bigint not null,
    updated_at bigint not null,
    -- Deleted webhooks stay for the log's sake.
    deleted_at bigint,
    primary key (organization_id, id)
);

create table webhook_secrets (
    organization_id uuid not null,
    webhook_id uuid not null,
    id uuid not null,
    -- XChaCha20-Poly1305 of the secret as shown; bound to organization and webhook.
    secret bytea not null,
    hint text not null,
    created_at bigint not null,
    -- Null: the current one.
    expires_at bigint,
    primary key (organization_id, webhook_id, id)
);

-- Stored once, whatever the number of receivers.
create table events (
    organization_id uuid not null,
    id uuid not null,
    -- The platform's own id where it gave one; it then is what is shown and sent.
    given_id text,
    event_type text not null,
    -- When it happened, as the platform says.
    occurred_at bigint not null,
    created_at bigint not null,
    delivery_count int not null,
    is_test boolean not null,
    -- The event's data as it was posted. Last, so that lists need not read it.
    data bytea not null,
    primary key (organization_id, id)
);
create unique index events_by_given_id on events (organization_id, given_id) where given_id is not null;

-- What an Idempotency-Key stood for; kept 24 hours.
create table idempotency_keys (
    organization_id uuid not null,
    key text not null,
    event_id uuid not null,
    created_at bigint not null,
    primary key (organization_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table deliveries (
    organization_id uuid not null,
    id uuid not null,
    event_id uuid not null,
    webhook_id uuid not null,
    event_type text not null,
    -- 0 pending, 1 success, 2 failed, 3 skipped
    status smallint not null check (status between 0 and 3),
    is_test boolean not null,
    attempt_count int not null,
    max_attempts int not null,
    -- 0 automatic, 1 manual, 2 test, 3 recovery: what the next attempt will be.
    next_trigger smallint not null,
    -- Who asked for the next attempt, where somebody did.
    triggered_by text,
    created_at bigint not null,
    -- When the next attempt is due; null once finished.
    next_attempt_at bigint,
    -- The process that holds it; null: free to be claimed.
    leased_by uuid,
    -- Of the last attempt.
    response_code smallint,
    outcome smallint,
    duration_us bigint,
    completed_at bigint,
    primary key (organization_id, id),
    check ((status = 0) = (next_attempt_at is not null))
);
create index deliveries_by_webhook on deliveries (organization_id, webhook_id, id);
create index deliveries_by_event on deliveries (organization_id, event_id);
create index deliveries_by_type on deliveries (organization_id, event_type, id);
create index deliveries_by_status on deliveries (organization_id, status, id) where status <> 1;
create index deliveries_by_code on deliveries (organization_id, response_code, id) where response_code is not null;
-- What is waiting, per webhook.
create index deliveries_waiting on deliveries (organization_id, webhook_id, next_attempt_at) where status = 0;
-- What is free to be claimed, per webhook, so that one that hangs costs the others nothing. Fresh
-- deliveries are leased as they are written and never enter it.
create index deliveries_free on deliveries (organization_id, webhook_id, next_attempt_at, id)
    where status = 0 and leased_by is null;

create table attempts (
    organization_id uuid not null,
    delivery_id uuid not null,
    number int not null,
    id uuid not null,
    -- 0 automatic, 1 manual, 2 test, 3 recovery
    trigger smallint not null,
    triggered_by text,
    started_at bigint not null,
    duration_us bigint not null,
    -- 0 answered, 1 timeout, 2 dns, 3 refused_address, 4 connect, 5 tls, 6 reset, 7 protocol, 8 interrupted, 9 internal
    outcome smallint not null,
    detail text,
    response_code smallint,
    url text not null,
    -- JSON array of [name, value], credentials masked.
    request_headers text not null,
    response_headers text,
    response_truncated boolean not null,
    response_body bytea,
    primary key (organization_id, delivery_id, number)
);

-- Health, counted by the recorder in the transaction that writes the attempts.
create table health_rollups (
    organization_id uuid not null,
    webhook_id uuid not null,
    -- Length of the slice in seconds: 60 or 3600.
    slice int not null,
    start_at bigint not null,
    -- succeeded · failed · cause:<outcome or code> · latency:<upper bound in ms>
    measure text not null,
    count bigint not null,
    primary key (organization_id, webhook_id, slice, start_at, measure)
);

create table inboxes (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    -- In the URL.
    token text not null unique,
    created_by text not null,
    created_at bigint not null,
    primary key (organization_id, id)
);

create table inbox_requests (
    organization_id uuid not null,
    inbox_id uuid not null,
    id uuid not null,
    received_at bigint not null,
    -- JSON array of [name, value].
    headers text not null,
    body bytea not null,
    body_truncated boolean not null,
    -- verified, or a sentence that says why not.
    verdict text not null,
    primary key (organization_id, inbox_id, id)
);
create index inbox_requests_by_age on inbox_requests (received_at);

create table audit_log (
    organization_id uuid not null,
    id uuid not null,
    at bigint not null,
    -- A person's or key's name, or “Switchhook”.
    actor text not null,
    actor_id text,
    -- The address it came from.
    source text,
    -- As webhook.created.
    action text not null,
    -- What it was done to: an id and a name.
    target_id text,
    target text,
    -- JSON objects; secrets masked.
    before text,
    after text,
    primary key (organization_id, id)
);

-- Who is running, for leases on Postgres; on SQLite one row.
create table processes (
    id uuid not null primary key,
    role text not null,
    started_at bigint not null,
    seen_at bigint not null
);
