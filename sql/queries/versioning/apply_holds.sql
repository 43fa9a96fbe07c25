-- What applyContent asks beside the tree and the drafts.

-- name: held
-- Of these texts, given pairwise with challenges, those of versions that somebody took out of service on purpose (by a
-- release: one that did not go on to a later version), and those of challenges with a running experiment of which they
-- are no arm.
select v.challenge_id, latest.kind, 'v' || v.major || '.' || v.minor as name
from unnest(%(challenge_ids)s::uuid[], %(content_hashes)s::text[]) as wanted (challenge_id, content_hash)
join challenge_versions v using (challenge_id, content_hash)
cross join lateral (
    select p.kind, exists (
        select from jsonb_array_elements(r.after) arm where (arm ->> 'version')::int > v.version
    ) as went_on
    from publication_records r
    join publications p on p.id = r.publication_id
    where r.subject_id = v.challenge_id
        and r.before @> jsonb_build_array(jsonb_build_object('version', v.version))
        and not r.after @> jsonb_build_array(jsonb_build_object('version', v.version))
    order by r.seq desc
    limit 1
) latest
where not v.is_active and (
        latest.kind in ('ROLLBACK', 'EXPERIMENT_STOP', 'PROMOTE') or (latest.kind = 'RELEASE' and not latest.went_on)
    )
    and not exists (select from experiments e where e.challenge_id = v.challenge_id and e.state = 'RUNNING')
union all
select e.challenge_id, e.state, e.name
from unnest(%(challenge_ids)s::uuid[], %(content_hashes)s::text[]) as wanted (challenge_id, content_hash)
join experiments e on e.challenge_id = wanted.challenge_id and e.state = 'RUNNING'
where not exists (
    select from challenge_versions v
    where v.challenge_id = wanted.challenge_id and v.content_hash = wanted.content_hash and v.is_active
);
