-- What applyContent asks beside the tree and the drafts.

-- name: held_by_rollback
-- Of these texts, given pairwise with challenges, the versions that were last taken out of service by a rollback.
select v.challenge_id, 'v' || v.major || '.' || v.minor as label
from unnest(%(challenge_ids)s::uuid[], %(content_hashes)s::text[]) as wanted (challenge_id, content_hash)
join challenge_versions v using (challenge_id, content_hash)
cross join lateral (
    select p.kind
    from publication_records r
    join publications p on p.id = r.publication_id
    where r.subject_id = v.challenge_id
        and r.before @> jsonb_build_array(jsonb_build_object('version', v.version))
        and not r.after @> jsonb_build_array(jsonb_build_object('version', v.version))
    order by r.seq desc
    limit 1
) latest
where not v.is_active and latest.kind = 'ROLLBACK';
