-- Test libraries: JavaScript that tests share, by the hash of its text.

-- name: put_library
-- A library, under its hash alone.
insert into test_libraries (hash, source)
values (%(hash)s, %(source)s)
on conflict (hash) do nothing;

-- name: name_library
-- A name for a library, which it means from now on.
insert into test_library_names (name, hash, uploaded_at, uploaded_by)
values (%(name)s, %(hash)s, %(at)s, %(actor)s)
on conflict (name, hash) do update set uploaded_at = excluded.uploaded_at, uploaded_by = excluded.uploaded_by;

-- name: libraries_by_hash
-- The libraries of these hashes, each with the name that it was last uploaded under, if it was.
select l.hash, l.source, named.name, named.uploaded_at, named.uploaded_by
from test_libraries l
left join lateral (
    select n.name, n.uploaded_at, n.uploaded_by
    from test_library_names n
    where n.hash = l.hash
    order by n.uploaded_at desc
    limit 1
) named on true
where l.hash = any(%(hashes)s);

-- name: libraries_by_reference
-- What these words mean: a hash means itself, a name the library that was last uploaded under it.
select wanted.word, found.hash
from unnest(%(words)s::text[]) as wanted (word)
cross join lateral (
    select l.hash from test_libraries l where l.hash = wanted.word
    union all
    (select n.hash from test_library_names n where n.name = wanted.word order by n.uploaded_at desc limit 1)
) found;

-- name: libraries_by_version_id
-- Which libraries these versions name, in order.
select v.id as version_id, named.hash
from challenge_versions v
cross join lateral jsonb_array_elements_text(v.libraries) with ordinality as named (hash, place)
where v.id = any(%(ids)s)
order by v.id, named.place;

-- name: libraries_page
-- Libraries by name, the last uploaded first, of one name or all, below a moment, hash and name.
select l.hash, l.source, n.name, n.uploaded_at, n.uploaded_by
from test_library_names n
join test_libraries l on l.hash = n.hash
where (%(name)s::text is null or n.name = %(name)s)
    and (%(at)s::timestamptz is null
        or (n.uploaded_at, n.hash, n.name) < (%(at)s::timestamptz, %(hash)s::text, %(after_name)s::text))
order by n.uploaded_at desc, n.hash desc, n.name desc
limit %(limit)s;
