-- Learners' work as it is chosen for a replay; read by the worker, for some learners at a time.

-- name: learners_of_versions
-- The next learners of a challenge who work on one of these versions or completed it there, by id.
select user_id, started_at
from user_progress
where challenge_id = %(challenge_id)s and (%(above)s::uuid is null or user_id > %(above)s::uuid)
    and (pinned_version_id = any(%(version_ids)s) or completed_version_id = any(%(version_ids)s))
order by user_id
limit %(limit)s;

-- name: submissions
-- Of each of these learners the first and the last accepted attempt and the last wrong one at these versions; with the
-- code where its hash is not known. No attempt is older than its learner's beginning, which leads to the months.
select a.user_id, a.created_at, a.id, a.status, a.code_hash,
    case when a.code_hash is null then a.code_html else '' end as code_html,
    case when a.code_hash is null then a.code_css else '' end as code_css,
    case when a.code_hash is null then a.code_js else '' end as code_js
from unnest(%(user_ids)s::uuid[], %(since)s::timestamptz[]) as wanted (user_id, since)
cross join lateral (
    select t.user_id, t.created_at, t.id, t.status, t.code_hash, t.code_html, t.code_css, t.code_js,
        row_number() over (partition by t.user_id, t.status order by t.created_at, t.id) as from_first,
        row_number() over (partition by t.user_id, t.status order by t.created_at desc, t.id desc) as from_last
    from attempts t
    where t.user_id = wanted.user_id and t.challenge_id = %(challenge_id)s and t.created_at >= wanted.since
        and t.version_id = any(%(version_ids)s) and t.status in ('PASSED', 'FAILED')
) a
where a.from_last = 1 or (a.status = 'PASSED' and a.from_first = 1);

-- name: code_of_submissions
-- The code of these attempts, given one by one as learners, moments and ids.
select a.id, a.code_html, a.code_css, a.code_js
from unnest(%(user_ids)s::uuid[], %(moments)s::timestamptz[], %(ids)s::uuid[]) as wanted (user_id, at, id)
join attempts a on a.user_id = wanted.user_id and a.created_at = wanted.at and a.id = wanted.id;
