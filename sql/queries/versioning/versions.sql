-- Reading versions. Learners reach a version only through what is live; the writers' statements are in publishing.sql.

-- name: live_versions_by_challenge_id
-- The live versions of these challenges; one each outside an experiment.
select id, challenge_id, version as number, major, minor, 'v' || major || '.' || minor as label, title, difficulty, points,
    estimated_time_minutes, solution_hash, content_hash, judged_hash, chain_hash, restored_from, changelog, created_by,
    reviewed_by, published_by, published_at, is_active, weight
from challenge_versions
where challenge_id = any(%(ids)s) and is_active
order by challenge_id, version;

-- name: shown_versions_by_id
-- The versions of these ids that anyone may see: live ones of shown challenges; all of them for those who read drafts.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from challenge_versions v
join challenge_nodes n on n.id = v.challenge_id
where v.id = any(%(ids)s) and (%(all)s or (v.is_active and n.shown));

-- name: versions_by_number
-- The versions of these challenges that have these numbers, given pairwise.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from unnest(%(challenge_ids)s::uuid[], %(numbers)s::int[]) as wanted (challenge_id, version)
join challenge_versions v using (challenge_id, version);

-- name: versions_as_of
-- The version that was live (during an experiment the control) at these moments, given pairwise with challenges.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight,
    wanted.at as asked_at
from unnest(%(challenge_ids)s::uuid[], %(moments)s::timestamptz[]) as wanted (challenge_id, at)
cross join lateral (
    select r.after
    from publication_records r
    where r.subject_id = wanted.challenge_id and r.at <= wanted.at
    order by r.seq desc, r.ordinal desc
    limit 1
) latest
join challenge_versions v on v.challenge_id = wanted.challenge_id
    and latest.after @> jsonb_build_array(jsonb_build_object('version', v.version))
where jsonb_array_length(latest.after) = 1 or exists (
    select from experiments e
    where e.challenge_id = v.challenge_id and e.control_version_id = v.id
        and e.started_at <= wanted.at and (e.stopped_at is null or e.stopped_at > wanted.at)
);

-- name: version_pages_by_challenge_id
-- The newest versions of these challenges, at most a limit of each, those below the number given pairwise with each.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from unnest(%(challenge_ids)s::uuid[], %(below)s::int[]) as wanted (challenge_id, below)
cross join lateral (
    select o.*
    from challenge_versions o
    where o.challenge_id = wanted.challenge_id and (wanted.below is null or o.version < wanted.below)
    order by o.version desc
    limit %(limit)s
) v;

-- name: texts_by_version_id
-- The long texts of these versions.
select id, instructions, starter_html, starter_css, starter_js, tests, hooks, libraries, hints
from challenge_versions
where id = any(%(ids)s);
