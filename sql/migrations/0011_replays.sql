-- Replay before publish: what learners' accepted solutions come to under a draft's tests, before learners meet them.

-- The hash of an attempt's files, the same by which verdicts know code; null for what was submitted before.
alter table challenge_attempts add column code_hash text;
alter table challenge_attempts_archive add column code_hash text;
create or replace view attempts with (security_invoker = true) as
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by, code_hash
from challenge_attempts
union all
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by, code_hash
from challenge_attempts_archive;

create index idx_progress_challenge_id on user_progress (challenge_id, user_id);
comment on index idx_progress_challenge_id is 'submissions.learners_of_versions: who is at work on a challenge, learner by learner.';

-- A wish to see what a draft's tests make of learners' work, with what came of it so far. It holds what is run, since the
-- draft goes on, and counts only: whose work it was lies in the items.
create table replays (
    id uuid primary key,
    challenge_id uuid not null references challenges (id),
    requested_by uuid not null references users (id),
    requested_at timestamptz not null,
    content_hash text not null,
    judged_hash text not null,
    tests jsonb not null,
    hooks jsonb not null,
    libraries jsonb not null,
    -- What was live, and its tests: accepted is what those have passed.
    against_version_id uuid not null references challenge_versions (id),
    against_judged_hash text not null,
    seed int not null,
    -- How many different solutions are run at the most.
    most int not null check (most >= 1),
    state text not null check (state in ('QUEUED', 'RUNNING', 'FINISHED', 'CANCELLED', 'FAILED')),
    -- The job that is to go on with it: one of an earlier step, given back after its worker died, finds that it is done.
    step int not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    -- Learners at the moment of choosing, null before: on the tests that are live, not yet through, through, and those
    -- whose accepted solutions these are.
    pinned int,
    in_progress int,
    completed int,
    solved int,
    -- Different accepted solutions that there were, run or not.
    found int,
    total int,
    done int not null default 0,
    still_pass int not null default 0,
    broken int not null default 0,
    -- Learners whose solution it was, of those that are broken.
    broken_learners int not null default 0,
    newly_pass int not null default 0,
    -- Accepted ones of which the machine could not tell.
    unknown int not null default 0,
    -- [{"id", "breaks"}] of the tests that an accepted solution fails, in their order.
    breaks jsonb not null default '[]'
);
create index replays_of_tests on replays (challenge_id, judged_hash, against_judged_hash, requested_at desc);
comment on index replays_of_tests is 'replays.newest_replay: the last replay of a draft against what is live.';
create index replays_under_way on replays (challenge_id) where state in ('QUEUED', 'RUNNING');
comment on index replays_under_way is 'replays.replays_waiting: whether there is room for another.';
create index replays_by_age on replays (requested_at);
comment on index replays_by_age is 'replays.delete_old_replays: wishes that nobody looks at any more.';

-- What a replay runs: one attempt for each different code. It leads to learners, so it is the worker's alone.
create table replay_items (
    replay_id uuid not null references replays (id),
    ordinal int not null,
    kind text not null check (kind in ('ACCEPTED', 'WRONG')),
    code_hash text not null,
    -- How many learners wrote exactly this.
    learners int not null,
    user_id uuid not null references users (id),
    created_at timestamptz not null,
    attempt_id uuid not null,
    tries int not null default 0,
    outcome text check (outcome in ('PASSED', 'FAILED', 'UNKNOWN')),
    -- Ids of the tests that did not pass, in their order.
    failed text[] not null default '{}',
    primary key (replay_id, ordinal)
);
alter table replay_items enable row level security;
alter table replay_items force row level security;
create policy jobs on replay_items to :"worker" using (true) with check (true);

grant select on replays to :"gateway";
grant insert (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests, hooks, libraries,
    against_version_id, against_judged_hash, seed, most, state) on replays to :"gateway";
grant update (state, finished_at) on replays to :"gateway";

-- What the gateway may know of learners it does not serve: how many there are, and code without a name. The functions
-- run as the worker, whom policies show all rows; the owner, under forced row security, would see none.
set local role :"worker";
create function learners_of_challenge(challenge uuid, judged text)
returns table (pinned int, in_progress int, completed int, solved int)
language sql stable security definer set search_path = public, pg_temp
as $$
    with same as (
        select v.id from challenge_versions v where v.challenge_id = challenge and v.judged_hash = judged
    ), counted as (
        select p.status, p.pinned_version_id in (select id from same) as is_pinned,
            coalesce(p.completed_version_id in (select id from same), false) as has_passed
        from user_progress p
        where p.challenge_id = challenge
    )
    select count(*) filter (where is_pinned)::int, count(*) filter (where status = 'IN_PROGRESS')::int,
        count(*) filter (where status = 'COMPLETED')::int,
        count(*) filter (where status = 'COMPLETED' and (is_pinned or has_passed))::int
    from counted;
$$;

create function replay_samples(replay uuid, most int)
returns table (kind text, code_hash text, learners int, html text, css text, js text)
language sql stable security definer set search_path = public, pg_temp
as $$
    select i.kind, i.code_hash, i.learners, a.code_html, a.code_css, a.code_js
    from (
        select r.*, row_number() over (partition by r.kind order by r.learners desc, r.ordinal) as place
        from replay_items r
        where r.replay_id = replay
            and r.outcome = case r.kind when 'ACCEPTED' then 'FAILED' else 'PASSED' end
    ) i
    join attempts a on a.user_id = i.user_id and a.created_at = i.created_at and a.id = i.attempt_id
    where i.place <= most
    order by i.kind, i.place;
$$;
set local role :"owner";
revoke execute on function learners_of_challenge(uuid, text), replay_samples(uuid, int) from public;
grant execute on function learners_of_challenge(uuid, text), replay_samples(uuid, int) to :"gateway";
