-- What publishing reads under its lock and writes.

-- name: append_version
-- A new version, live from now on.
insert into challenge_versions (id, challenge_id, version, major, minor, title, instructions, difficulty, points,
    estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints,
    canonical, content_hash,
    judged_hash, chain_hash, restored_from, changelog, created_by, reviewed_by, published_by, published_at, is_active,
    weight)
values (%(id)s, %(challenge_id)s, %(number)s, %(major)s, %(minor)s, %(title)s, %(instructions)s, %(difficulty)s,
    %(points)s, %(estimated_time_minutes)s, %(starter_html)s, %(starter_css)s, %(starter_js)s, %(solution_hash)s,
    %(tests)s, %(hooks)s, %(libraries)s, %(hints)s, %(canonical)s, %(content_hash)s, %(judged_hash)s, %(chain_hash)s,
    %(restored_from)s, %(changelog)s, %(created_by)s, %(reviewed_by)s, %(published_by)s, %(published_at)s, true, 100);

-- name: take_out_of_service
-- Nothing of this challenge is live any more.
update challenge_versions set is_active = false, weight = 0 where challenge_id = %(challenge_id)s and is_active;

-- name: put_into_service
-- This version is live, with this weight.
update challenge_versions set is_active = true, weight = %(weight)s where id = %(id)s;

-- name: mark_published
-- The challenge has a live version; a draft that says just this goes on without editors and without an origin.
update challenges
set is_published = true,
    draft_editors = case when content_hash = %(content_hash)s then array[]::uuid[] else draft_editors end,
    draft_restored_from = case when content_hash = %(content_hash)s then null else draft_restored_from end
where id = %(id)s;

-- name: mark_shown
-- The challenge is open to learners, or (nothing of it is live any more) a draft again.
update challenges
set is_published = %(published)s
where id = %(id)s and is_published <> %(published)s;

-- name: mark_archived
-- The challenge is out of sight; one that was never published gives its slug back.
update challenges
set is_published = false, deleted_at = %(at)s, slug_released = %(release)s
where id = %(id)s;

-- name: mark_unarchived
-- The challenge is back, published if something is live again.
update challenges
set is_published = %(published)s, deleted_at = null, slug_released = false
where id = %(id)s;
