-- Reading the content tree. %(all)s is true for those who read drafts; everyone else sees what is shown.

-- name: tracks_after
-- A page of tracks in order, after the track of the given position and id.
select id, slug, title, description, position, state, path, shown
from track_nodes
where (%(all)s or shown)
    and (%(position)s::int is null or (position, id) > (%(position)s::int, %(id)s::uuid))
order by position, id
limit %(limit)s;

-- name: tracks_before
-- A page of tracks in reverse order, before the track of the given position and id.
select id, slug, title, description, position, state, path, shown
from track_nodes
where (%(all)s or shown)
    and (%(position)s::int is null or (position, id) < (%(position)s::int, %(id)s::uuid))
order by position desc, id desc
limit %(limit)s;

-- name: track_by_slug
-- The track of that name that the viewer may see, or else the one that had it once.
select id, slug, title, description, position, state, path, shown
from track_nodes
where (%(all)s or shown)
    and id = coalesce(
        (select t.id from track_nodes t where t.slug = %(slug)s and (%(all)s or t.shown)),
        (select r.target_id from redirects r
         where r.level = 'track' and r.parent_id = '00000000-0000-0000-0000-000000000000' and r.slug = %(slug)s)
    );

-- name: tracks_by_id
-- The tracks of these ids.
select id, slug, title, description, position, state, path, shown
from track_nodes
where id = any(%(ids)s) and (%(all)s or shown);

-- name: modules_by_id
-- The modules of these ids.
select id, track_id, slug, title, position, state, path, shown
from module_nodes
where id = any(%(ids)s) and (%(all)s or shown);

-- name: modules_by_track_id
-- The modules of these tracks, in order.
select id, track_id, slug, title, position, state, path, shown
from module_nodes
where track_id = any(%(ids)s) and (%(all)s or shown)
order by track_id, position;

-- name: lessons_by_id
-- The lessons of these ids.
select id, module_id, slug, title, position, state, path, shown
from lesson_nodes
where id = any(%(ids)s) and (%(all)s or shown);

-- name: lessons_by_module_id
-- The lessons of these modules, in order.
select id, module_id, slug, title, position, state, path, shown
from lesson_nodes
where module_id = any(%(ids)s) and (%(all)s or shown)
order by module_id, position;

-- name: challenges_by_id
-- The challenges of these ids.
select id, lesson_id, slug, position, state, path, shown
from challenge_nodes
where id = any(%(ids)s) and (%(all)s or shown);

-- name: challenges_by_lesson_id
-- The challenges of these lessons, in order.
select id, lesson_id, slug, position, state, path, shown
from challenge_nodes
where lesson_id = any(%(ids)s) and (%(all)s or shown)
order by lesson_id, position;

-- name: challenge_by_path
-- The challenge at an address; on each level a current name wins over a former one, if the viewer may see what has it.
with track as (
    select coalesce(
        (select t.id from track_nodes t where t.slug = %(track)s and (%(all)s or t.shown)),
        (select r.target_id from redirects r
         where r.level = 'track' and r.parent_id = '00000000-0000-0000-0000-000000000000' and r.slug = %(track)s)
    ) as id
), module as (
    select coalesce(
        (select m.id from module_nodes m
         where m.track_id = track.id and m.slug = %(module)s and (%(all)s or m.shown)),
        (select r.target_id from redirects r where r.level = 'module' and r.parent_id = track.id and r.slug = %(module)s)
    ) as id
    from track
), lesson as (
    select coalesce(
        (select l.id from lesson_nodes l
         where l.module_id = module.id and l.slug = %(lesson)s and (%(all)s or l.shown)),
        (select r.target_id from redirects r where r.level = 'lesson' and r.parent_id = module.id and r.slug = %(lesson)s)
    ) as id
    from module
), challenge as (
    select coalesce(
        (select c.id from challenge_nodes c
         where c.lesson_id = lesson.id and c.slug = %(challenge)s and not c.slug_released and (%(all)s or c.shown)),
        (select r.target_id from redirects r
         where r.level = 'challenge' and r.parent_id = lesson.id and r.slug = %(challenge)s)
    ) as id
    from lesson
)
select n.id, n.lesson_id, n.slug, n.position, n.state, n.path, n.shown
from challenge_nodes n
join challenge on challenge.id = n.id
where %(all)s or n.shown;

-- name: neighbours_by_challenge_id
-- The challenges before and after these, in the reading order of their track and across its lessons.
with place as (
    select n.id, n.track_id, m.position as module_position, l.position as lesson_position, n.position
    from challenge_nodes n
    join lessons l on l.id = n.lesson_id
    join modules m on m.id = n.module_id
    where n.track_id in (select o.track_id from challenge_nodes o where o.id = any(%(ids)s))
        and n.deleted_at is null and (%(all)s or n.shown)
), neighbours as (
    select id,
        lead(id) over reading as next_id,
        lag(id) over reading as previous_id
    from place
    window reading as (partition by track_id order by module_position, lesson_position, position)
)
select id, next_id, previous_id
from neighbours
where id = any(%(ids)s);
