-- People, their credentials, and the record of what admins do to them.
-- Rows of users are never deleted: history keeps its authors' ids.

create table users (
    id uuid primary key,
    kind text not null check (kind in ('person', 'service')),
    display_name text not null check (char_length(display_name) between 1 and 80),
    avatar_url text,
    role text not null check (role in ('learner', 'author', 'reviewer', 'admin')),
    -- The address is sealed (AES-GCM); the keyed hash finds it again without opening it.
    email_sealed bytea,
    email_hash bytea unique,
    password_hash text,
    hide_from_leaderboards boolean not null default false,
    created_at timestamptz not null,
    check ((kind = 'person') = (email_hash is not null)),
    check ((email_hash is null) = (email_sealed is null))
);
create unique index users_service_name on users (display_name) where kind = 'service';
create index users_by_creation on users (created_at desc, id desc);

-- A credential is stored as the SHA-256 of a random secret: the table cannot be used to sign in.
create table sessions (
    token_hash bytea primary key,
    user_id uuid not null references users (id),
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table invitations (
    token_hash bytea primary key,
    user_id uuid not null references users (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index invitations_by_user on invitations (user_id);

create table api_tokens (
    id uuid primary key,
    user_id uuid not null references users (id),
    name text not null check (char_length(name) between 1 and 80),
    token_hash bytea not null unique,
    scopes text[] not null check (scopes <@ array['content:read', 'content:write', 'content:publish', 'grade', 'operate']),
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
);
create index api_tokens_by_user on api_tokens (user_id, created_at desc, id desc);

-- What admins do beside publishing (roles, tokens, approvals, settings): append only, hash-chained.
create table audit_head (
    is_only boolean primary key default true check (is_only),
    seq bigint not null,
    hash text not null,
    at timestamptz not null
);
insert into audit_head (seq, hash, at) values (0, repeat('0', 64), '2000-01-01 00:00:00+00');

create table audit_events (
    seq bigint primary key,
    id uuid not null unique,
    action text not null,
    actor_id uuid references users (id),
    subject_id uuid,
    detail jsonb not null,
    at timestamptz not null,
    previous_hash text not null,
    hash text not null
);

-- A mutation sent twice under one key answers alike; the row is written in the effect's own transaction.
create table idempotency_keys (
    actor_id uuid not null references users (id),
    mutation text not null,
    key text not null check (char_length(key) between 1 and 200),
    input_hash text not null,
    result jsonb,
    created_at timestamptz not null,
    primary key (actor_id, mutation, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table settings (
    name text primary key,
    value text not null
);

grant select, insert, update on users, api_tokens, invitations to :"gateway";
grant select, insert, delete on sessions to :"gateway";
grant select, update on audit_head to :"gateway";
grant select, insert on audit_events to :"gateway";
grant select, insert, update, delete on idempotency_keys to :"gateway";
grant select, insert, update on settings to :"gateway";
