-- What a publication means for learners who work on another version than the one that it made live.

-- The stated policy, or the one that followed from the change; one for each challenge and publication that replaced a
-- version by another. What is left to do for the learners is done by jobs, which can be stopped and begun again. Like the
-- log's records it names what it is about by ids alone.
create table version_migrations (
    challenge_id uuid not null,
    seq bigint not null,
    policy text not null check (policy in ('CARRY', 'OFFER', 'AUTO', 'FORCE')),
    -- What was live before; CARRY and AUTO are about its learners only.
    from_version_ids uuid[] not null,
    to_version_id uuid not null,
    -- As learners are told.
    reason text check (char_length(reason) <= 2000),
    state text not null check (state in ('QUEUED', 'RUNNING', 'FINISHED')),
    finished_at timestamptz,
    -- How many were moved because their code passes.
    moved int not null default 0 check (moved >= 0),
    primary key (challenge_id, seq),
    check (policy <> 'FORCE' or reason is not null),
    check ((state = 'FINISHED') = (finished_at is not null))
);

-- Where pins lead, followed when they are read: a publication touches no learner's row. Append only.
create table version_successions (
    challenge_id uuid not null,
    seq bigint not null,
    from_version_id uuid not null,
    to_version_id uuid not null,
    policy text not null check (policy in ('CARRY', 'FORCE')),
    primary key (challenge_id, seq, from_version_id),
    foreign key (challenge_id, seq) references version_migrations (challenge_id, seq),
    check (from_version_id <> to_version_id)
);

alter table user_progress
    -- The challenge's last publication when the pin was set: it follows what was published since.
    add column pinned_seq bigint not null default 0,
    -- The attempt of the best score, of equal ones the latest; its version, and the hash of its code.
    add column best_attempt_id uuid,
    add column best_version_id uuid references challenge_versions (id),
    add column best_code_hash text,
    add check ((best_attempt_id is null) = (best_version_id is null)),
    add check ((best_attempt_id is null) = (best_code_hash is null));

-- What a learner is told of a challenge's versions: one row each, in which the newest wins.
create table notices (
    user_id uuid not null references users (id),
    challenge_id uuid not null references challenges (id),
    id uuid not null,
    seq bigint not null,
    kind text not null check (kind in ('OFFERED', 'MOVED', 'FORCED')),
    from_version_id uuid not null references challenge_versions (id),
    to_version_id uuid not null references challenge_versions (id),
    created_at timestamptz not null,
    -- When they put it away.
    seen_at timestamptz,
    primary key (user_id, challenge_id)
);
create index notices_by_user on notices (user_id, id desc);
comment on index notices_by_user is 'notices.notices_page: what a learner is told, the newest first.';

alter table notices enable row level security;
alter table notices force row level security;
create policy own_rows on notices to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy jobs on notices to :"worker" using (true) with check (true);

grant select, insert on version_migrations, version_successions to :"gateway";
grant update (pinned_seq, best_attempt_id, best_version_id, best_code_hash) on user_progress to :"gateway";
grant select, insert, delete on notices to :"gateway";
grant update (id, seq, kind, from_version_id, to_version_id, created_at, seen_at) on notices to :"gateway";
