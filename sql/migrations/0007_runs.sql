-- What the sandbox found, and what waits for it. Who is allowed to run code is no learner's matter: the rows tell of
-- texts, by their hashes, and of authors' wishes; none names a learner.

-- What a page came to under tests: once for each pair of them, each browser and each protocol of judging.
create table verdicts (
    judged_hash text not null,
    code_hash text not null,
    engine text not null,
    protocol int not null,
    status text not null check (status in ('FINISHED', 'TIMED_OUT', 'CRASHED', 'OUT_OF_MEMORY')),
    passed boolean not null,
    -- [{"id", "outcome", "ms", "message", "expected", "actual"}] of the tests, in their order.
    tests jsonb not null,
    console jsonb not null,
    page_errors jsonb not null,
    blocked jsonb not null,
    ms int not null,
    -- Whether a second run said the same: a test that passes now and then is no test.
    confirmed boolean not null,
    screenshot bytea,
    made_at timestamptz not null,
    primary key (judged_hash, code_hash, protocol, engine)
);

-- A wish to see a draft run: starter and solution under its tests. It holds what is run, for the draft goes on.
create table runs (
    id uuid primary key,
    challenge_id uuid references challenges (id),
    requested_by uuid not null references users (id),
    requested_at timestamptz not null,
    content_hash text not null,
    judged_hash text not null,
    tests jsonb not null,
    starter_html text not null,
    starter_css text not null,
    starter_js text not null,
    starter_code_hash text not null,
    solution_hash text references solutions (hash),
    solution_code_hash text not null,
    -- Whether somebody wants to look at its pages; trees of content are run without.
    pictures boolean not null,
    state text not null check (state in ('QUEUED', 'RUNNING', 'FINISHED', 'CANCELLED', 'FAILED')),
    started_at timestamptz,
    finished_at timestamptz
);
create index runs_under_way on runs (content_hash) where state in ('QUEUED', 'RUNNING');
comment on index runs_under_way is 'runs.run_under_way: the run that waits for these texts already.';
create index runs_by_age on runs (requested_at);
comment on index runs_by_age is 'runs.delete_old_runs: wishes that nobody looks at any more.';

-- Workers that have a browser, by their signs of life.
create table runners (
    id uuid primary key,
    engine text not null,
    protocol int not null,
    isolation text not null,
    seen_at timestamptz not null
);

grant select on verdicts to :"gateway";
grant select, insert on runs to :"gateway";
grant update (state, finished_at) on runs to :"gateway";
grant select on runners to :"gateway";
