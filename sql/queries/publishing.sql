-- What publishing reads under its lock and writes.

-- name: append_version
-- A new version, live from now on.
insert into challenge_versions (id, challenge_id, version, major, minor, title, instructions, difficulty, points,
    estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints,
    canonical, content_hash,
    judged_hash, chain_hash, restored_from, changelog, created_by, reviewed_by, published_by, published_at, is_active,
    weight)
select %(id)s, c.id, %(number)s, %(major)s, %(minor)s, c.title, c.instructions, c.difficulty, c.points,
    c.estimated_time_minutes, c.starter_html, c.starter_css, c.starter_js, c.solution_hash, c.tests, c.hooks,
    c.libraries, c.hints, %(canonical)s,
    c.content_hash, c.judged_hash, %(chain_hash)s, %(restored_from)s, %(changelog)s, %(created_by)s, %(reviewed_by)s,
    %(published_by)s, %(published_at)s, true, 100
from challenges c
where c.id = %(challenge_id)s and c.content_hash = %(content_hash)s;

-- name: take_out_of_service
-- Nothing of this challenge is live any more.
update challenge_versions set is_active = false, weight = 0 where challenge_id = %(challenge_id)s and is_active;

-- name: put_into_service
-- This version is live, with this weight.
update challenge_versions set is_active = true, weight = %(weight)s where id = %(id)s;

-- name: mark_published
-- The challenge has a live version; the next draft starts without editors and without an origin.
update challenges
set is_published = true, draft_editors = array[]::uuid[], draft_restored_from = null
where id = %(id)s;

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
