-- What is live.

-- name: live_arms
-- The members of these challenges' live sets, each with the number of the challenge's last publication then.
select v.challenge_id, v.id, v.version as number, v.weight, latest.seq
from challenge_versions v
cross join lateral (
    select max(r.seq) as seq from publication_records r where r.subject_id = v.challenge_id
) latest
where v.challenge_id = any(%(ids)s) and v.is_active
order by v.challenge_id, v.version;

-- name: live_sets
-- The live set of every one of these challenges as [[number, weight], ...], with the number of its last publication.
select wanted.id as challenge_id, coalesce(live.arms, '[]') as arms, coalesce(latest.seq, 0) as seq
from unnest(%(ids)s::uuid[]) as wanted (id)
cross join lateral (
    select jsonb_agg(jsonb_build_array(v.version, v.weight) order by v.version) as arms
    from challenge_versions v
    where v.challenge_id = wanted.id and v.is_active
) live
cross join lateral (
    select max(r.seq) as seq from publication_records r where r.subject_id = wanted.id
) latest;

-- name: live_changes
-- Per challenge: the last publication that changed what is live of it, and those since, which only moved or renamed it.
select r.subject_id as challenge_id, r.seq, p.kind, changed.seq is not distinct from r.seq as changed
from publication_records r
join publications p on p.id = r.publication_id
cross join lateral (
    select max(c.seq) as seq
    from publication_records c
    where c.subject_id = r.subject_id
        and (c.place_after is null or c.before <> c.after or c.published_before is distinct from c.published_after)
) changed
where r.subject_id = any(%(ids)s) and r.seq >= coalesce(changed.seq, 0)
order by r.subject_id, r.seq;
