-- Test libraries: JavaScript that tests share, by the hash of its text.

-- name: put_library
-- A library; one that is there already is what its name means from now on.
insert into test_libraries (hash, source, name, uploaded_at, uploaded_by)
values (%(hash)s, %(source)s, %(name)s, %(at)s, %(actor)s)
on conflict (hash) do update set
    name = excluded.name, uploaded_at = excluded.uploaded_at, uploaded_by = excluded.uploaded_by
where test_libraries.uploaded_at < excluded.uploaded_at;

-- name: libraries_by_hash
-- The libraries of these hashes.
select hash, source, name, uploaded_at, uploaded_by
from test_libraries
where hash = any(%(hashes)s);

-- name: libraries_by_reference
-- What these words mean: a hash means itself, a name the library that was last uploaded under it.
select wanted.word, found.hash
from unnest(%(words)s::text[]) as wanted (word)
cross join lateral (
    select l.hash from test_libraries l where l.hash = wanted.word
    union all
    (select l.hash from test_libraries l where l.name = wanted.word order by l.uploaded_at desc limit 1)
) found;

-- name: libraries_by_version_id
-- Which libraries these versions name, in order.
select v.id as version_id, named.hash
from challenge_versions v
cross join lateral jsonb_array_elements_text(v.libraries) with ordinality as named (hash, place)
where v.id = any(%(ids)s)
order by v.id, named.place;

-- name: libraries_page
-- Libraries, the last uploaded first, of one name or all, below a moment and hash.
select hash, source, name, uploaded_at, uploaded_by
from test_libraries
where (%(name)s::text is null or name = %(name)s)
    and (%(at)s::timestamptz is null or (uploaded_at, hash) < (%(at)s::timestamptz, %(hash)s::text))
order by uploaded_at desc, hash desc
limit %(limit)s;
