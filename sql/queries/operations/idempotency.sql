-- Mutations sent under a key: each is done once.

-- name: claim_key
-- Take a key for a mutation; a twin in flight waits here, and no row back means that it was used before.
insert into idempotency_keys (actor_id, mutation, key, input_hash, created_at)
values (%(actor_id)s, %(mutation)s, %(key)s, %(input_hash)s, %(at)s)
on conflict (actor_id, mutation, key) do nothing;

-- name: keep_result
-- What was done under a key.
update idempotency_keys set result = %(result)s
where actor_id = %(actor_id)s and mutation = %(mutation)s and key = %(key)s;

-- name: kept_result
-- What was done under a key before.
select input_hash, result
from idempotency_keys
where actor_id = %(actor_id)s and mutation = %(mutation)s and key = %(key)s;
