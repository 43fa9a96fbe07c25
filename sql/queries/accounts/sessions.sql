-- Sessions of people who signed in.

-- name: insert_session
-- A session, by the hash of its secret.
insert into sessions (token_hash, user_id, created_at, expires_at)
values (%(token_hash)s, %(user_id)s, %(created_at)s, %(expires_at)s);

-- name: credential_by_session_hash
-- Whom a session stands for, until it expires.
select u.id as user_id, u.kind, u.display_name, u.role, null::uuid as token_id, null::text[] as scopes,
    null::timestamptz as last_used_at, u.visitor_hash
from sessions s
join users u on u.id = s.user_id
where s.token_hash = %(token_hash)s and s.expires_at > %(now)s and u.suspended_at is null;

-- name: delete_session
-- End one session.
delete from sessions
where token_hash = %(token_hash)s;

-- name: delete_sessions_but
-- End all sessions of a person but one, or without exception.
delete from sessions
where user_id = %(user_id)s and token_hash is distinct from %(kept)s::bytea;
