-- Invitations: how somebody whose account was made by an admin sets a first password.

-- name: insert_invitation
-- An invitation, by the hash of its secret.
insert into invitations (token_hash, user_id, created_at, expires_at)
values (%(token_hash)s, %(user_id)s, %(created_at)s, %(expires_at)s);

-- name: open_invitation
-- Whom an invitation is for, while it can be accepted.
select i.user_id
from invitations i
join users u on u.id = i.user_id
where i.token_hash = %(token_hash)s and i.used_at is null and i.expires_at > %(now)s and u.password_hash is null;

-- name: use_invitation
-- Spend an invitation; no row comes back when it is spent or too old.
update invitations
set used_at = %(now)s
where token_hash = %(token_hash)s and used_at is null and expires_at > %(now)s
returning user_id;
