-- Months of attempts: made ahead, and moved to the archive whole; run by the worker.

-- name: wait_briefly
-- Let no lock be waited for longer than this in the transaction: others wait behind whoever waits, and after a second the
-- server looks for a circle of those who wait and would rather give up a learner's.
select set_config('lock_timeout', '800ms', true) as value;

-- name: months_in_default
-- The months whose attempts lie in the default partition.
select distinct date_trunc('month', created_at at time zone 'UTC')::date as month
from challenge_attempts_default
order by 1;

-- name: make_month
-- Make a month of attempts, moving into it what lies in the default partition.
select make_month_of_attempts(%(month)s) as done;

-- name: months_before
-- The months of attempts that lie wholly before a day.
select to_date(right(c.relname, 7), 'YYYY_MM') as month
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'challenge_attempts'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
    and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= %(day)s::date
order by 1;

-- name: archive_month
-- Move a month of attempts to the archive, whole.
select archive_month_of_attempts(%(month)s) as done;
