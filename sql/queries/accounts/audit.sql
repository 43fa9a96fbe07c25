-- The record of what admins do beside publishing: appended under its head's lock, walked by number.

-- name: lock_head
-- The end of the record, held until the transaction ends.
select seq, hash, at
from audit_head
for update;

-- name: head
-- The end of the record as it stands.
select seq, hash, at
from audit_head;

-- name: move_head
-- A new end of the record.
update audit_head
set seq = %(seq)s, hash = %(hash)s, at = %(at)s;

-- name: append_event
-- One event.
insert into audit_events (seq, id, action, actor_id, subject_id, detail, at, previous_hash, hash)
values (%(seq)s, %(id)s, %(action)s, %(actor_id)s, %(subject_id)s, %(detail)s, %(at)s, %(previous_hash)s, %(hash)s);

-- name: events_from
-- A stretch of the record, oldest first.
select seq, id, action, actor_id, subject_id, detail, at, previous_hash, hash
from audit_events
where seq > %(above)s
order by seq
limit %(limit)s;
