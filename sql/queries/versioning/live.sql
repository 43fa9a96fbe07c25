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
