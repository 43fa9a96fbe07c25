-- Reference solutions, sealed.

-- name: insert_solution
-- A sealed reference solution; the same text is stored once.
insert into solutions (hash, sealed) values (%(hash)s, %(sealed)s) on conflict (hash) do nothing;

-- name: solutions_by_hash
-- The sealed reference solutions of these names.
select hash, sealed
from solutions
where hash = any(%(hashes)s);
