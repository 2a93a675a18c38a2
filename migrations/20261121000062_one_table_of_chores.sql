-- Looking after alerts is a chore like another.
insert into chores (name, held_by, held_at, done_at) select name, holder, 0, done_to from background_turns;
drop table background_turns;
