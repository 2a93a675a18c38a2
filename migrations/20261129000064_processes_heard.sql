-- When a process last said that it is there by the database's own clock, in seconds since 1970: whoever starts has not
-- listened for long enough to tell who has ended. Not used on SQLite.
alter table processes add column heard_at bigint not null default 0;
