-- Runs in the sandbox: wishes, verdicts, and who has a browser.

-- name: insert_run
-- A wish to see texts run.
insert into runs (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks, libraries,
    starter_html, starter_css,
    starter_js, starter_code_hash, solution_hash, solution_code_hash, pictures, state)
values (%(id)s, %(challenge_id)s, %(requested_by)s, %(at)s, %(content_hash)s, %(judged_hash)s, %(tests)s, %(hooks)s,
    %(libraries)s, %(starter_html)s,
    %(starter_css)s, %(starter_js)s, %(starter_code_hash)s, %(solution_hash)s, %(solution_code_hash)s, %(pictures)s,
    'QUEUED');

-- name: runs_by_id
-- The runs of these ids.
select id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks, libraries, starter_html,
    starter_css, starter_js,
    starter_code_hash, solution_hash, solution_code_hash, pictures, state
from runs
where id = any(%(ids)s);

-- name: run_under_way
-- The run that waits for these texts, or runs them.
select id
from runs
where content_hash = %(content_hash)s and pictures = %(pictures)s and state in ('QUEUED', 'RUNNING')
order by requested_at
limit 1;

-- name: unfinished_runs
-- Of these runs those that are not over.
select id
from runs
where id = any(%(ids)s) and state in ('QUEUED', 'RUNNING');

-- name: failed_run
-- One of these runs that came to no verdict.
select id
from runs
where id = any(%(ids)s) and state = 'FAILED'
order by id
limit 1;

-- name: published_texts
-- Of these texts those that some version says already.
select distinct content_hash
from challenge_versions
where content_hash = any(%(hashes)s);

-- name: is_crowded
-- Whether so many runs wait, of those that somebody looks at or of those of trees.
select exists (
    select from runs where state in ('QUEUED', 'RUNNING') and pictures = %(pictures)s offset %(most)s - 1 limit 1
) as there;

-- name: begin_run
-- Begin a run, also again when its worker died; no row back when it was cancelled or is over.
update runs
set state = 'RUNNING', started_at = %(at)s
where id = %(id)s and state in ('QUEUED', 'RUNNING')
returning id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks, libraries,
    starter_html, starter_css,
    starter_js, starter_code_hash, solution_hash, solution_code_hash, pictures, state;

-- name: end_run
-- End a run that is not over.
update runs
set state = %(state)s, finished_at = %(at)s
where id = %(id)s and state in ('QUEUED', 'RUNNING');

-- name: count_run_tries
-- What was tried of a run in vain.
update runs
set tries = tries + %(tries)s
where id = %(id)s and state in ('QUEUED', 'RUNNING')
returning tries;

-- name: runs_in_vain
-- The last run of each of these texts that came to no verdict.
select distinct on (content_hash) content_hash, tries
from runs
where content_hash = any(%(hashes)s) and state = 'FAILED'
order by content_hash, requested_at desc;

-- name: notify_run
-- Tell whoever watches this run, when this transaction commits.
select pg_notify('palimpsest_runs', %(id)s::uuid::text);

-- name: delete_old_runs
-- Wishes that nobody looks at any more; what came of them stays.
delete from runs
where requested_at <= %(before)s and state not in ('QUEUED', 'RUNNING');

-- name: verdicts_by_key
-- The latest verdicts of these pairs of tests and code, under a protocol, by whatever browser.
select distinct on (v.judged_hash, v.code_hash) v.judged_hash, v.code_hash, v.engine, v.protocol, v.status, v.passed,
    v.tests,
    v.console, v.page_errors, v.errors, v.blocked, v.ms, v.confirmed, v.screenshot is not null as has_screenshot, v.made_at
from unnest(%(judged_hashes)s::text[], %(code_hashes)s::text[]) as wanted (judged_hash, code_hash)
join verdicts v on v.judged_hash = wanted.judged_hash and v.code_hash = wanted.code_hash and v.protocol = %(protocol)s
order by v.judged_hash, v.code_hash, v.made_at desc;

-- name: verdict_by_engine
-- The verdict of this very browser.
select judged_hash, code_hash, engine, protocol, status, passed, tests, console, page_errors, errors, blocked, ms, confirmed,
    screenshot is not null as has_screenshot, made_at
from verdicts
where judged_hash = %(judged_hash)s and code_hash = %(code_hash)s and engine = %(engine)s and protocol = %(protocol)s;

-- name: screenshot
-- The picture of a page, if one was taken.
select screenshot
from verdicts
where judged_hash = %(judged_hash)s and code_hash = %(code_hash)s and protocol = %(protocol)s and screenshot is not null
order by made_at desc
limit 1;

-- name: put_verdict
-- A verdict in the place of an earlier one of the same browser and protocol; a row back is the latest verdict of another
-- browser or protocol, where that one said the opposite.
with before as (
    select v.passed, v.engine, v.protocol, v.made_at
    from verdicts v
    where v.judged_hash = %(judged_hash)s and v.code_hash = %(code_hash)s
    order by v.made_at desc
    limit 1
), kept as (
    insert into verdicts (judged_hash, code_hash, engine, protocol, status, passed, tests, console, page_errors, errors,
        blocked, ms, confirmed, screenshot, made_at)
    values (%(judged_hash)s, %(code_hash)s, %(engine)s, %(protocol)s, %(status)s, %(passed)s, %(tests)s, %(console)s,
        %(page_errors)s, %(errors)s, %(blocked)s, %(ms)s, %(confirmed)s, %(screenshot)s, %(at)s)
    on conflict (judged_hash, code_hash, protocol, engine) do update set
        status = excluded.status, passed = excluded.passed, tests = excluded.tests, console = excluded.console,
        page_errors = excluded.page_errors, errors = excluded.errors, blocked = excluded.blocked, ms = excluded.ms,
        confirmed = excluded.confirmed, screenshot = coalesce(excluded.screenshot, verdicts.screenshot),
        made_at = excluded.made_at
    returning passed, engine, protocol
)
select before.passed, before.engine, before.protocol, before.made_at
from before
cross join kept
where before.passed <> kept.passed and (before.engine, before.protocol) <> (kept.engine, kept.protocol);

-- name: expect_runner
-- A worker that starts and counts as there for some seconds, until it has a browser.
insert into runners (id, protocol, seen_at, expected_until)
values (%(id)s, %(protocol)s, now(), now() + make_interval(secs => %(seconds)s))
on conflict (id) do update set
    engine = null, isolation = null, seen_at = excluded.seen_at, expected_until = excluded.expected_until;

-- name: see_runner
-- A worker's sign of life, with its browser.
insert into runners (id, engine, protocol, isolation, seen_at)
values (%(id)s, %(engine)s, %(protocol)s, %(isolation)s, now())
on conflict (id) do update set
    engine = excluded.engine, isolation = excluded.isolation, seen_at = excluded.seen_at, expected_until = null;

-- name: notify_runners
-- A signal that a worker got its browser, or gets none.
select pg_notify('palimpsest_runners', '');

-- name: forget_runner
-- A worker that ends, and those that have not been seen for a day.
delete from runners
where id = %(id)s or seen_at < now() - interval '1 day';

-- name: runner
-- The worker with a browser that was seen last, if it is alive; without one, a worker that starts.
select engine, protocol, isolation, seen_at, extract(epoch from expected_until - now())::float8 as expected_seconds
from runners
where protocol = %(protocol)s
    and case when expected_until is null then seen_at > now() - interval '30 seconds' else expected_until > now() end
order by expected_until desc nulls first, seen_at desc
limit 1;

-- name: runs_without_job
-- Runs that are not over though no job does them: it was lost, or could not end them when it failed.
select r.id
from runs r
where r.state in ('QUEUED', 'RUNNING') and r.requested_at < %(before)s
    and not exists (
        select from jobs.procrastinate_jobs j
        where j.task_name = 'runs:run' and j.status in ('todo', 'doing') and j.args ->> 'run_id' = r.id::text
    )
order by r.requested_at
limit %(limit)s;
