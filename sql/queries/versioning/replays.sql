-- Replays: wishes to see what a draft's tests make of learners' work, and what came of them.

-- name: insert_replay
-- A wish for a replay.
insert into replays (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks, libraries,
    declared_names, against_version_id, against_judged_hash, seed, most, state)
values (%(id)s, %(challenge_id)s, %(requested_by)s, %(at)s, %(content_hash)s, %(judged_hash)s, %(tests)s, %(hooks)s,
    %(libraries)s, %(declared_names)s, %(against_version_id)s, %(against_judged_hash)s, %(seed)s, %(most)s, 'QUEUED');

-- name: replays_by_id
-- The replays of these ids.
select id, challenge_id, requested_at, content_hash, judged_hash, against_version_id, against_judged_hash, seed, most,
    state, finished_at, pinned, in_progress, completed, solved, found, total, done, still_pass, broken,
    broken_learners, newly_pass, unknown, breaks
from replays
where id = any(%(ids)s);

-- name: newest_replay
-- The last replay of a draft's tests against those that are live.
select id, challenge_id, requested_at, content_hash, judged_hash, against_version_id, against_judged_hash, seed, most,
    state, finished_at, pinned, in_progress, completed, solved, found, total, done, still_pass, broken,
    broken_learners, newly_pass, unknown, breaks
from replays
where challenge_id = %(challenge_id)s and judged_hash = %(judged_hash)s and against_judged_hash = %(against_judged_hash)s
order by requested_at desc
limit 1;

-- name: finished_replays
-- The last finished replay of each of these drafts' tests against those that are live, of the last days; the challenges and
-- the hashes are given one by one.
select r.id, r.challenge_id, r.requested_at, r.content_hash, r.judged_hash, r.against_version_id, r.against_judged_hash,
    r.seed, r.most, r.state, r.finished_at, r.pinned, r.in_progress, r.completed, r.solved, r.found, r.total, r.done,
    r.still_pass, r.broken, r.broken_learners, r.newly_pass, r.unknown, r.breaks
from unnest(%(challenge_ids)s::uuid[], %(judged_hashes)s::text[], %(against)s::text[])
    as wanted (challenge_id, judged_hash, against_judged_hash)
cross join lateral (
    select l.id
    from replays l
    where l.challenge_id = wanted.challenge_id and l.judged_hash = wanted.judged_hash
        and l.against_judged_hash = wanted.against_judged_hash
        and l.state = 'FINISHED' and l.requested_at > now() - make_interval(days => %(days)s)
    order by l.requested_at desc
    limit 1
) newest
join replays r on r.id = newest.id;

-- name: replay_under_way
-- The replay that waits or runs for these tests, with this seed and size where they are given.
select id
from replays
where challenge_id = %(challenge_id)s and judged_hash = %(judged_hash)s and against_judged_hash = %(against_judged_hash)s
    and state in ('QUEUED', 'RUNNING')
    and (%(seed)s::int is null or seed = %(seed)s::int) and (%(most)s::int is null or most = %(most)s::int)
order by requested_at
limit 1;

-- name: replays_waiting
-- How many replays are not over.
select count(*)::int as number from replays where state in ('QUEUED', 'RUNNING');

-- name: unfinished_replays
-- Of these replays those that are not over.
select id from replays where id = any(%(ids)s) and state in ('QUEUED', 'RUNNING');

-- name: learners_of_challenges
-- How many learners these challenges have, each with the tests that are live, as a whole and by how far they are.
select wanted.challenge_id, l.pinned, l.in_progress, l.completed, l.solved
from unnest(%(challenge_ids)s::uuid[], %(judged_hashes)s::text[]) as wanted (challenge_id, judged_hash)
cross join lateral learners_of_challenge(wanted.challenge_id, wanted.judged_hash) l;

-- name: begin_step
-- Go on with a replay, also again when its worker died; no row back when it is over, or when this step is done.
update replays
set state = 'RUNNING', started_at = coalesce(started_at, %(at)s)
where id = %(id)s and step = %(step)s and state in ('QUEUED', 'RUNNING')
returning id, challenge_id, judged_hash, against_judged_hash, seed, most, total, tests, hooks, libraries,
    declared_names;

-- name: next_step
-- This step of a replay is done; no row back when the replay is over.
update replays
set step = step + 1
where id = %(id)s and step = %(step)s and state = 'RUNNING'
returning id;

-- name: versions_judged_alike
-- The versions of a challenge that have these tests.
select id from challenge_versions where challenge_id = %(challenge_id)s and judged_hash = %(judged_hash)s;

-- name: insert_item
-- One attempt to run.
insert into replay_items (replay_id, ordinal, kind, code_hash, learners, user_id, created_at, attempt_id)
values (%(replay_id)s, %(ordinal)s, %(kind)s, %(code_hash)s, %(learners)s, %(user_id)s, %(created_at)s, %(attempt_id)s);

-- name: chosen
-- What a replay will run was chosen; no row back when it was chosen already, or the replay is over.
update replays r
set total = %(total)s, found = %(found)s, pinned = l.pinned, in_progress = l.in_progress, completed = l.completed,
    solved = l.solved
from learners_of_challenge(%(challenge_id)s, %(against_judged_hash)s) l
where r.id = %(id)s and r.total is null and r.state = 'RUNNING'
returning r.id;

-- name: items_to_run
-- The next attempts of a replay that nothing is known of yet.
select ordinal, code_hash, user_id, created_at, attempt_id, tries
from replay_items
where replay_id = %(replay_id)s and outcome is null
order by ordinal
limit %(limit)s;

-- name: mark_item
-- What an attempt came to, once.
update replay_items
set outcome = %(outcome)s, failed = %(failed)s
where replay_id = %(replay_id)s and ordinal = %(ordinal)s and outcome is null;

-- name: try_item_again
-- The machine could not tell of an attempt.
update replay_items
set tries = tries + 1
where replay_id = %(replay_id)s and ordinal = %(ordinal)s and outcome is null;

-- name: tally
-- The counts of a replay, taken anew from its attempts.
update replays r
set done = t.done, still_pass = t.still_pass, broken = t.broken, broken_learners = t.broken_learners,
    newly_pass = t.newly_pass, unknown = t.unknown, breaks = coalesce(b.breaks, '[]')
from (
    select count(outcome)::int as done,
        count(*) filter (where kind = 'ACCEPTED' and outcome = 'PASSED')::int as still_pass,
        count(*) filter (where kind = 'ACCEPTED' and outcome = 'FAILED')::int as broken,
        coalesce(sum(learners) filter (where kind = 'ACCEPTED' and outcome = 'FAILED'), 0)::int as broken_learners,
        count(*) filter (where kind = 'WRONG' and outcome = 'PASSED')::int as newly_pass,
        count(*) filter (where kind = 'ACCEPTED' and outcome = 'UNKNOWN')::int as unknown
    from replay_items
    where replay_id = %(id)s
) t
cross join (
    select jsonb_agg(jsonb_build_object('id', id, 'breaks', breaks) order by place) as breaks
    from (
        select test.value ->> 'id' as id, test.ordinality as place, count(*) as breaks
        from replays own
        cross join lateral jsonb_array_elements(own.tests) with ordinality as test (value, ordinality)
        join replay_items i on i.replay_id = own.id and i.kind = 'ACCEPTED' and i.outcome = 'FAILED'
            and (test.value ->> 'id') = any(i.failed)
        where own.id = %(id)s
        group by 1, 2
    ) each
) b
where r.id = %(id)s;

-- name: end_replay
-- End a replay that is not over.
update replays
set state = %(state)s, finished_at = %(at)s
where id = %(id)s and state in ('QUEUED', 'RUNNING');

-- name: notify_replay
-- Tell whoever watches this replay, when this transaction commits.
select pg_notify('palimpsest_replays', %(id)s::uuid::text);

-- name: replay_samples
-- Code that is broken, and code that newly passes, of these replays; whose it is is not said.
select wanted.id as replay_id, s.kind, s.code_hash, s.learners, s.html, s.css, s.js
from unnest(%(ids)s::uuid[]) as wanted (id)
cross join lateral replay_samples(wanted.id, %(most)s) s;

-- name: delete_old_items
-- What replays ran that nobody looks at any more.
delete from replay_items
where replay_id in (
    select id from replays where requested_at <= %(before)s and state not in ('QUEUED', 'RUNNING')
);

-- name: delete_old_replays
-- Wishes that nobody looks at any more.
delete from replays
where requested_at <= %(before)s and state not in ('QUEUED', 'RUNNING');

-- name: replays_without_job
-- Replays that are not over though no job does them: it was lost, or could not end them when it failed.
select r.id
from replays r
where r.state in ('QUEUED', 'RUNNING') and r.requested_at < %(before)s
    and not exists (
        select from jobs.procrastinate_jobs j
        where j.task_name = 'replays:replay' and j.status in ('todo', 'doing') and j.args ->> 'replay_id' = r.id::text
    )
order by r.requested_at
limit %(limit)s;
