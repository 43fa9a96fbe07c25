-- API tokens of people and service accounts.

-- name: insert_token
-- A token, by the hash of its secret.
insert into api_tokens (id, user_id, name, token_hash, scopes, created_at, expires_at)
values (%(id)s, %(user_id)s, %(name)s, %(token_hash)s, %(scopes)s, %(created_at)s, %(expires_at)s)
returning id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at;

-- name: credential_by_token_hash
-- Whom a token stands for and what it may be used for, until it expires or is revoked.
select u.id as user_id, u.kind, u.display_name, u.role, t.id as token_id, t.scopes, t.last_used_at,
    u.visitor_hash
from api_tokens t
join users u on u.id = t.user_id
where t.token_hash = %(token_hash)s and t.revoked_at is null and u.suspended_at is null
    and (t.expires_at is null or t.expires_at > %(now)s);

-- name: touch_token
-- Note a use, unless one was noted since the moment given.
update api_tokens
set last_used_at = %(now)s
where id = %(id)s and (last_used_at is null or last_used_at <= %(before)s);

-- name: revoke_token
-- End a token, of this owner or of anybody; no row comes back when there is none to end.
update api_tokens
set revoked_at = %(at)s
where id = %(id)s and revoked_at is null and (%(owner)s::uuid is null or user_id = %(owner)s::uuid)
returning id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at;

-- name: tokens_by_id
-- The tokens of these ids, of this owner or of anybody.
select id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at
from api_tokens
where id = any(%(ids)s) and (%(owner)s::uuid is null or user_id = %(owner)s::uuid);

-- name: tokens_by_user_id
-- The newest tokens of these owners, at most a limit of each, those that still work before those that were revoked.
select t.id, t.user_id, t.name, t.scopes, t.created_at, t.last_used_at, t.expires_at, t.revoked_at
from unnest(%(user_ids)s::uuid[]) as wanted (user_id)
cross join lateral (
    select o.id, o.user_id, o.name, o.scopes, o.created_at, o.last_used_at, o.expires_at, o.revoked_at
    from api_tokens o
    where o.user_id = wanted.user_id
    order by o.revoked_at is not null, o.created_at desc, o.id desc
    limit %(limit)s
) t
order by t.user_id, t.revoked_at is not null, t.created_at desc, t.id desc;
