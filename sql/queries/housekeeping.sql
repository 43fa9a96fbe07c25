-- name: take_turn
-- Whether no other process is at it; the lock ends with the transaction.
select pg_try_advisory_xact_lock(481036337261) as mine;

-- name: delete_expired_sessions
-- Sessions that nobody can use any more.
delete from sessions
where expires_at <= %(now)s;

-- name: delete_old_idempotency_keys
-- Keys under which a repeated mutation is no longer recognised.
delete from idempotency_keys
where created_at <= %(before)s;
