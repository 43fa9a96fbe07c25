-- Releases: several challenges and the tree's own flags, planned together and published in one entry of the log.

create table releases (
    id uuid primary key,
    name text not null check (char_length(name) between 1 and 200),
    changelog text not null check (char_length(changelog) <= 2000),
    state text not null check (state in ('PLANNED', 'SCHEDULED', 'PUBLISHED', 'FAILED', 'MISSED', 'REVERTED')),
    created_by uuid not null references users (id),
    created_at timestamptz not null,
    -- When it is to fire, or was, and under whose rights.
    scheduled_at timestamptz,
    scheduled_by uuid references users (id),
    -- Since when a release that is due waits for its texts to be run.
    proving_since timestamptz,
    -- When it was published, failed or was found too late, and how long after its moment that was.
    ended_at timestamptz,
    late_seconds int check (late_seconds >= 0),
    -- Why it failed: [{"subject", "kind", "path", "message", "expected", "actual"}].
    failures jsonb not null check (jsonb_typeof(failures) = 'array'),
    publication_id uuid references publications (id),
    revert_id uuid references publications (id),
    check (state <> 'SCHEDULED' or (scheduled_at is not null and scheduled_by is not null)),
    check ((state in ('PUBLISHED', 'REVERTED')) = (publication_id is not null)),
    check ((state = 'REVERTED') = (revert_id is not null))
);
create index releases_by_creation on releases (created_at desc, id desc);
comment on index releases_by_creation is 'releases.releases_page: releases, the newest first.';
create index releases_due on releases (scheduled_at) where state = 'SCHEDULED';
comment on index releases_due is 'releases.due_releases: scheduled ones whose moment has come.';

-- What a release does to one subject: make a version live, publish a text (which lies here as the draft said it when it
-- was added), or show or hide a node. live_set_hash is what was live of a challenge then.
create table release_items (
    release_id uuid not null references releases (id),
    ordinal int not null check (ordinal >= 1),
    subject_type text not null check (subject_type in ('track', 'module', 'lesson', 'challenge')),
    subject_id uuid not null,
    version_id uuid references challenge_versions (id),
    content_hash text,
    published boolean,
    live_set_hash text,
    changelog text check (char_length(changelog) <= 2000),
    bump text check (bump in ('MAJOR', 'MINOR')),
    added_by uuid not null references users (id),
    added_at timestamptz not null,
    title text,
    instructions text,
    difficulty text,
    points int,
    estimated_time_minutes int,
    starter_html text,
    starter_css text,
    starter_js text,
    solution_hash text references solutions (hash),
    tests jsonb,
    hooks jsonb,
    libraries jsonb,
    hints jsonb,
    judged_hash text,
    edited_by uuid references users (id),
    editors uuid[],
    restored_from uuid references challenge_versions (id),
    primary key (release_id, subject_id),
    unique (release_id, ordinal),
    check (num_nonnulls(version_id, content_hash, published) = 1),
    check ((subject_type = 'challenge') = (published is null) and (published is null) = (live_set_hash is not null)),
    check (num_nonnulls(title, instructions, difficulty, points, estimated_time_minutes, starter_html, starter_css,
        starter_js, tests, hooks, libraries, hints, judged_hash, edited_by, editors)
        = case when content_hash is null then 0 else 15 end)
);

grant select, insert on releases, release_items to :"gateway";
grant update (state, scheduled_at, scheduled_by, proving_since, ended_at, late_seconds, failures, publication_id,
    revert_id) on releases to :"gateway";
grant update, delete on release_items to :"gateway";
