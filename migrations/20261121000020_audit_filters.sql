-- The audit log is filtered by who did it: signing in is in it too, so that it grows with use.
create index audit_log_by_actor on audit_log (organization_id, actor_id, id);
-- Deliveries that were given up, by when: alerts look at what came since they looked last.
create index deliveries_given_up on deliveries (organization_id, completed_at) where status = 2;
