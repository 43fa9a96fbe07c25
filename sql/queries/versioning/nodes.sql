-- The writers of the tree: nodes of any level, their order under a parent, and their former addresses.

-- name: lock_track
-- A track, locked against every other writer of it or of its order.
select 'track' as level, t.id, '00000000-0000-0000-0000-000000000000'::uuid as parent_id, t.slug, t.title, t.description,
    t.position, t.is_published, t.deleted_at, false as slug_released, t.slug as path
from tracks t
where t.id = %(id)s
for no key update of t;

-- name: lock_module
-- A module, locked likewise.
select 'module' as level, m.id, m.track_id as parent_id, m.slug, m.title, '' as description, m.position, m.is_published,
    m.deleted_at, false as slug_released, t.slug || '/' || m.slug as path
from modules m
join tracks t on t.id = m.track_id
where m.id = %(id)s
for no key update of m;

-- name: lock_lesson
-- A lesson, locked likewise.
select 'lesson' as level, l.id, l.module_id as parent_id, l.slug, l.title, '' as description, l.position, l.is_published,
    l.deleted_at, false as slug_released, t.slug || '/' || m.slug || '/' || l.slug as path
from lessons l
join modules m on m.id = l.module_id
join tracks t on t.id = m.track_id
where l.id = %(id)s
for no key update of l;

-- name: lock_challenge
-- A challenge as a node, locked likewise.
select 'challenge' as level, c.id, c.lesson_id as parent_id, c.slug, c.title, '' as description, c.position, c.is_published,
    c.deleted_at, c.slug_released, t.slug || '/' || m.slug || '/' || l.slug || '/' || c.slug as path
from challenges c
join lessons l on l.id = c.lesson_id
join modules m on m.id = l.module_id
join tracks t on t.id = m.track_id
where c.id = %(id)s
for no key update of c;

-- name: insert_track
-- A new track, last.
insert into tracks (id, slug, title, description, position, created_at)
values (%(id)s, %(slug)s, %(title)s, %(description)s, (select coalesce(max(t.position), 0) + 1 from tracks t), %(at)s);

-- name: insert_module
-- A new module, last of its track.
insert into modules (id, track_id, slug, title, position, created_at)
values (%(id)s, %(parent_id)s, %(slug)s, %(title)s,
    (select coalesce(max(m.position), 0) + 1 from modules m where m.track_id = %(parent_id)s), %(at)s);

-- name: insert_lesson
-- A new lesson, last of its module.
insert into lessons (id, module_id, slug, title, position, created_at)
values (%(id)s, %(parent_id)s, %(slug)s, %(title)s,
    (select coalesce(max(l.position), 0) + 1 from lessons l where l.module_id = %(parent_id)s), %(at)s);

-- name: update_track
-- Another name or description for a track.
update tracks set slug = %(slug)s, title = %(title)s, description = %(description)s, position = %(position)s
where id = %(id)s;

-- name: update_module
-- Another name for a module, or another track.
update modules set track_id = %(parent_id)s, slug = %(slug)s, title = %(title)s, position = %(position)s where id = %(id)s;

-- name: update_lesson
-- Another name for a lesson, or another module.
update lessons set module_id = %(parent_id)s, slug = %(slug)s, title = %(title)s, position = %(position)s where id = %(id)s;

-- name: update_challenge
-- Another name for a challenge, or another lesson.
update challenges set lesson_id = %(parent_id)s, slug = %(slug)s, position = %(position)s where id = %(id)s;

-- name: track_order
-- The tracks in order.
select id from tracks order by position, id;

-- name: module_order
-- The modules of a track in order.
select id from modules where track_id = %(parent_id)s order by position, id;

-- name: lesson_order
-- The lessons of a module in order.
select id from lessons where module_id = %(parent_id)s order by position, id;

-- name: challenge_order
-- The challenges of a lesson in order.
select id from challenges where lesson_id = %(parent_id)s order by position, id;

-- name: place_tracks
-- The tracks' positions: 1, 2, 3 in the order of these ids.
update tracks n set position = o.position
from unnest(%(ids)s::uuid[]) with ordinality as o (id, position)
where n.id = o.id and n.position <> o.position;

-- name: place_modules
-- The modules' positions in the order of these ids.
update modules n set position = o.position
from unnest(%(ids)s::uuid[]) with ordinality as o (id, position)
where n.id = o.id and n.position <> o.position;

-- name: place_lessons
-- The lessons' positions in the order of these ids.
update lessons n set position = o.position
from unnest(%(ids)s::uuid[]) with ordinality as o (id, position)
where n.id = o.id and n.position <> o.position;

-- name: place_challenges
-- The challenges' positions in the order of these ids.
update challenges n set position = o.position
from unnest(%(ids)s::uuid[]) with ordinality as o (id, position)
where n.id = o.id and n.position <> o.position;

-- name: show_track
-- Show, hide or archive tracks.
update tracks set is_published = %(is_published)s, deleted_at = %(deleted_at)s where id = any(%(ids)s);

-- name: show_module
-- Show, hide or archive modules.
update modules set is_published = %(is_published)s, deleted_at = %(deleted_at)s where id = any(%(ids)s);

-- name: show_lesson
-- Show, hide or archive lessons.
update lessons set is_published = %(is_published)s, deleted_at = %(deleted_at)s where id = any(%(ids)s);

-- name: leave_redirect
-- A former address; the last to leave it owns it.
insert into redirects (level, parent_id, slug, target_id)
values (%(level)s, %(parent_id)s, %(slug)s, %(target_id)s)
on conflict (level, parent_id, slug) do update set target_id = excluded.target_id;

-- name: lock_tree
-- Keep other writers of the tree's shape waiting until this transaction ends; publishing does not take this lock.
select pg_advisory_xact_lock(7238901) is null as locked;

-- name: tree_of_tracks
-- Every node below these tracks' slugs, the tracks included, without content.
with wanted as (
    select t.id from tracks t where t.slug = any(%(slugs)s)
)
select 'track' as level, t.id, '00000000-0000-0000-0000-000000000000'::uuid as parent_id, t.slug, t.title, t.description,
    t.position, t.is_published, t.deleted_at, false as slug_released, t.path
from track_nodes t
where t.id in (select id from wanted)
union all
select 'module', m.id, m.track_id, m.slug, m.title, '', m.position, m.is_published, m.deleted_at, false, m.path
from module_nodes m
where m.track_id in (select id from wanted)
union all
select 'lesson', l.id, l.module_id, l.slug, l.title, '', l.position, l.is_published, l.deleted_at, false, l.path
from lesson_nodes l
where l.track_id in (select id from wanted)
union all
select 'challenge', c.id, c.lesson_id, c.slug, d.title, '', c.position, c.is_published, c.deleted_at, c.slug_released, c.path
from challenge_nodes c
join challenges d on d.id = c.id
where c.track_id in (select id from wanted);

-- name: node_at_path
-- The node whose current address this is, on whatever level the address reaches.
select level, id, parent_id, slug, title, description, position, is_published, deleted_at, slug_released, path
from (
    select 'track' as level, t.id, '00000000-0000-0000-0000-000000000000'::uuid as parent_id, t.slug, t.title,
        t.description, t.position, t.is_published, t.deleted_at, false as slug_released, t.path
    from track_nodes t
    where t.path = %(path)s
    union all
    select 'module', m.id, m.track_id, m.slug, m.title, '', m.position, m.is_published, m.deleted_at, false, m.path
    from module_nodes m
    where m.path = %(path)s
    union all
    select 'lesson', l.id, l.module_id, l.slug, l.title, '', l.position, l.is_published, l.deleted_at, false, l.path
    from lesson_nodes l
    where l.path = %(path)s
    union all
    select 'challenge', c.id, c.lesson_id, c.slug, d.title, '', c.position, c.is_published, c.deleted_at, false, c.path
    from challenge_nodes c
    join challenges d on d.id = c.id
    where c.path = %(path)s and not c.slug_released
) node;

-- name: node_by_slug
-- The node of that level and current name under a parent.
select level, id, parent_id, slug, title, description, position, is_published, deleted_at, slug_released, path
from (
    select 'track' as level, t.id, '00000000-0000-0000-0000-000000000000'::uuid as parent_id, t.slug, t.title,
        t.description, t.position, t.is_published, t.deleted_at, false as slug_released, t.path
    from track_nodes t
    where %(level)s = 'track' and t.slug = %(slug)s
    union all
    select 'module', m.id, m.track_id, m.slug, m.title, '', m.position, m.is_published, m.deleted_at, false, m.path
    from module_nodes m
    where %(level)s = 'module' and m.track_id = %(parent_id)s and m.slug = %(slug)s
    union all
    select 'lesson', l.id, l.module_id, l.slug, l.title, '', l.position, l.is_published, l.deleted_at, false, l.path
    from lesson_nodes l
    where %(level)s = 'lesson' and l.module_id = %(parent_id)s and l.slug = %(slug)s
    union all
    select 'challenge', c.id, c.lesson_id, c.slug, d.title, '', c.position, c.is_published, c.deleted_at, false, c.path
    from challenge_nodes c
    join challenges d on d.id = c.id
    where %(level)s = 'challenge' and c.lesson_id = %(parent_id)s and c.slug = %(slug)s and not c.slug_released
) node;
