-- Jobs that send many finished deliveries again: from the oldest to the newest, in small batches, each
-- delivery once. The worker drives them from here, so they outlive it.

create table recoveries (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    -- What has one open job at a time: the webhook, or the organization itself where any webhook is meant.
    scope uuid not null,
    -- Which deliveries: the log's filters, JSON; always with one finished status.
    filter text not null,
    -- 0 running, 1 paused, 2 finished, 3 cancelled
    state smallint not null check (state between 0 and 3),
    -- Why the service itself paused or cancelled it, in words.
    note text,
    -- Most deliveries that it begins in a second.
    rate int not null,
    requested_by text not null,
    -- Deliveries that finished later are not its own.
    created_at bigint not null,
    ended_at bigint,
    -- Counted when it was started.
    total bigint not null,
    oldest_at bigint,
    newest_at bigint,
    -- The last delivery that it has come to, and whether that was the last of all.
    reached uuid not null,
    walked boolean not null,
    -- Rows in recovery_items.
    in_flight int not null,
    succeeded bigint not null,
    failed bigint not null,
    -- Were no longer as they were when their turn came: sent again by somebody, removed, their webhook off.
    left_out bigint not null,
    -- The process that drives it, and when it last did: on Postgres one that stops is followed by another.
    driver uuid,
    driven_at bigint,
    primary key (organization_id, id)
);
create unique index recoveries_open on recoveries (organization_id, scope) where state < 2;
-- What a worker looks for.
create index recoveries_driven on recoveries (organization_id, id) where state = 0 or in_flight > 0;

-- What a job has set going and not yet counted; never many.
create table recovery_items (
    organization_id uuid not null,
    recovery_id uuid not null,
    delivery_id uuid not null,
    primary key (organization_id, recovery_id, delivery_id)
);

-- Counting and finding what there is to recover of a webhook, however much of it has succeeded.
create index deliveries_to_recover on deliveries (organization_id, webhook_id, status, id) where status >= 2;
