-- Upkeep, run by the worker: vacuuming, indexes, and what nobody can use any more.

-- name: vacuum_attempts
-- Free what is dead in the attempts, and learn how they are spread.
vacuum (analyze) challenge_attempts;

-- name: vacuum_progress
-- The same for progress.
vacuum (analyze) user_progress;

-- name: vacuum_enrollments
-- The same for enrolments.
vacuum (analyze) user_enrollments;

-- name: vacuum_leaderboards
-- The same for leaderboards.
vacuum (analyze) leaderboard_entries;

-- name: vacuum_notices
-- The same for notices.
vacuum (analyze) notices;

-- name: vacuum_versions
-- The same for versions.
vacuum (analyze) challenge_versions;

-- name: vacuum_users
-- The same for people.
vacuum (analyze) users;

-- name: analyze_archive
-- Learn how archived attempts are spread; nothing in them dies.
analyze challenge_attempts_archive;

-- name: reindex_attempts
-- Make the indexes of attempts anew beside the old ones, month by month.
reindex table concurrently challenge_attempts;

-- name: reindex_progress
-- The same for progress.
reindex table concurrently user_progress;

-- name: reindex_enrollments
-- The same for enrolments.
reindex table concurrently user_enrollments;

-- name: reindex_leaderboards
-- The same for leaderboards.
reindex table concurrently leaderboard_entries;

-- name: reindex_notices
-- The same for notices.
reindex table concurrently notices;

-- name: delete_expired_sessions
-- Sessions that nobody can use any more.
delete from sessions
where expires_at <= %(now)s;

-- name: delete_old_idempotency_keys
-- Keys under which a repeated mutation is no longer recognised.
delete from idempotency_keys
where created_at <= %(before)s;

-- name: delete_unused_rate_limits
-- Limits of which nothing is used any more.
delete from rate_limits
where empty_at <= %(now)s;

-- name: delete_old_verdicts
-- Some old verdicts under tests that no version (so no attempt), draft, release, kept run or kept replay has.
delete from verdicts
where (judged_hash, code_hash, protocol, engine) in (
    select v.judged_hash, v.code_hash, v.protocol, v.engine
    from verdicts v
    where v.made_at < %(before)s
        and not exists (select from challenge_versions x where x.judged_hash = v.judged_hash)
        and not exists (select from challenges x where x.judged_hash = v.judged_hash)
        and not exists (select from release_items x where x.judged_hash = v.judged_hash)
        and not exists (select from runs x where x.judged_hash = v.judged_hash)
        and not exists (select from replays x where x.judged_hash = v.judged_hash)
    limit %(limit)s
);

-- name: delete_ended_jobs
-- Some jobs that ended without success, of which nothing happened since.
delete from jobs.procrastinate_jobs
where id in (
    select j.id
    from jobs.procrastinate_jobs j
    where j.status in ('failed', 'aborted', 'cancelled')
        and not exists (select from jobs.procrastinate_events e where e.job_id = j.id and e.at >= %(before)s)
    limit %(limit)s
);

-- name: wait_briefly
-- Let no lock be waited for longer than this in the transaction: others wait behind whoever waits.
select set_config('lock_timeout', '300ms', true) as value;

-- name: lock_solutions
-- Nobody stores a solution until this transaction ends, and nobody is about to refer to one that was there.
lock table solutions in share row exclusive mode;

-- name: delete_unused_solutions
-- Some reference solutions that nothing refers to.
delete from solutions
where hash in (
    select s.hash
    from solutions s
    where not exists (select from challenges x where x.solution_hash = s.hash)
        and not exists (select from challenge_versions x where x.solution_hash = s.hash)
        and not exists (select from draft_history x where x.solution_hash = s.hash)
        and not exists (select from release_items x where x.solution_hash = s.hash)
        and not exists (select from runs x where x.solution_hash = s.hash)
    limit %(limit)s
);
