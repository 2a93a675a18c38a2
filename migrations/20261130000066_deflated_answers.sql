-- Answers of receivers are kept deflated where that saves something.
alter table attempts add column response_deflated boolean not null default false;
