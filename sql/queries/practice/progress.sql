-- A learner's progress in challenges.

-- name: begin_challenge
-- The first row of a learner for a challenge, pinned to a version; one that is there stays as it is.
insert into user_progress (user_id, challenge_id, status, started_at, pinned_version_id, pinned_seq)
values (%(user_id)s, %(challenge_id)s, 'IN_PROGRESS', %(at)s, %(version_id)s, %(seq)s)
on conflict (user_id, challenge_id) do nothing;

-- name: move_pin
-- Another version for a learner to work on, unless the pin was moved meanwhile.
update user_progress
set pinned_version_id = %(version_id)s, pinned_seq = %(seq)s
where user_id = %(user_id)s and challenge_id = %(challenge_id)s and pinned_version_id = %(pinned_version_id)s
    and pinned_seq = %(pinned_seq)s;

-- name: progress_by_challenge_id
-- A learner's progress in these challenges, with what took the place of versions since their pins were set.
select user_id, challenge_id, status, best_score, total_attempts, started_at, last_attempt_at, pinned_version_id, pinned_seq,
    completed_at, completed_version_id, best_version_id, best_code_hash,
    (
        select json_agg(json_build_array(s.from_version_id, s.to_version_id, s.seq) order by s.seq)
        from version_successions s
        where s.challenge_id = user_progress.challenge_id and s.seq > user_progress.pinned_seq
    ) as successions
from user_progress
where user_id = %(user_id)s and challenge_id = any(%(challenge_ids)s);

-- name: progress_page
-- A page of a learner's progress, the last begun first, of one status or all.
select user_id, challenge_id, status, best_score, total_attempts, started_at, last_attempt_at, pinned_version_id, pinned_seq,
    completed_at, completed_version_id, best_version_id, best_code_hash,
    (
        select json_agg(json_build_array(s.from_version_id, s.to_version_id, s.seq) order by s.seq)
        from version_successions s
        where s.challenge_id = user_progress.challenge_id and s.seq > user_progress.pinned_seq
    ) as successions
from user_progress
where user_id = %(user_id)s
    and (%(status)s::text is null or status = %(status)s::text)
    and (%(at)s::timestamptz is null or started_at < %(at)s::timestamptz
        or (started_at = %(at)s::timestamptz and challenge_id > %(challenge_id)s::uuid))
order by started_at desc, challenge_id
limit %(limit)s;

-- name: versions_within_reach
-- Of these versions those whose challenges a learner has begun: the pin, with what took the place of versions since, and
-- whether they have completed the version or submitted work for it.
select v.id, p.pinned_version_id, p.pinned_seq,
    (
        select json_agg(json_build_array(s.from_version_id, s.to_version_id, s.seq) order by s.seq)
        from version_successions s
        where s.challenge_id = p.challenge_id and s.seq > p.pinned_seq
    ) as successions,
    v.id is not distinct from p.completed_version_id or exists (
        select from attempts a
        where a.user_id = %(user_id)s and a.challenge_id = v.challenge_id and a.version_id = v.id
    ) as tried
from challenge_versions v
join user_progress p on p.user_id = %(user_id)s and p.challenge_id = v.challenge_id
where v.id = any(%(version_ids)s);

-- name: begun_archived_challenges
-- Of these challenges those that are archived in a place that is shown, and that a learner has progress in.
select n.id
from challenge_nodes n
join user_progress p on p.challenge_id = n.id
where p.user_id = %(user_id)s and n.id = any(%(challenge_ids)s) and n.deleted_at is not null and n.ancestors_shown;

-- name: begun_archived_challenge_at
-- The archived challenge in a shown place whose present address this is, for a learner who has progress in it.
select n.id, n.lesson_id, n.slug, n.position, n.state, n.path, n.shown
from user_progress p
join challenge_nodes n on n.id = p.challenge_id
where p.user_id = %(user_id)s and n.deleted_at is not null and n.ancestors_shown and n.path = %(path)s;
