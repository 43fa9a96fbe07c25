-- People and service accounts: made, found, listed, changed; never deleted.

-- name: insert_person
-- A person; no row comes back when the address is taken.
insert into users (id, kind, display_name, role, email_sealed, email_hash, password_hash, created_at, visitor_hash)
values (%(id)s, 'person', %(display_name)s, %(role)s, %(email_sealed)s, %(email_hash)s, %(password_hash)s, %(at)s,
    %(visitor_hash)s)
on conflict (email_hash) do nothing
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;

-- name: insert_service
-- A service account; no row comes back when the name is taken.
insert into users (id, kind, display_name, role, created_at)
values (%(id)s, 'service', %(display_name)s, %(role)s, %(at)s)
on conflict (display_name) where kind = 'service' do nothing
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;

-- name: users_by_id
-- The people and service accounts of these ids.
select id, kind, display_name, avatar_url, role, created_at, suspended_at
from users
where id = any(%(ids)s);

-- name: service_by_name
-- A service account by its name.
select id, kind, display_name, avatar_url, role, created_at, suspended_at
from users
where kind = 'service' and display_name = %(name)s;

-- name: users_page
-- People and service accounts, newest first, after a key; of all, or of those whose name or address is searched for.
select id, kind, display_name, avatar_url, role, created_at, suspended_at
from users
where (%(after_at)s::timestamptz is null or (created_at, id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
    and (%(pattern)s::text is null or display_name ilike %(pattern)s or email_hash = %(email_hash)s::bytea)
order by created_at desc, id desc
limit %(limit)s;

-- name: password_by_email_hash
-- What a person who signs in must know, found by the keyed hash of their address.
select id as user_id, password_hash
from users
where email_hash = %(email_hash)s;

-- name: password_by_id
-- What a person who changes their password must know.
select id as user_id, password_hash
from users
where id = %(id)s;

-- name: hold_password
-- The person, held until the transaction ends, if their password is still the one that was verified.
select id, kind, display_name, avatar_url, role, created_at, suspended_at
from users
where id = %(id)s and password_hash = %(password_hash)s
for share;

-- name: replace_password
-- Another password in the place of the one given; no row comes back when that one was replaced already.
update users
set password_hash = %(password_hash)s
where id = %(id)s and password_hash is not distinct from %(previous)s::text
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;

-- name: hold_roles
-- One account and all who are admins, held until the transaction ends: whoever changes a role waits for the other.
select id, kind, role, password_hash is not null and suspended_at is null as can_sign_in
from users
where id = %(id)s or (kind = 'person' and role = 'admin')
order by id
for no key update;

-- name: set_role
-- Another role.
update users
set role = %(role)s
where id = %(id)s
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;

-- name: update_profile
-- What people say about themselves: null keeps the name and the choice, the address of the picture has a flag for it.
update users
set display_name = coalesce(%(display_name)s::text, display_name),
    avatar_url = case when %(keep_avatar)s then avatar_url else %(avatar_url)s::text end,
    hide_from_leaderboards = coalesce(%(hide_from_leaderboards)s::boolean, hide_from_leaderboards)
where id = %(id)s
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;

-- name: suspend
-- Keep an account out from a moment on, or (null) let it in again; no row comes back when it is so already.
update users
set suspended_at = %(at)s
where id = %(id)s and (suspended_at is null) <> (%(at)s::timestamptz is null)
returning id, kind, display_name, avatar_url, role, created_at, suspended_at;
