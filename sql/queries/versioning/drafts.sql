-- Drafts: the one mutable text of a challenge, and what it said before.

-- name: drafts_page
-- Drafts by last edit, newest first, of one state or all, below a moment and id.
select c.id, c.lesson_id, c.slug, c.position, c.is_published, c.deleted_at, c.slug_released, c.draft_revision, c.title,
    c.instructions, c.difficulty, c.points, c.estimated_time_minutes, c.starter_html, c.starter_css, c.starter_js,
    c.solution_hash, c.tests, c.hooks, c.libraries, c.hints, c.content_hash, c.judged_hash, c.draft_updated_at,
    c.draft_updated_by,
    c.draft_editors, c.draft_restored_from, c.applied_hash, c.created_at, c.created_by
from challenges c
where (%(state)s::text is null or %(state)s::text = case
        when c.deleted_at is not null then 'ARCHIVED' when c.is_published then 'PUBLISHED' else 'DRAFT' end)
    and (%(at)s::timestamptz is null or (c.draft_updated_at, c.id) < (%(at)s::timestamptz, %(id)s::uuid))
order by c.draft_updated_at desc, c.id desc
limit %(limit)s;

-- name: insert_challenge
-- A new challenge with its first draft, at the end of its lesson until it is given its place.
insert into challenges (id, lesson_id, slug, position, created_at, created_by, title, instructions, difficulty, points,
    estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints,
    content_hash, judged_hash,
    draft_updated_at, draft_updated_by, draft_editors, applied_hash)
values (%(id)s, %(lesson_id)s, %(slug)s,
    (select coalesce(max(c.position), 0) + 1 from challenges c where c.lesson_id = %(lesson_id)s),
    %(at)s, %(actor)s, %(title)s, %(instructions)s, %(difficulty)s, %(points)s, %(estimated_time_minutes)s, %(starter_html)s,
    %(starter_css)s, %(starter_js)s, %(solution_hash)s, %(tests)s, %(hooks)s, %(libraries)s, %(hints)s,
    %(content_hash)s, %(judged_hash)s,
    %(at)s, %(actor)s, array[%(actor)s]::uuid[], %(applied_hash)s);

-- name: replace_draft
-- Another text for a draft; no row back means that its revision was not the expected one.
update challenges set
    draft_revision = draft_revision + 1,
    title = %(title)s, instructions = %(instructions)s, difficulty = %(difficulty)s, points = %(points)s,
    estimated_time_minutes = %(estimated_time_minutes)s, starter_html = %(starter_html)s, starter_css = %(starter_css)s,
    starter_js = %(starter_js)s, solution_hash = %(solution_hash)s, tests = %(tests)s, hooks = %(hooks)s, libraries =
    %(libraries)s, hints = %(hints)s,
    content_hash = %(content_hash)s, judged_hash = %(judged_hash)s, draft_updated_at = %(at)s,
    draft_updated_by = %(actor)s,
    draft_editors = case when %(actor)s = any(draft_editors) then draft_editors else draft_editors || %(actor)s::uuid end,
    draft_restored_from = %(restored_from)s,
    applied_hash = coalesce(%(applied_hash)s::text, applied_hash)
where id = %(id)s and draft_revision = %(expected_revision)s;

-- name: mark_applied
-- Note that the draft says what the last applyContent said.
update challenges set applied_hash = content_hash where id = %(id)s;

-- name: keep_draft
-- The text that a draft is about to lose.
insert into draft_history (challenge_id, revision, title, instructions, difficulty, points, estimated_time_minutes,
    starter_html, starter_css, starter_js, solution_hash, tests, hooks, libraries, hints, content_hash, saved_at, saved_by)
select id, draft_revision, title, instructions, difficulty, points, estimated_time_minutes, starter_html, starter_css,
    starter_js, solution_hash, tests, hooks, libraries, hints, content_hash, draft_updated_at, draft_updated_by
from challenges
where id = %(id)s;

-- name: forget_old_drafts
-- All but the last 50 former texts of a draft.
delete from draft_history
where challenge_id = %(id)s and revision <= %(revision)s - 50;

-- name: past_drafts_by_challenge_id
-- What these drafts said before, newest first.
select challenge_id, revision, title, instructions, difficulty, points, estimated_time_minutes, starter_html, starter_css,
    starter_js, solution_hash, tests, hooks, libraries, hints, content_hash, saved_at, saved_by
from draft_history
where challenge_id = any(%(ids)s)
order by challenge_id, revision desc;
