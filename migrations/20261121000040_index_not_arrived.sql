-- The list of webhooks shows what came of the latest delivery that was tried. Behind an outage it lies under
-- everything that waits without having been tried; what was tried and has not arrived is found here. What succeeds at
-- the first attempt never enters it.
create index deliveries_not_arrived on deliveries (organization_id, webhook_id, id)
    where status <> 1 and attempt_count > 0;
