-- A sample of learners for trials and measurements, written by the worker.

-- name: tracks_beside
-- Tracks other than this one.
select id
from tracks
where slug <> %(slug)s;

-- name: sample_challenges
-- The live challenges of a track, in their order.
select n.id as challenge_id, v.id as version_id, v.tests
from challenge_nodes n
join tracks t on t.id = n.track_id
join modules m on m.id = n.module_id
join lessons l on l.id = n.lesson_id
join challenge_versions v on v.challenge_id = n.id and v.is_active
where t.slug = %(slug)s and n.shown
order by m.position, l.position, n.position, v.version;

-- name: sample_progress
-- What these learners' attempts at a track's challenges come to: progress, places on leaderboards, and enrolment.
with track as (
    select id from tracks where slug = %(slug)s
), mine as materialized (
    select user_id, challenge_id, created_at, id, version_id, number, status, score, graded_at
    from attempts
    where user_id = any(%(user_ids)s)
), counted as (
    select a.user_id, a.challenge_id, max(a.score) as best_score, count(*)::int as attempts, min(a.created_at) as began,
        max(a.created_at) as latest, (array_agg(a.version_id order by a.created_at))[1] as version_id,
        (array_agg(a.id order by a.created_at) filter (where a.status = 'PASSED'))[1] as completed_id,
        (array_agg(a.number order by a.created_at) filter (where a.status = 'PASSED'))[1] as completed_number,
        min(a.graded_at) filter (where a.status = 'PASSED') as completed_at
    from mine a
    where a.challenge_id in (select n.id from challenge_nodes n join track t on t.id = n.track_id)
    group by a.user_id, a.challenge_id
), progress as (
    insert into user_progress (user_id, challenge_id, status, best_score, total_attempts, started_at, last_attempt_at,
        pinned_version_id, pinned_seq, completed_at, completed_attempt_id, completed_version_id)
    select user_id, challenge_id, case when completed_id is null then 'IN_PROGRESS' else 'COMPLETED' end, best_score,
        attempts, began, latest, version_id,
        (select coalesce(max(r.seq), 0) from publication_records r where r.subject_id = challenge_id), completed_at,
        completed_id,
        case when completed_id is not null then version_id end
    from counted
    on conflict (user_id, challenge_id) do nothing
), entries as (
    insert into leaderboard_entries (user_id, challenge_id, best_score, completed_at, attempts)
    select user_id, challenge_id, 100, completed_at, completed_number
    from counted
    where completed_id is not null
    on conflict (user_id, challenge_id) do nothing
)
insert into user_enrollments (user_id, track_id, enrolled_at, completed_challenges, earned_points, last_completed_at)
select u.id, t.id, coalesce(min(c.began), u.created_at), count(c.completed_id)::int,
    coalesce(sum(v.points) filter (where c.completed_id is not null), 0)::int, max(c.completed_at)
from track t
join users u on u.id = any(%(user_ids)s)
left join counted c on c.user_id = u.id
left join challenge_versions v on v.id = c.version_id
group by u.id, u.created_at, t.id
on conflict (user_id, track_id) do nothing;
