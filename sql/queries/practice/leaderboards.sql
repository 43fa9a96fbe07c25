-- Leaderboards: the one thing about learners that everybody may read.

-- name: leaderboard_page
-- A challenge's best after the given key: by score, then earlier completion, then fewer attempts; whoever hides is left out.
-- Entries are walked in the index's order and people looked up one by one: "offset 0" keeps the planner from reading all
-- people, or all entries, to sort them.
select l.user_id, u.display_name, u.avatar_url, l.best_score, l.completed_at, l.attempts
from leaderboard_entries l
cross join lateral (
    select display_name, avatar_url
    from users
    where id = l.user_id and not hide_from_leaderboards and suspended_at is null
    offset 0
) u
where l.challenge_id = %(challenge_id)s
    and (-l.best_score, l.completed_at, l.attempts, l.user_id)
        > (%(score)s::int, %(at)s::timestamptz, %(attempts)s::int, %(user_id)s::uuid)
order by -l.best_score, l.completed_at, l.attempts, l.user_id
limit %(limit)s;
