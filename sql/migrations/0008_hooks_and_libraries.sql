-- What tests share: hooks, which belong to a challenge, and libraries, which belong to nobody and never change.

-- JavaScript that tests share, for ever under the SHA-256 of its text. Drafts and versions name libraries by hash, so
-- nothing that is uploaded later changes what judges them.
create table test_libraries (
    hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
    source text not null
);

-- What was uploaded under which name; a name means the last of it. A text that was only tried has no name.
create table test_library_names (
    name text not null check (name ~ '^[a-z0-9]+([._-][a-z0-9]+)*$' and char_length(name) <= 60),
    hash text not null references test_libraries (hash),
    uploaded_at timestamptz not null,
    uploaded_by uuid not null references users (id),
    primary key (name, hash)
);
create index test_library_names_by_name on test_library_names (name, uploaded_at desc);
comment on index test_library_names_by_name is 'libraries.libraries_by_reference: the latest library of a name.';
create index test_library_names_by_hash on test_library_names (hash, uploaded_at desc);
comment on index test_library_names_by_hash is 'libraries.libraries_by_hash: the latest name of a library.';
create index test_library_names_by_upload on test_library_names (uploaded_at desc, hash desc, name desc);
comment on index test_library_names_by_upload is 'libraries.libraries_page: libraries, the last uploaded first.';

-- {"before_all", "before_each", "after_each"}, what is empty left out; and hashes of libraries, in their order.
alter table challenges
    add column hooks jsonb not null default '{}' check (jsonb_typeof(hooks) = 'object'),
    add column libraries jsonb not null default '[]' check (jsonb_typeof(libraries) = 'array');
alter table draft_history
    add column hooks jsonb not null default '{}',
    add column libraries jsonb not null default '[]';
alter table challenge_versions
    add column hooks jsonb not null default '{}',
    add column libraries jsonb not null default '[]';
alter table runs
    add column hooks jsonb not null default '{}',
    add column libraries jsonb not null default '[]';

grant select, insert on test_libraries, test_library_names to :"gateway";
grant update (uploaded_at, uploaded_by) on test_library_names to :"gateway";
