-- Experiments: who was drawn for which arm, and what came of it.

-- name: insert_experiment
-- A new experiment in its first phase.
insert into experiments (id, challenge_id, name, hypothesis, salt, control_version_id, started_at, started_by, policy)
values (%(id)s, %(challenge_id)s, %(name)s, %(hypothesis)s, %(salt)s, %(control_version_id)s, %(at)s, %(actor_id)s,
    %(policy)s);

-- name: insert_arm
-- An arm's weight in a phase.
insert into experiment_arms (experiment_id, phase, version_id, weight)
values (%(experiment_id)s, %(phase)s, %(version_id)s, %(weight)s);

-- name: next_phase
-- A running experiment goes on with other weights.
update experiments set phase = phase + 1 where id = %(id)s and state = 'RUNNING';

-- name: end_experiment
-- A running experiment is over.
update experiments
set state = %(state)s, stopped_at = %(at)s, stopped_by = %(publication_id)s, guardrail = %(guardrail)s
where id = %(id)s and state = 'RUNNING';

-- name: experiments_by_id
-- The experiments of these ids.
select e.id, e.challenge_id, e.name, e.hypothesis, e.salt, e.control_version_id, e.phase, e.state, e.started_at,
    e.started_by, e.stopped_at, e.stopped_by, e.policy, e.guardrail, p.facts
from experiments e
left join publications p on p.id = e.stopped_by
where e.id = any(%(ids)s);

-- name: experiments_by_challenge_id
-- The experiments of these challenges, newest first.
select e.id, e.challenge_id, e.name, e.hypothesis, e.salt, e.control_version_id, e.phase, e.state, e.started_at,
    e.started_by, e.stopped_at, e.stopped_by, e.policy, e.guardrail, p.facts
from experiments e
left join publications p on p.id = e.stopped_by
where e.challenge_id = any(%(challenge_ids)s)
order by e.challenge_id, e.started_at desc, e.id desc;

-- name: running_by_challenge_id
-- The running experiments of these challenges with the arms of their present phase, in the order of the versions.
select e.id, e.challenge_id, e.salt, e.control_version_id, e.phase,
    json_agg(json_build_array(a.version_id, a.weight) order by v.version) as arms
from experiments e
join experiment_arms a on a.experiment_id = e.id and a.phase = e.phase
join challenge_versions v on v.id = a.version_id
where e.challenge_id = any(%(challenge_ids)s) and e.state = 'RUNNING'
group by e.id;

-- name: running_experiments
-- Every running experiment that may be changed without asking.
select id from experiments where state = 'RUNNING' and policy <> '{}' order by id;

-- name: arms_by_experiment_id
-- The arms of these experiments in all their phases.
select a.experiment_id, a.phase, a.version_id, v.version as number, 'v' || v.major || '.' || v.minor as label, a.weight
from experiment_arms a
join challenge_versions v on v.id = a.version_id
where a.experiment_id = any(%(ids)s)
order by a.experiment_id, a.phase, v.version;

-- name: assign
-- Draw a learner for an arm, unless they were drawn before, work on the challenge already, or the weights are others now.
insert into experiment_assignments (user_id, experiment_id, challenge_id, version_id, phase, weight, assigned_at)
select %(user_id)s, e.id, e.challenge_id, wanted.version_id, e.phase, wanted.weight, %(at)s
from unnest(%(experiment_ids)s::uuid[], %(phases)s::int[], %(version_ids)s::uuid[], %(weights)s::int[])
    as wanted (experiment_id, phase, version_id, weight)
join experiments e on e.id = wanted.experiment_id and e.phase = wanted.phase and e.state = 'RUNNING'
where not exists (
    select from user_progress p where p.user_id = %(user_id)s and p.challenge_id = e.challenge_id
)
on conflict (user_id, experiment_id) do nothing;

-- name: assignments
-- What a learner was drawn for in these experiments.
select experiment_id, challenge_id, version_id
from experiment_assignments
where user_id = %(user_id)s and experiment_id = any(%(experiment_ids)s);

-- name: experiment_counts
-- How many were drawn for each arm in each phase, and what became of them.
select experiment_id, phase, version_id, weight, exposures, completions, begun, attempts, scored, score_sum,
    completing_attempts, completing_squares, settled, abandoned
from experiment_counts(%(ids)s);

-- name: experiment_errors
-- How many judged attempts of those drawn there were for each arm, and in how many something broke.
select version_id, judged, with_errors from experiment_errors(%(id)s);
