-- What is live.

-- name: live_sets
-- The live sets of these challenges.
select challenge_id, id, version as number, weight
from challenge_versions
where challenge_id = any(%(ids)s) and is_active
order by challenge_id, version;

-- name: last_seqs
-- The number of the last publication that names each of these subjects.
select subject_id as challenge_id, max(seq) as seq
from publication_records
where subject_id = any(%(ids)s)
group by subject_id;
