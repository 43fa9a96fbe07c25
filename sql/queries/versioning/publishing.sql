-- What publishing reads under its lock and writes.

-- name: append_versions
-- New versions, live from now on; their texts are those of the drafts or, where a release publishes them, of its items.
insert into challenge_versions (id, challenge_id, version, major, minor, title, instructions, difficulty, points,
    estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints,
    canonical, content_hash, judged_hash, chain_hash, restored_from, changelog, created_by, reviewed_by, published_by,
    published_at, is_active, weight)
select v.id, v.challenge_id, v.number, v.major, v.minor, t.title, t.instructions, t.difficulty, t.points,
    t.estimated_time_minutes, t.starter_html, t.starter_css, t.starter_js, t.solution_hash, t.tests, t.hooks, t.libraries,
    t.hints, v.canonical, v.content_hash, v.judged_hash, v.chain_hash, v.restored_from, v.changelog, v.created_by,
    v.reviewed_by, v.published_by, %(published_at)s, true, 100
from jsonb_to_recordset(%(versions)s) as v (id uuid, challenge_id uuid, number int, major int, minor int, canonical int,
    content_hash text, judged_hash text, chain_hash text, restored_from uuid, changelog text, created_by uuid,
    reviewed_by uuid, published_by uuid)
cross join lateral (
    select c.title, c.instructions, c.difficulty, c.points, c.estimated_time_minutes, c.starter_html, c.starter_css,
        c.starter_js, c.solution_hash, c.tests, c.hooks, c.libraries, c.hints
    from challenges c
    where %(release_id)s::uuid is null and c.id = v.challenge_id and c.content_hash = v.content_hash
    union all
    select i.title, i.instructions, i.difficulty, i.points, i.estimated_time_minutes, i.starter_html, i.starter_css,
        i.starter_js, i.solution_hash, i.tests, i.hooks, i.libraries, i.hints
    from release_items i
    where i.release_id = %(release_id)s::uuid and i.subject_id = v.challenge_id and i.content_hash = v.content_hash
) t;

-- name: take_out_of_service
-- Nothing of these challenges is live any more.
update challenge_versions set is_active = false, weight = 0 where challenge_id = any(%(challenge_ids)s) and is_active;

-- name: put_into_service
-- These versions are live, with the weights that are given one by one.
update challenge_versions v
set is_active = true, weight = given.weight
from unnest(%(ids)s::uuid[], %(weights)s::int[]) as given (id, weight)
where v.id = given.id;

-- name: mark_published
-- These challenges have a live version; a draft that says just what was published, given by hash one by one, goes on
-- without editors and without an origin.
update challenges c
set is_published = true,
    draft_editors = case when c.content_hash = given.content_hash then array[]::uuid[] else c.draft_editors end,
    draft_restored_from = case when c.content_hash = given.content_hash then null else c.draft_restored_from end
from unnest(%(ids)s::uuid[], %(content_hashes)s::text[]) as given (id, content_hash)
where c.id = given.id;

-- name: mark_shown
-- These challenges are open to learners, or (nothing of them is live any more) drafts again.
update challenges
set is_published = %(published)s
where id = any(%(ids)s) and is_published <> %(published)s;

-- name: mark_archived
-- These challenges are out of sight; those that were never published, told one by one, give their slugs back.
update challenges c
set is_published = false, deleted_at = %(at)s, slug_released = given.release
from unnest(%(ids)s::uuid[], %(releases)s::boolean[]) as given (id, release)
where c.id = given.id;

-- name: mark_unarchived
-- The challenge is back, published if something is live again.
update challenges
set is_published = %(published)s, deleted_at = null, slug_released = false
where id = %(id)s;
