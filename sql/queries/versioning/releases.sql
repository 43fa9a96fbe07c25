-- Releases: planned, scheduled, fired, taken back.

-- name: insert_release
-- A release that holds nothing yet.
insert into releases (id, name, changelog, state, created_by, created_at, failures)
values (%(id)s, %(name)s, %(changelog)s, 'PLANNED', %(actor)s, %(at)s, '[]');

-- name: lock_release
-- A release, held until the transaction ends.
select id, name, changelog, state, created_by, created_at, scheduled_at, scheduled_by, proving_since, ended_at,
    late_seconds, failures, publication_id, revert_id
from releases
where id = %(id)s
for no key update;

-- name: releases_by_id
-- The releases of these ids.
select id, name, changelog, state, created_by, created_at, scheduled_at, scheduled_by, proving_since, ended_at,
    late_seconds, failures, publication_id, revert_id
from releases
where id = any(%(ids)s);

-- name: releases_page
-- Releases, the newest first, after a key; all, or those in one state.
select id, name, changelog, state, created_by, created_at, scheduled_at, scheduled_by, proving_since, ended_at,
    late_seconds, failures, publication_id, revert_id
from releases
where (%(at)s::timestamptz is null or (created_at, id) < (%(at)s::timestamptz, %(id)s::uuid))
    and (%(state)s::text is null or state = %(state)s::text)
order by created_at desc, id desc
limit %(limit)s;

-- name: due_releases
-- Scheduled releases whose moment has come.
select id
from releases
where state = 'SCHEDULED' and scheduled_at <= %(now)s
order by scheduled_at;

-- name: schedule_release
-- A moment at which to fire, and under whose rights; what failed before is over.
update releases
set state = 'SCHEDULED', scheduled_at = %(at)s, scheduled_by = %(actor)s, proving_since = null, ended_at = null,
    late_seconds = null, failures = '[]'
where id = %(id)s;

-- name: unschedule_release
-- Only planned again.
update releases
set state = 'PLANNED', scheduled_at = null, scheduled_by = null, proving_since = null
where id = %(id)s;

-- name: prove_release
-- The release is due and waits for its texts to be run, unless it does already, or was taken back meanwhile.
update releases
set proving_since = coalesce(proving_since, %(at)s)
where id = %(id)s and state = 'SCHEDULED';

-- name: end_release
-- What became of a release that fired, or should have.
update releases
set state = %(state)s, ended_at = %(at)s, late_seconds = %(late_seconds)s, failures = %(failures)s,
    publication_id = %(publication_id)s
where id = %(id)s;

-- name: take_release_back
-- The release was undone by this publication.
update releases
set state = 'REVERTED', revert_id = %(revert_id)s
where id = %(id)s;

-- name: put_item
-- What a release does to a subject, in the place of what it was to do; a new subject comes last.
insert into release_items (release_id, ordinal, subject_type, subject_id, version_id, content_hash, published,
    live_set_hash, changelog, bump, added_by, added_at, title, instructions, difficulty, points, estimated_time_minutes,
    starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints, judged_hash, edited_by,
    editors, restored_from)
values (%(release_id)s,
    (select coalesce(max(i.ordinal), 0) + 1 from release_items i where i.release_id = %(release_id)s),
    %(subject_type)s, %(subject_id)s, %(version_id)s, %(content_hash)s, %(published)s, %(live_set_hash)s,
    %(changelog)s, %(bump)s, %(added_by)s, %(added_at)s, %(title)s, %(instructions)s, %(difficulty)s, %(points)s,
    %(estimated_time_minutes)s, %(starter_html)s, %(starter_css)s, %(starter_js)s, %(solution_hash)s, %(tests)s,
    %(hooks)s, %(libraries)s, %(hints)s, %(judged_hash)s, %(edited_by)s, %(editors)s, %(restored_from)s)
on conflict (release_id, subject_id) do update set
    version_id = excluded.version_id, content_hash = excluded.content_hash, published = excluded.published,
    live_set_hash = excluded.live_set_hash, changelog = excluded.changelog, bump = excluded.bump,
    added_by = excluded.added_by, added_at = excluded.added_at, title = excluded.title,
    instructions = excluded.instructions, difficulty = excluded.difficulty, points = excluded.points,
    estimated_time_minutes = excluded.estimated_time_minutes, starter_html = excluded.starter_html,
    starter_css = excluded.starter_css, starter_js = excluded.starter_js, solution_hash = excluded.solution_hash,
    tests = excluded.tests, hooks = excluded.hooks, libraries = excluded.libraries, hints = excluded.hints,
    judged_hash = excluded.judged_hash, edited_by = excluded.edited_by, editors = excluded.editors,
    restored_from = excluded.restored_from;

-- name: delete_item
-- A subject that a release is to leave alone.
delete from release_items where release_id = %(release_id)s and subject_id = %(subject_id)s;

-- name: items_by_release_id
-- What these releases do, in order.
select release_id, ordinal, subject_type, subject_id, version_id, content_hash, published, live_set_hash, changelog,
    bump, title, added_by, added_at
from release_items
where release_id = any(%(ids)s)
order by release_id, ordinal;

-- name: texts_by_release_id
-- The texts that this release publishes, as they were when they were added.
select subject_id as challenge_id, title, instructions, difficulty, points, estimated_time_minutes, starter_html,
    starter_css, starter_js, solution_hash, tests, hooks, libraries, hints, content_hash, judged_hash, edited_by,
    editors, restored_from
from release_items
where release_id = %(id)s and content_hash is not null
order by ordinal;
