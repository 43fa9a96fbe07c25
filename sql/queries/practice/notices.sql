-- What learners are told of the versions of what they work on.

-- name: notices_page
-- A page of what a learner is told and has not put away, newest first. What a later publication made untrue is left out
-- at once; the job that follows it tells anew. Versions that others took the place of come with those.
select n.user_id, n.challenge_id, n.id, n.seq, n.kind, n.from_version_id, n.to_version_id, n.created_at, n.seen_at,
    m.reason, p.best_version_id, p.best_code_hash, p.best_score, p.completed_version_id,
    (
        select json_agg(json_build_array(s.from_version_id, s.to_version_id, s.seq) order by s.seq)
        from version_successions s
        where s.challenge_id = n.challenge_id and s.seq > n.seq
    ) as successions
from notices n
join user_progress p on p.user_id = %(user_id)s and p.challenge_id = n.challenge_id
left join version_migrations m on m.challenge_id = n.challenge_id and m.seq = n.seq
where n.user_id = %(user_id)s and n.seen_at is null and n.id < %(before)s and not exists (
        select from version_migrations later
        where later.challenge_id = n.challenge_id and later.seq > n.seq and later.policy <> 'CARRY'
    )
order by n.id desc
limit %(limit)s;

-- name: notices_by_id
-- What a learner was told, by the ids of it.
select n.user_id, n.challenge_id, n.id, n.seq, n.kind, n.from_version_id, n.to_version_id, n.created_at, n.seen_at,
    m.reason, p.best_version_id, p.best_code_hash, p.best_score, p.completed_version_id,
    (
        select json_agg(json_build_array(s.from_version_id, s.to_version_id, s.seq) order by s.seq)
        from version_successions s
        where s.challenge_id = n.challenge_id and s.seq > n.seq
    ) as successions
from notices n
join user_progress p on p.user_id = %(user_id)s and p.challenge_id = n.challenge_id
left join version_migrations m on m.challenge_id = n.challenge_id and m.seq = n.seq
where n.user_id = %(user_id)s and n.id = any(%(ids)s);

-- name: dismiss
-- A learner puts away what they were told; once is enough.
update notices
set seen_at = coalesce(seen_at, %(at)s)
where user_id = %(user_id)s and id = %(id)s;

-- name: forget
-- A learner took what was offered: there is nothing left to tell.
delete from notices
where user_id = %(user_id)s and challenge_id = %(challenge_id)s;

-- name: tell
-- What a learner is told of a challenge; an older word gives way, the same one stays as it is, seen or not.
insert into notices (user_id, challenge_id, id, seq, kind, from_version_id, to_version_id, created_at)
values (%(user_id)s, %(challenge_id)s, %(id)s, %(seq)s, %(kind)s, %(from_version_id)s, %(to_version_id)s, %(at)s)
on conflict (user_id, challenge_id) do update set
    id = excluded.id, seq = excluded.seq, kind = excluded.kind, from_version_id = excluded.from_version_id,
    to_version_id = excluded.to_version_id, created_at = excluded.created_at, seen_at = null
where notices.seq < excluded.seq or (notices.seq = excluded.seq and notices.kind <> excluded.kind);

-- name: tell_forced
-- What a learner is told whose own write came upon a version that everybody was moved to, before the job that tells did.
insert into notices (user_id, challenge_id, id, seq, kind, from_version_id, to_version_id, created_at)
select %(user_id)s, s.challenge_id, %(id)s, s.seq, 'FORCED', s.from_version_id, s.to_version_id, %(at)s
from version_successions s
where s.challenge_id = %(challenge_id)s and s.seq = %(seq)s and s.from_version_id = %(from_version_id)s
    and s.policy = 'FORCE'
on conflict (user_id, challenge_id) do update set
    id = excluded.id, seq = excluded.seq, kind = excluded.kind, from_version_id = excluded.from_version_id,
    to_version_id = excluded.to_version_id, created_at = excluded.created_at, seen_at = null
where notices.seq < excluded.seq;

-- name: untell
-- What these learners were told of a challenge before a publication after which there is nothing to tell.
delete from notices
where challenge_id = %(challenge_id)s and user_id = any(%(user_ids)s) and seq < %(seq)s;
