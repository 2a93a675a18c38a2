-- A webhook that is off says since when and by whom: what was done to one thing, newest first.
create index audit_log_by_target on audit_log (organization_id, target_id, id) where target_id is not null;
