-- How a challenge stands when it is to be published: its lock, its draft, its versions, its approval.

-- name: lock_drafts
-- These challenges with their drafts, locked in the order of their ids against every other writer, not against readers.
select c.id, c.lesson_id, c.slug, c.position, c.is_published, c.deleted_at, c.slug_released, c.draft_revision, c.title,
    c.instructions, c.difficulty, c.points, c.estimated_time_minutes, c.starter_html, c.starter_css, c.starter_js,
    c.solution_hash, c.tests, c.hooks, c.libraries, c.hints, c.content_hash, c.judged_hash, c.draft_updated_at,
    c.draft_updated_by,
    c.draft_editors, c.draft_restored_from, c.applied_hash, c.created_at, c.created_by
from challenges c
where c.id = any(%(ids)s)
order by c.id
for no key update of c;

-- name: drafts_by_id
-- These challenges with their drafts, as they stand.
select c.id, c.lesson_id, c.slug, c.position, c.is_published, c.deleted_at, c.slug_released, c.draft_revision, c.title,
    c.instructions, c.difficulty, c.points, c.estimated_time_minutes, c.starter_html, c.starter_css, c.starter_js,
    c.solution_hash, c.tests, c.hooks, c.libraries, c.hints, c.content_hash, c.judged_hash, c.draft_updated_at,
    c.draft_updated_by,
    c.draft_editors, c.draft_restored_from, c.applied_hash, c.created_at, c.created_by
from challenges c
where c.id = any(%(ids)s);

-- name: highest_versions
-- The newest version of each of these challenges.
select distinct on (challenge_id) id, challenge_id, version as number, major, minor, 'v' || major || '.' || minor as label,
    title, difficulty, points, estimated_time_minutes, solution_hash, content_hash, judged_hash, chain_hash, restored_from,
    changelog, created_by, reviewed_by, published_by, published_at, is_active, weight
from challenge_versions
where challenge_id = any(%(ids)s)
order by challenge_id, version desc;

-- name: versions_with_text
-- The versions that say exactly what a draft says, given pairwise as challenge and content hash.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from unnest(%(challenge_ids)s::uuid[], %(content_hashes)s::text[]) as wanted (challenge_id, content_hash)
join challenge_versions v using (challenge_id, content_hash);

-- name: challenges_without_shown_ancestors
-- Which of these challenges stand below something that learners do not see.
select id from challenge_nodes where id = any(%(ids)s) and not ancestors_shown;

-- name: approvals
-- The latest approval of these content hashes, given pairwise with challenges; a later wish for changes cancels it.
select wanted.challenge_id, wanted.content_hash, latest.reviewer_id
from unnest(%(challenge_ids)s::uuid[], %(content_hashes)s::text[]) as wanted (challenge_id, content_hash)
cross join lateral (
    select r.reviewer_id, r.verdict
    from reviews r
    where r.challenge_id = wanted.challenge_id and r.content_hash = wanted.content_hash
    order by r.created_at desc, r.id desc
    limit 1
) latest
where latest.verdict = 'APPROVED';

-- name: full_versions_by_challenge_id
-- Everything that the hashes of this challenge's versions cover, in order.
select id, challenge_id, version as number, major, minor, 'v' || major || '.' || minor as label, title, instructions,
    difficulty, points, estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks,
    libraries, hints,
    canonical, content_hash, judged_hash, chain_hash, restored_from, changelog, created_by, reviewed_by, published_by,
    published_at, is_active, weight
from challenge_versions
where challenge_id = %(challenge_id)s
order by version;

-- name: full_versions_by_id
-- Everything of these versions.
select id, challenge_id, version as number, major, minor, 'v' || major || '.' || minor as label, title, instructions,
    difficulty, points, estimated_time_minutes, starter_html, starter_css, starter_js, solution_hash, tests, hooks,
    libraries, hints,
    canonical, content_hash, judged_hash, chain_hash, restored_from, changelog, created_by, reviewed_by, published_by,
    published_at, is_active, weight
from challenge_versions
where id = any(%(ids)s);

-- name: full_versions_by_number
-- Everything of the versions of these numbers, given pairwise with their challenges.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.instructions, v.difficulty, v.points, v.estimated_time_minutes, v.starter_html, v.starter_css, v.starter_js,
    v.solution_hash, v.tests, v.hooks, v.libraries, v.hints, v.canonical, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from,
    v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from unnest(%(challenge_ids)s::uuid[], %(numbers)s::int[]) as wanted (challenge_id, version)
join challenge_versions v using (challenge_id, version);
