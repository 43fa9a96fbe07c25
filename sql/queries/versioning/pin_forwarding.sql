-- What publications mean for learners on other versions: stated with them, followed when pins are read.

-- name: live_versions
-- What is live of a challenge, with the hashes that decide verdicts.
select id, judged_hash
from challenge_versions
where challenge_id = %(challenge_id)s and is_active
order by version;

-- name: append_migration
-- The policy of a publication.
insert into version_migrations (challenge_id, seq, policy, from_version_ids, to_version_id, reason, state, finished_at)
values (%(challenge_id)s, %(seq)s, %(policy)s, %(from_version_ids)s, %(to_version_id)s, %(reason)s,
    case when %(policy)s = 'CARRY' then 'FINISHED' else 'QUEUED' end,
    case when %(policy)s = 'CARRY' then %(at)s::timestamptz end);

-- name: append_carries
-- Pins on what was live before lead to what is live now.
insert into version_successions (challenge_id, seq, from_version_id, to_version_id, policy)
select %(challenge_id)s, %(seq)s, unnest(%(from_version_ids)s::uuid[]), %(to_version_id)s, 'CARRY';

-- name: append_forces
-- Pins on every other version of a challenge lead to what is live now.
insert into version_successions (challenge_id, seq, from_version_id, to_version_id, policy)
select challenge_id, %(seq)s, id, %(to_version_id)s, 'FORCE'
from challenge_versions
where challenge_id = %(challenge_id)s and id <> %(to_version_id)s;

-- name: migrations
-- The policies of publications, given pairwise with challenges, and whether a later one has its own word for the learners.
select m.challenge_id, m.seq, m.policy, m.from_version_ids, m.to_version_id, m.reason, m.state, m.finished_at, m.moved,
    p.at, v.judged_hash,
    exists (
        select from version_migrations later
        where later.challenge_id = m.challenge_id and later.seq > m.seq and later.policy <> 'CARRY'
    ) as superseded
from unnest(%(challenge_ids)s::uuid[], %(seqs)s::bigint[]) as wanted (challenge_id, seq)
join version_migrations m using (challenge_id, seq)
join publications p on p.seq = m.seq
join challenge_versions v on v.id = m.to_version_id;

-- name: successions
-- Every version of a challenge that another one took the place of, in order.
select from_version_id, to_version_id, seq
from version_successions
where challenge_id = %(challenge_id)s
order by seq;

-- name: go_on
-- A migration goes on, or is over.
update version_migrations
set state = %(state)s, finished_at = case when %(state)s = 'FINISHED' then %(at)s::timestamptz end,
    moved = moved + %(moved)s
where challenge_id = %(challenge_id)s and seq = %(seq)s;

-- name: heads
-- How work stands against versions, given pairwise: judged alike as the best and the first full score were, what it came
-- to where it was run, and whether it is about to be.
select wanted.number, target.judged_hash, target.judged_hash = best.judged_hash as as_best,
    target.judged_hash = completed.judged_hash as as_completed, found.passed, found.tests,
    exists (
        select from version_migrations m
        join challenge_versions v on v.id = m.to_version_id
        where m.challenge_id = target.challenge_id and m.state <> 'FINISHED' and v.judged_hash = target.judged_hash
    ) as under_way
from unnest(%(version_ids)s::uuid[], %(best_version_ids)s::uuid[], %(completed_version_ids)s::uuid[],
    %(code_hashes)s::text[]) with ordinality as wanted (version_id, best_version_id, completed_version_id, code_hash, number)
join challenge_versions target on target.id = wanted.version_id
left join challenge_versions best on best.id = wanted.best_version_id
left join challenge_versions completed on completed.id = wanted.completed_version_id
left join lateral (
    select v.passed, v.tests
    from verdicts v
    where v.judged_hash = target.judged_hash and v.code_hash = wanted.code_hash and v.protocol = %(protocol)s
    order by v.made_at desc
    limit 1
) found on true;
