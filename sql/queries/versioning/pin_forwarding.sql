-- What publications mean for learners on other versions: stated with them, followed when pins are read.

-- name: live_versions
-- What is live of these challenges, with the hashes that decide verdicts.
select challenge_id, id, judged_hash
from challenge_versions
where challenge_id = any(%(challenge_ids)s) and is_active
order by challenge_id, version;

-- name: append_migrations
-- A publication's policies, one for each challenge.
insert into version_migrations (challenge_id, seq, policy, from_version_ids, to_version_id, reason, state, finished_at)
select m.challenge_id, %(seq)s, m.policy, m.from_version_ids, m.to_version_id, m.reason,
    case when m.policy = 'CARRY' then 'FINISHED' else 'QUEUED' end,
    case when m.policy = 'CARRY' then %(at)s::timestamptz end
from jsonb_to_recordset(%(migrations)s) as m (challenge_id uuid, policy text, from_version_ids uuid[],
    to_version_id uuid, reason text);

-- name: append_carries
-- Pins on what was live before lead to what is live now; challenges and versions are given one by one.
insert into version_successions (challenge_id, seq, from_version_id, to_version_id, policy)
select given.challenge_id, %(seq)s, given.from_version_id, given.to_version_id, 'CARRY'
from unnest(%(challenge_ids)s::uuid[], %(from_version_ids)s::uuid[], %(to_version_ids)s::uuid[])
    as given (challenge_id, from_version_id, to_version_id);

-- name: append_forces
-- Pins on every other version of these challenges lead to what is live now, given one by one.
insert into version_successions (challenge_id, seq, from_version_id, to_version_id, policy)
select v.challenge_id, %(seq)s, v.id, given.to_version_id, 'FORCE'
from unnest(%(challenge_ids)s::uuid[], %(to_version_ids)s::uuid[]) as given (challenge_id, to_version_id)
join challenge_versions v on v.challenge_id = given.challenge_id and v.id <> given.to_version_id;

-- name: ask_to_tell_each
-- A job for each challenge whose learners a publication has something to say to.
insert into jobs.procrastinate_jobs (queue_name, task_name, lock, args)
select 'maintenance', 'migrations:tell', 'migrations.' || m.challenge_id,
    jsonb_build_object('challenge_id', m.challenge_id::text, 'seq', m.seq::text)
from version_migrations m
where m.seq = %(seq)s and m.state = 'QUEUED'
order by m.challenge_id;

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
