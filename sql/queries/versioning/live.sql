-- What is live.

-- name: live_sets
-- The live sets of these challenges, each member with the number of the challenge's last publication then.
select v.challenge_id, v.id, v.version as number, v.weight, latest.seq
from challenge_versions v
cross join lateral (
    select max(r.seq) as seq from publication_records r where r.subject_id = v.challenge_id
) latest
where v.challenge_id = any(%(ids)s) and v.is_active
order by v.challenge_id, v.version;

-- name: last_seqs
-- The number of the last publication that names each of these subjects.
select subject_id as challenge_id, max(seq) as seq
from publication_records
where subject_id = any(%(ids)s)
group by subject_id;

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
