-- Enrolments: which tracks a learner follows, and how far they are.

-- name: enroll
-- Begin a track; doing so again changes nothing.
insert into user_enrollments (user_id, track_id, enrolled_at)
values (%(user_id)s, %(track_id)s, %(at)s)
on conflict (user_id, track_id) do nothing;

-- name: enrollments_by_user_id
-- A learner's tracks that are shown, the last begun first.
select e.user_id, e.track_id, e.enrolled_at, e.completed_challenges, e.earned_points, e.last_completed_at
from user_enrollments e
join track_nodes t on t.id = e.track_id
where e.user_id = %(user_id)s and t.shown
order by e.enrolled_at desc, e.track_id;

-- name: enrollments_by_track_id
-- A learner's enrolments in these tracks.
select user_id, track_id, enrolled_at, completed_challenges, earned_points, last_completed_at
from user_enrollments
where user_id = %(user_id)s and track_id = any(%(track_ids)s);

-- name: enrollment_of_challenge
-- A learner's enrolment in the track that a challenge stands in.
select e.user_id, e.track_id, e.enrolled_at, e.completed_challenges, e.earned_points, e.last_completed_at
from user_enrollments e
where e.user_id = %(user_id)s
    and e.track_id = (select n.track_id from challenge_nodes n where n.id = %(challenge_id)s);

-- name: counted_challenges
-- The shown challenges of these tracks: what each is worth now, and when it came into its track.
select n.track_id, n.id as challenge_id, live.points, greatest(
        (select v.published_at from challenge_versions v where v.challenge_id = n.id and v.version = 1),
        (select min(r.at) from publication_records r where r.subject_id = n.module_id and r.published_after),
        (select min(r.at) from publication_records r where r.subject_id = n.lesson_id and r.published_after),
        (select max(r.at) from publication_records r
         where r.subject_id in (n.id, n.lesson_id, n.module_id)
            and split_part(r.place_before ->> 'path', '/', 1) <> split_part(r.place_after ->> 'path', '/', 1))
    ) as entered_at
from challenge_nodes n
cross join lateral (
    select v.points
    from challenge_versions v
    where v.challenge_id = n.id and v.is_active
    order by exists (
        select from experiments e
        where e.challenge_id = n.id and e.control_version_id = v.id and e.state = 'RUNNING'
    ) desc
    limit 1
) live
where n.track_id = any(%(track_ids)s) and n.shown;
