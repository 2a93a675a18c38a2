-- The log filtered by error goes down an index of its own. Fresh deliveries have no outcome and never enter it.
create index deliveries_by_error on deliveries (organization_id, outcome, id) where status <> 1 and outcome is not null;
-- By class, newest first: 5xx is one stretch of this index, and a single code is picked out of its class.
create index deliveries_by_code_class on deliveries (organization_id, (response_code / 100), id)
    where response_code is not null;
drop index deliveries_by_code;
