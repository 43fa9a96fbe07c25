-- What an attempt shows of its page, and verdicts that say the opposite of an earlier one.

-- [{"kind", "message", "file", "line", "column", "during"}] of the page's errors, in the order they happened. "during" is
-- the test that began last before the error, null while the page loaded; it is absent where the sandbox did not tell.
alter table verdicts add column errors jsonb not null default '[]';

-- How the page ended, null before the verdict and for an attempt that was judged from outside.
alter table challenge_attempts add column run_status text;
-- What of the errors its learner may see, null before the verdict.
alter table challenge_attempts add column page_errors jsonb;
-- When its learner had it judged again, the last three times.
alter table challenge_attempts add column rejudged_at timestamptz[] not null default '{}';
alter table challenge_attempts_archive add column run_status text;
alter table challenge_attempts_archive add column page_errors jsonb;
alter table challenge_attempts_archive add column rejudged_at timestamptz[] not null default '{}';
create or replace view attempts with (security_invoker = true) as
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by, code_hash, run_status, page_errors, rejudged_at
from challenge_attempts
union all
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by, code_hash, run_status, page_errors, rejudged_at
from challenge_attempts_archive;
grant update (run_status, page_errors, rejudged_at, tries, failures) on challenge_attempts to :"gateway";

-- Four bytes a row are enough to find the attempts of a code: a hash index.
create index idx_attempts_code_hash on challenge_attempts using hash (code_hash);
comment on index idx_attempts_code_hash is 'verdict_changes.attempts_of_verdicts: how many attempts have this code.';
create index idx_attempts_archive_code_hash on challenge_attempts_archive using hash (code_hash);
comment on index idx_attempts_archive_code_hash is 'verdict_changes.attempts_of_verdicts: how many attempts have this code.';

-- A verdict that passed where an earlier one of another browser or protocol had not, or the other way. Append only, and
-- nothing follows from a row: staff read it. It names no learner.
create table verdict_changes (
    id uuid primary key,
    judged_hash text not null,
    code_hash text not null,
    -- What code it was when the verdict changed: the solution, the starter, both, or, with neither, a learner's.
    is_solution boolean not null,
    is_starter boolean not null,
    before_passed boolean not null,
    before_engine text not null,
    before_protocol int not null,
    before_judged_at timestamptz not null,
    after_passed boolean not null,
    after_engine text not null,
    after_protocol int not null,
    after_judged_at timestamptz not null,
    -- Two workers may judge the same code at once: one change is written once.
    unique (judged_hash, code_hash, before_protocol, before_engine, before_judged_at, after_protocol, after_engine),
    check (before_passed <> after_passed)
);
grant select on verdict_changes to :"gateway";

create index challenge_versions_judged on challenge_versions (judged_hash);
comment on index challenge_versions_judged is 'verdict_changes.versions_judged: the versions that have these tests.';
create index challenges_judged on challenges (judged_hash);
comment on index challenges_judged is 'verdict_changes.drafts_judged: the drafts that have these tests.';

-- How many attempts have a code, without their learners. It runs as the worker, whom policies show all rows.
set local role :"worker";
create function attempts_of_verdicts(judged_hashes text[], code_hashes text[])
returns table (judged_hash text, code_hash text, attempts int)
language sql stable security definer set search_path = public, pg_temp
as $$
    select wanted.judged_hash, wanted.code_hash, (
        select count(*)::int
        from attempts a
        join challenge_versions v on v.id = a.version_id
        where a.code_hash = wanted.code_hash and v.judged_hash = wanted.judged_hash
    )
    from unnest($1::text[], $2::text[]) as wanted (judged_hash, code_hash);
$$;
set local role :"owner";
revoke execute on function attempts_of_verdicts(text[], text[]) from public;
grant execute on function attempts_of_verdicts(text[], text[]) to :"gateway";
