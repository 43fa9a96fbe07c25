-- Taking learners' counts anew after the tree changed; run by the worker, for some learners at a time.

-- name: enrolled_learners
-- The next learners of a track, by id.
select user_id
from user_enrollments
where track_id = %(track_id)s and (%(above)s::uuid is null or user_id > %(above)s::uuid)
order by user_id
limit %(limit)s;

-- name: hold_enrollments
-- These learners' enrolments, held: a verdict that comes meanwhile counts on top of what is counted here.
select user_id
from user_enrollments
where user_id = any(%(user_ids)s) and track_id = %(track_id)s
order by user_id
for update;

-- name: recount
-- How many shown challenges of a track these learners have completed.
update user_enrollments e
set completed_challenges = coalesce(counted.completed, 0)
from unnest(%(user_ids)s::uuid[]) as wanted (user_id)
left join lateral (
    select count(*)::int as completed
    from challenge_nodes n
    join user_progress p on p.user_id = wanted.user_id and p.challenge_id = n.id
    where n.track_id = %(track_id)s and n.shown and p.status = 'COMPLETED'
) counted on true
where e.user_id = wanted.user_id and e.track_id = %(track_id)s
    and e.completed_challenges <> coalesce(counted.completed, 0);
