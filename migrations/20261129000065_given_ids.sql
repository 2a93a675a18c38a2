-- The ids that platforms give their events, each once: in a table of their own, so that events can be divided by time.
-- A unique index over such parts would have to hold what they are divided by.
create table given_ids (
    organization_id uuid not null,
    given_id text not null,
    event_id uuid not null,
    primary key (organization_id, given_id)
);
insert into given_ids (organization_id, given_id, event_id)
    select organization_id, given_id, id from events where given_id is not null;
drop index events_by_given_id;
