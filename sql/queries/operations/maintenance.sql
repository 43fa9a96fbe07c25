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
