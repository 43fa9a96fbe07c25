-- The publication log: appended under its head's lock, read by subject, by number, and whole.

-- name: lock_head
-- The end of the log, held until the transaction ends.
select seq, hash, at from publication_head for update;

-- name: head
-- The end of the log as it stands.
select seq, hash, at from publication_head;

-- name: move_head
-- A new end of the log.
update publication_head set seq = %(seq)s, hash = %(hash)s, at = %(at)s;

-- name: append_publications
-- Entries, in order.
insert into publications (id, seq, kind, actor_id, reason, at, inverse_of, previous_hash, hash, facts)
select e.id, e.seq, e.kind, e.actor_id, e.reason, e.at, e.inverse_of, e.previous_hash, e.hash, e.facts
from jsonb_to_recordset(%(entries)s) as e (id uuid, seq bigint, kind text, actor_id uuid, reason text, at timestamptz,
    inverse_of uuid, previous_hash text, hash text, facts jsonb);

-- name: append_records
-- The subjects' shares of entries.
insert into publication_records (publication_id, ordinal, seq, at, subject_type, subject_id, before, after,
    published_before, published_after, place_before, place_after, direct)
select r.publication_id, r.ordinal, r.seq, r.at, r.subject_type, r.subject_id, r.before, r.after, r.published_before,
    r.published_after, r.place_before, r.place_after, r.direct
from jsonb_to_recordset(%(records)s) as r (publication_id uuid, ordinal int, seq bigint, at timestamptz,
    subject_type text, subject_id uuid, before jsonb, after jsonb, published_before boolean, published_after boolean,
    place_before jsonb, place_after jsonb, direct boolean);

-- name: notify
-- Tell every gateway what changed, when this transaction commits.
select pg_notify('palimpsest_publications', payload)
from unnest(%(payloads)s::text[]) as payload;

-- name: latest_replacing
-- The latest publication that replaced exactly this live set of this challenge.
select p.id, p.seq, p.kind, p.actor_id, p.reason, p.at, p.inverse_of, p.previous_hash, p.hash,
    p.facts
from publication_records r
join publications p on p.id = r.publication_id
where r.subject_id = %(challenge_id)s and r.before = %(live_set)s and r.after <> %(live_set)s
order by r.seq desc
limit 1;

-- name: latest_live_set
-- The live set that the last archiving of this challenge ended.
select r.publication_id, r.ordinal, r.seq, r.at, p.kind, p.reason, p.actor_id, r.subject_type, r.subject_id, r.before,
    r.after, r.published_before, r.published_after, r.place_before, r.place_after, r.direct
from publication_records r
join publications p on p.id = r.publication_id
where r.subject_id = %(challenge_id)s and p.kind = 'ARCHIVE'
order by r.seq desc
limit 1;

-- name: publications_by_id
-- The entries of these ids.
select id, seq, kind, actor_id, reason, at, inverse_of, previous_hash, hash, facts
from publications
where id = any(%(ids)s);

-- name: publications_page
-- The log, newest first, below a number; of one track or of all.
select p.id, p.seq, p.kind, p.actor_id, p.reason, p.at, p.inverse_of, p.previous_hash, p.hash,
    p.facts
from publications p
where (%(below)s::bigint is null or p.seq < %(below)s::bigint)
    and (%(track_id)s::uuid is null or exists (
        select
        from publication_records r
        where r.publication_id = p.id and (
            r.subject_id = %(track_id)s::uuid
            or r.subject_id in (select m.id from modules m where m.track_id = %(track_id)s::uuid)
            or r.subject_id in (select l.id from lesson_nodes l where l.track_id = %(track_id)s::uuid)
            or r.subject_id in (select c.id from challenge_nodes c where c.track_id = %(track_id)s::uuid)
        )
    ))
order by p.seq desc
limit %(limit)s;

-- name: records_by_publication_id
-- The records of these entries, in order.
select r.publication_id, r.ordinal, r.seq, r.at, p.kind, p.reason, p.actor_id, r.subject_type, r.subject_id, r.before,
    r.after, r.published_before, r.published_after, r.place_before, r.place_after, r.direct
from publication_records r
join publications p on p.id = r.publication_id
where r.publication_id = any(%(ids)s)
order by r.publication_id, r.ordinal;

-- name: record_pages_by_subject_id
-- The newest records of these subjects, at most a limit of each, those below the number given pairwise with each.
select r.publication_id, r.ordinal, r.seq, r.at, p.kind, p.reason, p.actor_id, r.subject_type, r.subject_id, r.before,
    r.after, r.published_before, r.published_after, r.place_before, r.place_after, r.direct
from unnest(%(subject_ids)s::uuid[], %(below)s::bigint[]) as wanted (subject_id, below)
cross join lateral (
    select o.*
    from publication_records o
    where o.subject_id = wanted.subject_id and (wanted.below is null or o.seq < wanted.below)
    order by o.seq desc, o.ordinal
    limit %(limit)s
) r
join publications p on p.id = r.publication_id
order by r.subject_id, r.seq desc, r.ordinal;

-- name: publications_naming
-- Every entry that names this subject, in order.
select distinct p.id, p.seq, p.kind, p.actor_id, p.reason, p.at, p.inverse_of, p.previous_hash, p.hash,
    p.facts
from publications p
join publication_records r on r.publication_id = p.id
where r.subject_id = %(subject_id)s
order by p.seq;

-- name: publications_by_seq
-- The entries of these numbers.
select id, seq, kind, actor_id, reason, at, inverse_of, previous_hash, hash, facts
from publications
where seq = any(%(seqs)s);

-- name: publications_from
-- A stretch of the log, oldest first, for walking all of it.
select id, seq, kind, actor_id, reason, at, inverse_of, previous_hash, hash, facts
from publications
where seq > %(above)s
order by seq
limit %(limit)s;

-- name: challenges_from
-- A stretch of all challenges' ids, for walking all of them.
select id
from challenges
where %(above)s::uuid is null or id > %(above)s::uuid
order by id
limit %(limit)s;

-- name: challenges_known
-- Which of these challenges there are.
select id from challenges where id = any(%(ids)s);

-- name: records_of_subject
-- Every record of this subject, oldest first.
select r.publication_id, r.ordinal, r.seq, r.at, p.kind, p.reason, p.actor_id, r.subject_type, r.subject_id, r.before,
    r.after, r.published_before, r.published_after, r.place_before, r.place_after, r.direct
from publication_records r
join publications p on p.id = r.publication_id
where r.subject_id = %(subject_id)s
order by r.seq, r.ordinal;

-- name: tracks_to_count
-- The tracks in which other challenges count for learners after these entries than before.
with told as (
    select r.subject_type, r.subject_id, r.place_before
    from publications p
    join publication_records r on r.publication_id = p.id
    where p.seq = any(%(seqs)s)
        and (r.published_before <> r.published_after or (p.kind = 'MOVE' and r.place_before ? 'path'))
)
select subject_id as id from told where subject_type = 'track'
union
select m.track_id from told join modules m on m.id = told.subject_id
union
select l.track_id from told join lesson_nodes l on l.id = told.subject_id
union
select c.track_id from told join challenge_nodes c on c.id = told.subject_id
union
select t.id from told join tracks t on t.slug = split_part(told.place_before ->> 'path', '/', 1)
order by id;
