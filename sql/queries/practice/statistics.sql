-- Counts for authors, as they were when they were last taken.

-- name: track_statistics
-- A track's counts.
select track_id, total_challenges, average_minutes, enrolled_users, refreshed_at
from mv_track_statistics
where track_id = %(track_id)s;

-- name: challenge_statistics
-- The counts of a track's challenges, those that most learners fail to complete first.
select challenge_id, total_users, completed_users,
    round(100.0 * completed_users / nullif(total_users, 0), 2)::float8 as completion_rate,
    average_score, average_attempts
from mv_challenge_statistics
where track_id = %(track_id)s
order by completion_rate nulls last, challenge_id;

-- name: refresh_track_statistics
-- Count tracks anew; readers see the old counts until then.
refresh materialized view concurrently mv_track_statistics;

-- name: refresh_challenge_statistics
-- Count challenges anew; readers see the old counts until then.
refresh materialized view concurrently mv_challenge_statistics;
