-- What one process at a time does now and then: on Postgres whoever takes the row does it for all.

create table chores (
    name text not null primary key,
    -- The process that is at it, and when it last said so.
    held_by uuid not null,
    held_at bigint not null,
    -- When it was last done to its end.
    done_at bigint not null
);
