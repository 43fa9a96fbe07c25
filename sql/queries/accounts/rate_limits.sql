-- Limits on tries that all processes count together. A row says until when a limit is in use; none means not at all.

-- name: take_rate_limits
-- Use one of each of these limits, or of none of them when one is used up; answers for how many seconds that lasts.
-- A limit fills up by `leak` seconds with each use and takes `burst` uses at once. Beyond them one use is free each `leak`
-- seconds; where the wait `doubles`, it begins with two seconds and ends at `leak`.
with asked as (
    select *
    from unnest(
        %(keys)s::bytea[], %(bursts)s::float8[], %(leaks)s::float8[], %(doubles)s::boolean[]
    ) as asked (key, burst, leak, doubles)
),
held as (
    select key, empty_at, taken_at
    from rate_limits
    where key = any(%(keys)s::bytea[])
    order by key
    for update
),
used as (
    select a.key, a.leak, a.doubles, h.taken_at,
        1 - a.burst + greatest(0, coalesce(extract(epoch from h.empty_at - %(now)s::timestamptz) / a.leak, 0)) as excess
    from asked a
    left join held h on h.key = a.key
),
waits as (
    select key, leak,
        case
            when excess < 0.001 then 0
            when doubles then least(2 ^ least(excess, 30), leak) - extract(epoch from %(now)s::timestamptz - taken_at)
            else excess * leak
        end as seconds
    from used
),
taken as (
    insert into rate_limits (key, empty_at, taken_at)
    select key, %(now)s::timestamptz + make_interval(secs => leak), %(now)s::timestamptz
    from waits
    where (select max(seconds) from waits) <= 0
    order by key
    on conflict (key) do update
    set taken_at = excluded.taken_at,
        empty_at = greatest(rate_limits.empty_at, %(now)s::timestamptz)
            + make_interval(secs => (select leak from asked where asked.key = rate_limits.key))
)
select greatest(0, max(seconds))::float8 as seconds
from waits;

-- name: rate_limits_in_use
-- Which of these limits are in use.
select key
from rate_limits
where key = any(%(keys)s::bytea[]) and empty_at > %(now)s::timestamptz;

-- name: hold_rate_limits
-- Lock what is going to be changed, in the one order that everybody takes.
select key
from rate_limits
where key = any(%(keys)s::bytea[])
order by key
for update;

-- name: forget_rate_limit
-- Forget what was used of a limit.
delete from rate_limits
where key = %(key)s;

-- name: give_back_rate_limit
-- Give one use of a limit back.
update rate_limits
set empty_at = empty_at - make_interval(secs => %(leak)s)
where key = %(key)s;

-- name: keep_rate_limit
-- Mark a key as in use until a moment.
insert into rate_limits (key, empty_at, taken_at)
values (%(key)s, %(until)s::timestamptz, %(now)s::timestamptz)
on conflict (key) do update
set empty_at = excluded.empty_at, taken_at = excluded.taken_at;
