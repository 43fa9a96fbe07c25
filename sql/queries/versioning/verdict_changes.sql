-- Verdicts that say the opposite of an earlier one, and what they are about.

-- name: insert_verdict_change
-- A verdict that passed where the earlier one had not, or the other way; once, whoever writes it.
insert into verdict_changes (id, judged_hash, code_hash, is_solution, is_starter, before_passed, before_engine,
    before_protocol, before_judged_at, after_passed, after_engine, after_protocol, after_judged_at)
values (%(id)s, %(judged_hash)s, %(code_hash)s, %(is_solution)s, %(is_starter)s, %(before_passed)s, %(before_engine)s,
    %(before_protocol)s, %(before_judged_at)s, %(after_passed)s, %(after_engine)s, %(after_protocol)s, %(after_judged_at)s)
on conflict (judged_hash, code_hash, before_protocol, before_engine, before_judged_at, after_protocol, after_engine)
    do nothing;

-- name: is_solution_or_starter
-- Whether a run that is still kept had this code as its solution or as its starter.
select coalesce(bool_or(solution_code_hash = %(code_hash)s), false) as is_solution,
    coalesce(bool_or(starter_code_hash = %(code_hash)s), false) as is_starter
from runs
where judged_hash = %(judged_hash)s and %(code_hash)s in (solution_code_hash, starter_code_hash);

-- name: texts_judged
-- The starters and the names of the solutions of every version and draft that has these tests.
select solution_hash, starter_html, starter_css, starter_js
from challenge_versions
where judged_hash = %(judged_hash)s
union
select solution_hash, starter_html, starter_css, starter_js
from challenges
where judged_hash = %(judged_hash)s;

-- name: verdict_changes_page
-- A page of changes, newest first.
select id, judged_hash, code_hash, is_solution, is_starter, before_passed, before_engine, before_protocol,
    before_judged_at, after_passed, after_engine, after_protocol, after_judged_at
from verdict_changes
where %(before)s::uuid is null or id < %(before)s::uuid
order by id desc
limit %(limit)s;

-- name: versions_judged
-- The versions that have these tests, the newest of each challenge first.
select id, challenge_id, version as number, major, minor, 'v' || major || '.' || minor as label, title, difficulty, points,
    estimated_time_minutes, solution_hash, content_hash, judged_hash, chain_hash, restored_from, changelog, created_by,
    reviewed_by, published_by, published_at, is_active, weight
from challenge_versions
where judged_hash = any(%(judged_hashes)s)
order by judged_hash, challenge_id, version desc;

-- name: drafts_judged
-- The challenges whose drafts have these tests.
select judged_hash, id as challenge_id
from challenges
where judged_hash = any(%(judged_hashes)s)
order by judged_hash, id;

-- name: attempts_of_verdicts
-- How many attempts have these codes at versions that have these tests, given pairwise.
select judged_hash, code_hash, attempts
from attempts_of_verdicts(%(judged_hashes)s::text[], %(code_hashes)s::text[]);
