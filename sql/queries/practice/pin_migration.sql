-- What jobs do for learners after a publication, for some of them at a time.

-- name: pinned_learners
-- The next learners of a challenge, by id, whose pins were set before a publication; what they work on, whether something
-- of theirs waits for its verdict, and their best code. Of those whose best code was never noted the attempt is looked for.
select p.user_id, p.challenge_id, p.pinned_version_id, p.pinned_seq, p.total_attempts,
    coalesce(p.best_attempt_id, best.id) as best_attempt_id, coalesce(p.best_version_id, best.version_id) as best_version_id,
    p.best_code_hash, p.best_score,
    (
        select v.judged_hash from challenge_versions v where v.id = coalesce(p.best_version_id, best.version_id)
    ) as best_judged_hash,
    exists (
        select from challenge_attempts a
        where a.user_id = p.user_id and a.challenge_id = p.challenge_id and a.status in ('QUEUED', 'RUNNING')
    ) as waiting
from user_progress p
left join lateral (
    select a.id, a.version_id
    from attempts a
    where p.best_attempt_id is null and p.best_score is not null and a.user_id = p.user_id
        and a.challenge_id = p.challenge_id and a.score = p.best_score
    order by a.created_at desc, a.id desc
    limit 1
) best on true
where p.challenge_id = %(challenge_id)s and p.pinned_seq < %(seq)s
    and (%(above)s::uuid is null or p.user_id > %(above)s::uuid)
order by p.user_id
limit %(limit)s;

-- name: best_codes
-- The code of these attempts, given pairwise with learners; the moments that stand in the ids lead to their months.
select a.user_id, a.code_html, a.code_css, a.code_js
from unnest(%(user_ids)s::uuid[], %(ids)s::uuid[], %(moments)s::timestamptz[]) as wanted (user_id, id, at)
join attempts a on a.user_id = wanted.user_id and a.created_at = wanted.at and a.id = wanted.id;

-- name: note_best
-- The best code of a learner whose score is older than such notes.
update user_progress
set best_attempt_id = %(best_attempt_id)s, best_version_id = %(best_version_id)s, best_code_hash = %(best_code_hash)s
where user_id = %(user_id)s and challenge_id = %(challenge_id)s and best_attempt_id is null;

-- name: move_learner
-- Another version for a learner, unless they did something since it was looked: moved their pin, or submitted.
update user_progress
set pinned_version_id = %(version_id)s, pinned_seq = %(seq)s
where user_id = %(user_id)s and challenge_id = %(challenge_id)s and pinned_version_id = %(pinned_version_id)s
    and pinned_seq = %(pinned_seq)s and total_attempts = %(total_attempts)s;
