-- Who may execute which function. A function belongs to the role that makes it, and only that role can take EXECUTE from
-- everybody: 0011 and 0014 tried it as another one, which the server answers with a warning.

set local role :"worker";
revoke execute on function learners_of_challenge(uuid, text), replay_samples(uuid, int),
    attempts_of_verdicts(text[], text[]) from public;
grant execute on function learners_of_challenge(uuid, text), replay_samples(uuid, int),
    attempts_of_verdicts(text[], text[]) to :"gateway";
alter default privileges revoke execute on functions from public;

set local role :"owner";
revoke execute on function slow_statements(int) from public;
-- A function made later is nobody's but its owner's until a migration grants it.
alter default privileges revoke execute on functions from public;

-- The query carries its file's new name.
comment on index idx_progress_challenge_id is 'replay_sample.learners_of_versions: who is at work on a challenge, learner by learner.';
