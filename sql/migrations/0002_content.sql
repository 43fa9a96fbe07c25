-- The content tree, the drafts in it, the versions published from them, and the log of every change of what is live.

-- Reference solutions, sealed, named by the hash of their plain text: rotating a key never touches a version.
create table solutions (
    hash text primary key,
    sealed bytea not null
);

create table tracks (
    id uuid primary key,
    slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
    title text not null check (char_length(title) between 1 and 200),
    description text not null check (char_length(description) <= 5000),
    position int not null check (position >= 1),
    is_published boolean not null default false,
    deleted_at timestamptz,
    created_at timestamptz not null,
    check (not (is_published and deleted_at is not null))
);
create unique index tracks_slug on tracks (slug);
alter table tracks add constraint tracks_position unique (position) deferrable initially deferred;

create table modules (
    id uuid primary key,
    track_id uuid not null references tracks (id),
    slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
    title text not null check (char_length(title) between 1 and 200),
    position int not null check (position >= 1),
    is_published boolean not null default false,
    deleted_at timestamptz,
    created_at timestamptz not null,
    check (not (is_published and deleted_at is not null))
);
create unique index modules_slug on modules (track_id, slug);
alter table modules add constraint modules_position unique (track_id, position) deferrable initially deferred;

create table lessons (
    id uuid primary key,
    module_id uuid not null references modules (id),
    slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
    title text not null check (char_length(title) between 1 and 200),
    position int not null check (position >= 1),
    is_published boolean not null default false,
    deleted_at timestamptz,
    created_at timestamptz not null,
    check (not (is_published and deleted_at is not null))
);
create unique index lessons_slug on lessons (module_id, slug);
alter table lessons add constraint lessons_position unique (module_id, position) deferrable initially deferred;

-- A challenge is an identity with one mutable working copy (the draft). Learners' queries never read the draft's columns.
create table challenges (
    id uuid primary key,
    lesson_id uuid not null references lessons (id),
    slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
    position int not null check (position >= 1),
    is_published boolean not null default false,
    deleted_at timestamptz,
    -- An archived challenge that was never published gives its slug back.
    slug_released boolean not null default false,
    created_at timestamptz not null,
    created_by uuid not null references users (id),
    draft_revision int not null default 1 check (draft_revision >= 1),
    title text not null check (char_length(title) between 1 and 200),
    instructions text not null,
    difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
    points int not null check (points >= 0),
    estimated_time_minutes int not null check (estimated_time_minutes > 0),
    starter_html text not null,
    starter_css text not null,
    starter_js text not null,
    solution_hash text references solutions (hash),
    tests jsonb not null check (jsonb_typeof(tests) = 'array'),
    hints jsonb not null check (jsonb_typeof(hints) = 'array'),
    content_hash text not null,
    judged_hash text not null,
    draft_updated_at timestamptz not null,
    draft_updated_by uuid not null references users (id),
    -- Everyone who edited the draft since the last publish: they may not approve it.
    draft_editors uuid[] not null,
    -- The version whose text was last restored into the draft; told of the next version as restored_from.
    draft_restored_from uuid,
    -- The content hash that the last applyContent left here; another value means that somebody edited since.
    applied_hash text,
    check (not (is_published and deleted_at is not null)),
    check (not slug_released or deleted_at is not null)
);
create unique index challenges_slug on challenges (lesson_id, slug) where not slug_released;
create index challenges_by_draft_update on challenges (draft_updated_at desc, id desc);
alter table challenges add constraint challenges_position unique (lesson_id, position) deferrable initially deferred;

-- Texts of a draft that a later save, restore or apply replaced (the last 50 of each challenge).
create table draft_history (
    challenge_id uuid not null references challenges (id),
    revision int not null,
    title text not null,
    instructions text not null,
    difficulty text not null,
    points int not null,
    estimated_time_minutes int not null,
    starter_html text not null,
    starter_css text not null,
    starter_js text not null,
    solution_hash text references solutions (hash),
    tests jsonb not null,
    hints jsonb not null,
    content_hash text not null,
    saved_at timestamptz not null,
    saved_by uuid not null references users (id),
    primary key (challenge_id, revision)
);

-- An immutable snapshot. Only is_active and weight may ever change, and the grants below say so.
create table challenge_versions (
    id uuid primary key,
    challenge_id uuid not null references challenges (id),
    version int not null check (version >= 1),
    major int not null check (major >= 1),
    minor int not null check (minor >= 0),
    title text not null,
    instructions text not null,
    difficulty text not null check (difficulty in ('EASY', 'MEDIUM', 'HARD')),
    points int not null check (points >= 0),
    estimated_time_minutes int not null check (estimated_time_minutes > 0),
    starter_html text not null,
    starter_css text not null,
    starter_js text not null,
    solution_hash text references solutions (hash),
    tests jsonb not null,
    hints jsonb not null,
    canonical int not null,
    content_hash text not null,
    judged_hash text not null,
    chain_hash text not null,
    restored_from uuid references challenge_versions (id),
    changelog text not null check (char_length(changelog) <= 2000),
    created_by uuid not null references users (id),
    reviewed_by uuid references users (id),
    published_by uuid not null references users (id),
    published_at timestamptz not null,
    is_active boolean not null,
    weight int not null,
    unique (challenge_id, version),
    unique (challenge_id, major, minor),
    -- One text has one version: publishing it again is a rollback.
    unique (challenge_id, content_hash),
    check (case when is_active then weight between 1 and 100 else weight = 0 end)
);
create index challenge_versions_live on challenge_versions (challenge_id) where is_active;
alter table challenges add foreign key (draft_restored_from) references challenge_versions (id);

create table reviews (
    id uuid primary key,
    challenge_id uuid not null references challenges (id),
    verdict text not null check (verdict in ('APPROVED', 'CHANGES_REQUESTED')),
    content_hash text not null,
    reviewer_id uuid not null references users (id),
    note text check (char_length(note) <= 2000),
    created_at timestamptz not null
);
create index reviews_by_challenge on reviews (challenge_id, created_at desc, id desc);

create table review_requests (
    id uuid primary key,
    challenge_id uuid not null references challenges (id),
    content_hash text not null,
    requested_by uuid not null references users (id),
    note text check (char_length(note) <= 2000),
    created_at timestamptz not null
);
create index review_requests_by_challenge on review_requests (challenge_id, created_at desc, id desc);

-- The end of the log: taken last by every publication, so that seq has no gap and times only grow.
create table publication_head (
    is_only boolean primary key default true check (is_only),
    seq bigint not null,
    hash text not null,
    at timestamptz not null
);
insert into publication_head (seq, hash, at) values (0, repeat('0', 64), '2000-01-01 00:00:00+00');

create table publications (
    id uuid primary key,
    seq bigint not null unique check (seq >= 1),
    kind text not null check (kind in ('PUBLISH', 'ROLLBACK', 'ARCHIVE', 'UNARCHIVE', 'SHOW', 'HIDE', 'MOVE', 'RENAME')),
    actor_id uuid not null references users (id),
    reason text check (char_length(reason) <= 2000),
    at timestamptz not null,
    inverse_of uuid references publications (id),
    previous_hash text not null,
    hash text not null
);

-- One subject's share of a publication. For a challenge, before and after are the live set as
-- [{"version": number, "weight": percent}]; for the rest of the tree they are empty and the flags speak.
create table publication_records (
    publication_id uuid not null references publications (id),
    ordinal int not null check (ordinal >= 1),
    seq bigint not null,
    at timestamptz not null,
    subject_type text not null check (subject_type in ('track', 'module', 'lesson', 'challenge')),
    subject_id uuid not null,
    before jsonb not null check (jsonb_typeof(before) = 'array'),
    after jsonb not null check (jsonb_typeof(after) = 'array'),
    published_before boolean,
    published_after boolean,
    -- Where it stood and how it was called, for MOVE and RENAME: {"path", "position", "title", "description"}.
    place_before jsonb,
    place_after jsonb,
    direct boolean not null,
    primary key (publication_id, ordinal)
);
create unique index publication_records_by_subject on publication_records (subject_id, seq desc, ordinal);

-- A former address. It names its target by id, so a chain of renames needs no chain of rows.
create table redirects (
    level text not null check (level in ('track', 'module', 'lesson', 'challenge')),
    -- The parent under which the slug was used; for a track the id of nothing, all zeros.
    parent_id uuid not null,
    slug text not null,
    target_id uuid not null,
    primary key (level, parent_id, slug)
);

-- "Shown" is decided here and nowhere else: published with all its ancestors, and none of them archived.
create view track_nodes with (security_invoker = true) as
select t.id, t.slug, t.title, t.description, t.position, t.is_published, t.deleted_at, t.created_at,
    case when t.deleted_at is not null then 'ARCHIVED' when t.is_published then 'PUBLISHED' else 'DRAFT' end as state,
    t.slug as path,
    t.is_published and t.deleted_at is null as shown
from tracks t;

create view module_nodes with (security_invoker = true) as
select m.id, m.track_id, m.slug, m.title, m.position, m.is_published, m.deleted_at, m.created_at,
    case when m.deleted_at is not null then 'ARCHIVED' when m.is_published then 'PUBLISHED' else 'DRAFT' end as state,
    t.path || '/' || m.slug as path,
    t.shown and m.is_published and m.deleted_at is null as shown
from modules m
join track_nodes t on t.id = m.track_id;

create view lesson_nodes with (security_invoker = true) as
select l.id, l.module_id, l.slug, l.title, l.position, l.is_published, l.deleted_at, l.created_at,
    case when l.deleted_at is not null then 'ARCHIVED' when l.is_published then 'PUBLISHED' else 'DRAFT' end as state,
    m.path || '/' || l.slug as path, m.track_id,
    m.shown and l.is_published and l.deleted_at is null as shown
from lessons l
join module_nodes m on m.id = l.module_id;

create view challenge_nodes with (security_invoker = true) as
select c.id, c.lesson_id, c.slug, c.position, c.is_published, c.deleted_at, c.slug_released, c.created_at,
    case when c.deleted_at is not null then 'ARCHIVED' when c.is_published then 'PUBLISHED' else 'DRAFT' end as state,
    l.path || '/' || c.slug as path, l.module_id, l.track_id,
    l.shown as ancestors_shown,
    l.shown and c.is_published and c.deleted_at is null as shown
from challenges c
join lesson_nodes l on l.id = c.lesson_id;

grant select, insert, update on tracks, modules, lessons, challenges, redirects to :"gateway";
grant select, insert on solutions, reviews, review_requests, publications, publication_records, challenge_versions to :"gateway";
grant update (is_active, weight) on challenge_versions to :"gateway";
grant select, insert, delete on draft_history to :"gateway";
grant select, update on publication_head to :"gateway";
grant select on track_nodes, module_nodes, lesson_nodes, challenge_nodes to :"gateway";
