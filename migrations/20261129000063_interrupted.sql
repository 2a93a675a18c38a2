-- When a process ended without order while it held the delivery: it may have been sent once more than is recorded.
alter table deliveries add column interrupted_at bigint;
