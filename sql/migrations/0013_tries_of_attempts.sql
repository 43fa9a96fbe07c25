-- What was tried before there was a verdict. A try is a run that reached a browser; a worker that stopped, or had no
-- browser, tried nothing.

-- How many runs of the attempt reached a browser, and how many times judging it ended by an exception.
alter table challenge_attempts add column tries int not null default 0;
alter table challenge_attempts add column failures int not null default 0;
alter table challenge_attempts_archive add column tries int not null default 0;
alter table challenge_attempts_archive add column failures int not null default 0;
create index attempts_waiting on challenge_attempts (created_at) where status in ('QUEUED', 'RUNNING');
comment on index attempts_waiting is 'sweeping.attempts_without_job: attempts that wait for their verdict, the oldest first.';

-- In the archive nothing waits: a month that moves there leaves that index behind.
create or replace function archive_month_of_attempts(month date) returns boolean language plpgsql as $$
declare
    name text := attempts_partition(date_trunc('month', month)::date);
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
    waiting regclass;
begin
    if not exists (select from pg_inherits where inhrelid = to_regclass(name) and inhparent = 'challenge_attempts'::regclass) then
        return false;
    end if;
    select i.inhrelid into waiting
    from pg_inherits i
    join pg_index x on x.indexrelid = i.inhrelid
    where i.inhparent = 'attempts_waiting'::regclass and x.indrelid = to_regclass(name);
    execute format('alter table challenge_attempts detach partition %I', name);
    execute format('drop index %s', waiting);
    execute format('alter table challenge_attempts_archive attach partition %I for values from (%L) to (%L)', name, first, next);
    return true;
end $$;

-- How many runs of the text's pages reached a browser and came to no verdict.
alter table runs add column tries int not null default 0;
create index runs_in_vain on runs (content_hash, requested_at desc) where state = 'FAILED';
comment on index runs_in_vain is 'runs.runs_in_vain: the last run of each text that came to no verdict.';
