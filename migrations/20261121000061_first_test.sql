-- When a test of the organization first got through: the second of the first steps stays done, though the log forgets.
alter table organizations add column test_delivered_at bigint;
