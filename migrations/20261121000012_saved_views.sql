-- Filters of the log under a name, for everybody in the organization.

create table saved_views (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    name text not null,
    -- JSON of the log's filters.
    filter text not null,
    created_by text not null,
    created_at bigint not null,
    primary key (organization_id, id),
    unique (organization_id, name)
);
