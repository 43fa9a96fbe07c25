-- Attempts: submitted with their learner's counters in one statement, graded with everything that follows in another.

-- name: submit
-- An attempt at the version that the learner works on; no row back means that another version was meant, or that the pin is
-- no longer the one that was read. A pin that leads to another version is moved there.
with progress as (
    insert into user_progress (user_id, challenge_id, status, total_attempts, started_at, last_attempt_at, pinned_version_id,
        pinned_seq)
    values (%(user_id)s, %(challenge_id)s, 'IN_PROGRESS', 1, %(at)s, %(at)s, %(version_id)s, %(seq)s)
    on conflict (user_id, challenge_id) do update set
        total_attempts = user_progress.total_attempts + 1,
        last_attempt_at = greatest(user_progress.last_attempt_at, excluded.last_attempt_at),
        pinned_version_id = excluded.pinned_version_id,
        pinned_seq = case
            when user_progress.pinned_version_id = excluded.pinned_version_id then user_progress.pinned_seq
            else excluded.pinned_seq
        end
    -- Whoever had begun nothing is content with a beginning of their own that came first.
    where user_progress.pinned_version_id = coalesce(%(pinned_version_id)s::uuid, excluded.pinned_version_id)
        and user_progress.pinned_seq = coalesce(%(pinned_seq)s::bigint, user_progress.pinned_seq)
    returning total_attempts
)
insert into challenge_attempts (user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js,
    code_hash, status)
select %(user_id)s, %(at)s, %(id)s, %(challenge_id)s, %(version_id)s, total_attempts, %(html)s, %(css)s, %(js)s,
    %(code_hash)s, 'QUEUED'
from progress;

-- name: waiting_attempts
-- How many attempts of a learner at a challenge wait for their verdict, of those of the last day.
select count(*)::int as number
from challenge_attempts
where user_id = %(user_id)s and challenge_id = %(challenge_id)s and created_at > %(since)s
    and status in ('QUEUED', 'RUNNING');

-- name: begin_judging
-- An attempt is being judged from now on; one that had come to no score is tried from the beginning. No row back means that
-- it has its verdict.
update challenge_attempts
set status = 'RUNNING',
    tries = case when status in ('ERROR', 'INCONCLUSIVE') then 0 else tries end,
    failures = case when status in ('ERROR', 'INCONCLUSIVE') then 0 else failures end
where user_id = %(user_id)s and created_at = %(created_at)s and id = %(id)s
    and status in ('QUEUED', 'RUNNING', 'ERROR', 'INCONCLUSIVE')
returning tries, failures;

-- name: count_tries
-- What was tried in vain; the attempt waits again.
update challenge_attempts
set status = 'QUEUED', tries = tries + %(tries)s, failures = failures + %(failures)s
where user_id = %(user_id)s and created_at = %(created_at)s and id = %(id)s and status in ('QUEUED', 'RUNNING')
returning tries, failures;

-- name: queue_again
-- An attempt without a verdict waits for one again, as it did when it was submitted; of the moments at which that was asked
-- for the last few are kept. No row changes when it waits or has a verdict, and when all of those are too recent.
update challenge_attempts
set status = 'QUEUED', results = null, run_status = null, page_errors = null, graded_at = null, graded_by = null,
    tries = 0, failures = 0,
    rejudged_at = rejudged_at[greatest(cardinality(rejudged_at) - %(most)s::int + 2, 1):] || %(at)s::timestamptz
where user_id = %(user_id)s and created_at = %(created_at)s and id = %(id)s and status in ('ERROR', 'INCONCLUSIVE')
    and (cardinality(rejudged_at) < %(most)s::int
        or rejudged_at[cardinality(rejudged_at) - %(most)s::int + 1] <= %(since)s::timestamptz);

-- name: hold_for_verdict
-- What a verdict changes beside the attempt, held in the order of all writers: progress, then enrolment. The statement that
-- records it comes after, so that it sees what was archived or counted anew while this one waited.
select e.user_id as id
from user_enrollments e
where e.user_id = (
        select p.user_id
        from user_progress p
        where p.user_id = %(user_id)s and p.challenge_id = %(challenge_id)s
        for update
    )
    and e.track_id = (select n.track_id from challenge_nodes n where n.id = %(challenge_id)s)
for update;

-- name: record_verdict
-- A verdict with all that follows from it; no row back means that the attempt has one already.
with graded as (
    update challenge_attempts
    set status = %(status)s, score = %(score)s, results = %(results)s, run_status = %(run_status)s,
        page_errors = %(page_errors)s, graded_at = %(at)s, graded_by = %(graded_by)s
    where user_id = %(user_id)s and created_at = %(created_at)s and id = %(id)s
        and status in ('QUEUED', 'RUNNING', 'ERROR', 'INCONCLUSIVE')
    returning user_id, challenge_id, id, version_id, number
), progress as (
    update user_progress p
    set best_score = greatest(p.best_score, %(score)s),
        best_attempt_id = case when %(score)s >= coalesce(p.best_score, 0) then g.id else p.best_attempt_id end,
        best_version_id = case when %(score)s >= coalesce(p.best_score, 0) then g.version_id else p.best_version_id end,
        best_code_hash = case when %(score)s >= coalesce(p.best_score, 0) then %(code_hash)s else p.best_code_hash end,
        status = case when %(status)s = 'PASSED' then 'COMPLETED' else p.status end,
        completed_at = coalesce(p.completed_at, case when %(status)s = 'PASSED' then %(at)s::timestamptz end),
        completed_attempt_id = coalesce(p.completed_attempt_id, case when %(status)s = 'PASSED' then g.id end),
        completed_version_id = coalesce(p.completed_version_id, case when %(status)s = 'PASSED' then g.version_id end)
    from graded g
    where p.user_id = %(user_id)s and p.challenge_id = g.challenge_id
    -- Decided under the row's lock: from the statement's snapshot several verdicts at once would all be the first.
    returning p.user_id, p.challenge_id, p.completed_at, p.completed_version_id, g.number,
        p.completed_attempt_id = %(id)s as newly_completed
), enrollment as (
    update user_enrollments e
    set completed_challenges = e.completed_challenges + n.shown::int,
        earned_points = e.earned_points + v.points,
        last_completed_at = greatest(e.last_completed_at, p.completed_at)
    from progress p
    join challenge_nodes n on n.id = p.challenge_id
    join challenge_versions v on v.id = p.completed_version_id
    where p.newly_completed and e.user_id = %(user_id)s and e.track_id = n.track_id
), entry as (
    insert into leaderboard_entries (user_id, challenge_id, best_score, completed_at, attempts)
    select user_id, challenge_id, 100, completed_at, number
    from progress
    where newly_completed
    on conflict (user_id, challenge_id) do nothing
)
select id from graded;

-- name: attempts_by_id
-- A learner's attempts of these ids; the moments that stand in the ids lead to their months.
select a.user_id, a.created_at, a.id, a.challenge_id, a.version_id, a.number, a.code_html, a.code_css, a.code_js, a.status,
    a.score, a.results, a.graded_at, a.run_status, a.page_errors, a.rejudged_at, a.code_hash
from unnest(%(ids)s::uuid[], %(moments)s::timestamptz[]) as wanted (id, at)
join attempts a on a.user_id = %(user_id)s and a.created_at = wanted.at and a.id = wanted.id;

-- name: attempts_of_challenge
-- A page of a learner's attempts at a challenge, newest first.
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, run_status, page_errors, rejudged_at, code_hash
from attempts
where user_id = %(user_id)s and challenge_id = %(challenge_id)s
    and (created_at, id) < (%(at)s::timestamptz, %(id)s::uuid)
order by created_at desc, id desc
limit %(limit)s;

-- name: attempts_of_all
-- A page of all of a learner's attempts, newest first.
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, run_status, page_errors, rejudged_at, code_hash
from attempts
where user_id = %(user_id)s and (created_at, id) < (%(at)s::timestamptz, %(id)s::uuid)
order by created_at desc, id desc
limit %(limit)s;

-- name: notify_graded
-- Tell whoever waits for this attempt, when this transaction commits.
select pg_notify('palimpsest_attempts', %(id)s::uuid::text);
