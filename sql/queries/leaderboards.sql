-- Leaderboards: the one thing about learners that everybody may read.

-- name: leaderboard_page
-- A challenge's best after the given key: by score, then earlier completion, then fewer attempts; whoever hides is left out.
select l.user_id, u.display_name, u.avatar_url, l.best_score, l.completed_at, l.attempts
from leaderboard_entries l
join users u on u.id = l.user_id
where l.challenge_id = %(challenge_id)s and not u.hide_from_leaderboards and u.suspended_at is null
    and (-l.best_score, l.completed_at, l.attempts, l.user_id)
        > (%(score)s::int, %(at)s::timestamptz, %(attempts)s::int, %(user_id)s::uuid)
order by -l.best_score, l.completed_at, l.attempts, l.user_id
limit %(limit)s;
