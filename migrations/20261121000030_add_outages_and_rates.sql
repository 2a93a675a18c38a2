-- Until when nothing is sent, since the receiver fails; for people to see, the worker keeps its own account.
alter table webhooks add column rests_until bigint;
-- Most events per second; null: as fast as the receiver answers.
alter table webhooks add column rate_per_second int;
