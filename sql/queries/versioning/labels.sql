-- Versions by label.

-- name: versions_by_label
-- The versions of these challenges that carry these labels, given pairwise as major and minor.
select v.id, v.challenge_id, v.version as number, v.major, v.minor, 'v' || v.major || '.' || v.minor as label, v.title,
    v.difficulty, v.points, v.estimated_time_minutes, v.solution_hash, v.content_hash, v.judged_hash, v.chain_hash,
    v.restored_from, v.changelog, v.created_by, v.reviewed_by, v.published_by, v.published_at, v.is_active, v.weight
from unnest(%(challenge_ids)s::uuid[], %(majors)s::int[], %(minors)s::int[]) as wanted (challenge_id, major, minor)
join challenge_versions v using (challenge_id, major, minor);
