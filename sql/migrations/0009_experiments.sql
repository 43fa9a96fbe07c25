-- Several versions of a challenge live at once, learners drawn among them, and what that showed.

-- An experiment. Its arms are the challenge's live set for as long as it runs; weights change by phases.
create table experiments (
    id uuid primary key,
    challenge_id uuid not null references challenges (id),
    name text not null check (char_length(name) between 1 and 200),
    hypothesis text not null check (char_length(hypothesis) <= 2000),
    -- Hashed with each learner, so that one's places in two experiments have nothing to do with one another.
    salt uuid not null,
    control_version_id uuid not null references challenge_versions (id),
    phase int not null default 1 check (phase >= 1),
    state text not null default 'RUNNING' check (state in ('RUNNING', 'STOPPED', 'PROMOTED')),
    started_at timestamptz not null,
    started_by uuid not null references users (id),
    stopped_at timestamptz,
    -- The entry of the log that ended it, with the counts of that moment.
    stopped_by uuid references publications (id),
    -- What may be done without asking: {"promote", "adapt", "errors", "abandoned", "attempts"}, what is not wanted left out.
    policy jsonb not null default '{}' check (jsonb_typeof(policy) = 'object'),
    -- The guardrail that ended it, as a sentence.
    guardrail text,
    check ((state = 'RUNNING') = (stopped_at is null)),
    check ((state = 'RUNNING') = (stopped_by is null))
);
create unique index experiments_running on experiments (challenge_id) where state = 'RUNNING';
comment on index experiments_running is 'experiments.running_by_challenge_id: the one experiment of a challenge.';
create index experiments_by_challenge on experiments (challenge_id, started_at desc, id desc);
comment on index experiments_by_challenge is 'experiments.experiments_by_challenge_id: a challenge''s experiments, newest first.';

-- The weights of an experiment's arms in each of its phases.
create table experiment_arms (
    experiment_id uuid not null references experiments (id),
    phase int not null check (phase >= 1),
    version_id uuid not null references challenge_versions (id),
    weight int not null check (weight between 1 and 99),
    primary key (experiment_id, phase, version_id)
);

-- Which arm a learner was drawn for, once: when they first opened the challenge. The row is the exposure.
create table experiment_assignments (
    user_id uuid not null references users (id),
    experiment_id uuid not null references experiments (id),
    challenge_id uuid not null references challenges (id),
    version_id uuid not null references challenge_versions (id),
    phase int not null,
    -- The arm's share then, by which results are weighed.
    weight int not null,
    assigned_at timestamptz not null,
    primary key (user_id, experiment_id)
);
create index experiment_assignments_by_experiment on experiment_assignments (experiment_id, user_id);
comment on index experiment_assignments_by_experiment is 'experiments.experiment_counts: everybody who was drawn.';

alter table experiment_assignments enable row level security;
alter table experiment_assignments force row level security;
create policy own_rows on experiment_assignments to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy jobs on experiment_assignments to :"worker" using (true) with check (true);

-- SHA-256 of the id under which somebody was a visitor before they signed up: they stay what they were drawn for.
alter table users add column visitor_hash text check (visitor_hash ~ '^[0-9a-f]{64}$');

-- What an entry rests on: the counts of an experiment that it ended. Covered by the entry's hash where there are any.
alter table publications add column facts jsonb check (jsonb_typeof(facts) = 'object');
alter table publications drop constraint publications_kind_check;
alter table publications add constraint publications_kind_check check (kind in (
    'PUBLISH', 'ROLLBACK', 'EXPERIMENT_START', 'EXPERIMENT_REWEIGH', 'EXPERIMENT_STOP', 'PROMOTE', 'ARCHIVE', 'UNARCHIVE',
    'SHOW', 'HIDE', 'MOVE', 'RENAME', 'RELEASE'
));

-- Counts over learners, whose rows nobody but they themselves and jobs may see: these functions are the worker's, and
-- tell how many and nothing about whom.
set local role :"worker";
create function experiment_counts(ids uuid[])
returns table (
    experiment_id uuid, phase int, version_id uuid, weight int, exposures int, completions int, begun int, attempts bigint,
    scored int, score_sum bigint, completing_attempts bigint, completing_squares bigint, settled int, abandoned int
)
language sql stable security definer set search_path = public, pg_temp as $$
    select a.experiment_id, a.phase, a.version_id, a.weight,
        count(*)::int,
        (count(*) filter (where p.completed_at <= coalesce(e.stopped_at, 'infinity')))::int,
        count(p.user_id)::int,
        coalesce(sum(p.total_attempts), 0)::bigint,
        count(p.best_score)::int,
        coalesce(sum(p.best_score), 0)::bigint,
        coalesce(sum(l.attempts), 0)::bigint,
        coalesce(sum(l.attempts::bigint * l.attempts), 0)::bigint,
        -- Who came more than a day ago has had time to finish, and to give up.
        (count(*) filter (where a.assigned_at < now() - interval '1 day'))::int,
        (count(*) filter (where a.assigned_at < now() - interval '1 day' and p.completed_at is null
            and coalesce(p.last_attempt_at, p.started_at, a.assigned_at) < now() - interval '1 day'))::int
    from experiment_assignments a
    join experiments e on e.id = a.experiment_id
    left join user_progress p on p.user_id = a.user_id and p.challenge_id = a.challenge_id
    left join leaderboard_entries l on l.user_id = a.user_id and l.challenge_id = a.challenge_id
        and l.completed_at <= coalesce(e.stopped_at, 'infinity')
    where a.experiment_id = any($1)
    group by a.experiment_id, a.phase, a.version_id, a.weight
    order by a.experiment_id, a.phase, a.version_id
$$;

create function experiment_errors(id uuid)
returns table (version_id uuid, judged int, with_errors int)
language sql stable security definer set search_path = public, pg_temp as $$
    select a.version_id, count(*)::int,
        (count(*) filter (where t.status = 'ERROR'
            or t.results @? '$[*] ? (@.outcome == "ERROR" || @.outcome == "TIMEOUT" || @.outcome == "CRASHED")'))::int
    from experiment_assignments a
    join challenge_attempts t on t.user_id = a.user_id and t.challenge_id = a.challenge_id
        and t.version_id = a.version_id and t.created_at >= a.assigned_at - interval '1 second'
    where a.experiment_id = $1 and t.status in ('PASSED', 'FAILED', 'ERROR')
    group by a.version_id
$$;
revoke execute on function experiment_counts(uuid[]), experiment_errors(uuid) from public;
grant execute on function experiment_counts(uuid[]), experiment_errors(uuid) to :"gateway";
set local role :"owner";

grant select, insert on experiments, experiment_arms to :"gateway";
grant update (phase, state, stopped_at, stopped_by, guardrail) on experiments to :"gateway";
grant select, insert on experiment_assignments to :"gateway";
