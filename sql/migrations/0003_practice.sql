-- Learners: enrolments, progress, attempts, leaderboards; isolated from one another by the database itself.
-- Identity is a setting of the transaction (app.user_id); without one nobody's rows are seen. Policies and grants stand
-- on the parents of partitions only: no partition is reached by its own name.

alter table users add column suspended_at timestamptz;

create table user_enrollments (
    user_id uuid not null references users (id),
    track_id uuid not null references tracks (id),
    enrolled_at timestamptz not null,
    -- How many of the track's shown challenges are completed: counted with each verdict, recounted when the tree changes.
    completed_challenges int not null default 0 check (completed_challenges >= 0),
    -- What completing them earned; points of what was archived since stay.
    earned_points int not null default 0 check (earned_points >= 0),
    last_completed_at timestamptz,
    primary key (user_id, track_id)
) with (fillfactor = 85);
create index idx_enrollments_track_id on user_enrollments (track_id, user_id);
comment on index idx_enrollments_track_id is 'counting.enrolled_learners: the learners of a track whose counts are taken anew.';

-- One row from the first start or submission on; "not started" is its absence.
create table user_progress (
    user_id uuid not null references users (id),
    challenge_id uuid not null references challenges (id),
    status text not null check (status in ('IN_PROGRESS', 'COMPLETED')),
    best_score int check (best_score between 0 and 100),
    total_attempts int not null default 0 check (total_attempts >= 0),
    started_at timestamptz not null,
    last_attempt_at timestamptz,
    -- The version that the learner works on, whatever is live: only they move it, or a publication's stated policy.
    pinned_version_id uuid not null references challenge_versions (id),
    completed_at timestamptz,
    completed_attempt_id uuid,
    completed_version_id uuid references challenge_versions (id),
    primary key (user_id, challenge_id),
    check ((status = 'COMPLETED') = (completed_at is not null)),
    check ((completed_at is null) = (completed_attempt_id is null)),
    check ((completed_at is null) = (completed_version_id is null))
) with (fillfactor = 85);
create index idx_progress_user_id on user_progress (user_id, started_at desc, challenge_id);
comment on index idx_progress_user_id is 'progress.progress_page: one''s challenges, the last begun first.';

-- Every submission, for ever. The moment is the millisecond inside the id, so an id leads to its month.
create table challenge_attempts (
    user_id uuid not null references users (id),
    created_at timestamptz not null,
    id uuid not null,
    challenge_id uuid not null,
    version_id uuid not null references challenge_versions (id),
    -- 1, 2, 3 … for each learner and challenge.
    number int not null check (number >= 1),
    code_html text not null,
    code_css text not null,
    code_js text not null,
    status text not null check (status in ('QUEUED', 'RUNNING', 'PASSED', 'FAILED', 'ERROR', 'INCONCLUSIVE')),
    score int check (score between 0 and 100),
    -- [{"id", "outcome", "message", "hidden"}] of the version's tests, in their order.
    results jsonb,
    graded_at timestamptz,
    graded_by uuid references users (id),
    primary key (user_id, created_at, id),
    check ((status in ('PASSED', 'FAILED')) = (score is not null))
) partition by range (created_at);
create index idx_attempts_user_challenge on challenge_attempts (user_id, challenge_id, created_at desc, id desc);
comment on index idx_attempts_user_challenge is 'attempts.attempts_of_challenge: one''s attempts at a challenge, newest first.';
-- No insert can fail for want of a month; what lies here moves when its month is made.
create table challenge_attempts_default partition of challenge_attempts default;

-- Months older than a year, moved here whole.
create table challenge_attempts_archive (like challenge_attempts including all) partition by range (created_at);
alter table challenge_attempts_archive add foreign key (user_id) references users (id);
alter table challenge_attempts_archive add foreign key (version_id) references challenge_versions (id);
alter table challenge_attempts_archive add foreign key (graded_by) references users (id);

-- One's attempts, wherever their month lies.
create view attempts with (security_invoker = true) as
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by
from challenge_attempts
union all
select user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by
from challenge_attempts_archive;

-- The one table of learners that all may read: a row for everybody who completed a challenge, written with the verdict.
create table leaderboard_entries (
    user_id uuid not null references users (id),
    challenge_id uuid not null references challenges (id),
    best_score int not null check (best_score between 0 and 100),
    completed_at timestamptz not null,
    -- Attempts up to the completing one.
    attempts int not null check (attempts >= 1),
    primary key (user_id, challenge_id)
);
create index leaderboard_entries_rank on leaderboard_entries (challenge_id, (-best_score), completed_at, attempts, user_id);
comment on index leaderboard_entries_rank is 'leaderboards.leaderboard_page: a challenge''s best, in their order.';

alter table user_enrollments enable row level security;
alter table user_enrollments force row level security;
alter table user_progress enable row level security;
alter table user_progress force row level security;
alter table challenge_attempts enable row level security;
alter table challenge_attempts force row level security;
alter table challenge_attempts_archive enable row level security;
alter table challenge_attempts_archive force row level security;
alter table leaderboard_entries enable row level security;
alter table leaderboard_entries force row level security;

create policy own_rows on user_enrollments to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy own_rows on user_progress to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy own_rows on challenge_attempts to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy own_rows on challenge_attempts_archive to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy own_rows on leaderboard_entries to :"gateway"
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
create policy all_may_read on leaderboard_entries for select to :"gateway" using (true);

create policy jobs on user_enrollments to :"worker" using (true) with check (true);
create policy jobs on user_progress to :"worker" using (true) with check (true);
create policy jobs on challenge_attempts to :"worker" using (true) with check (true);
create policy jobs on challenge_attempts_archive to :"worker" using (true) with check (true);
create policy jobs on leaderboard_entries to :"worker" using (true) with check (true);

grant select, insert on user_enrollments, user_progress, challenge_attempts, leaderboard_entries to :"gateway";
grant update (completed_challenges, earned_points, last_completed_at) on user_enrollments to :"gateway";
grant update (status, best_score, total_attempts, last_attempt_at, pinned_version_id, completed_at, completed_attempt_id,
    completed_version_id) on user_progress to :"gateway";
grant update (status, score, results, graded_at, graded_by) on challenge_attempts to :"gateway";
grant select on challenge_attempts_archive, attempts to :"gateway";

-- Counts for authors. Under forced row security a view that its owner refreshes is empty, so these are the worker's.
set local role :"worker";
create materialized view mv_track_statistics as
select t.id as track_id,
    count(distinct n.id)::int as total_challenges,
    (select avg(v.estimated_time_minutes)::float8
     from challenge_nodes s
     join challenge_versions v on v.challenge_id = s.id and v.is_active
     where s.track_id = t.id and s.shown) as average_minutes,
    (select count(*)::int from user_enrollments e where e.track_id = t.id) as enrolled_users,
    now() as refreshed_at
from tracks t
left join challenge_nodes n on n.track_id = t.id and n.shown
group by t.id;
create unique index mv_track_statistics_track_id on mv_track_statistics (track_id);
comment on index mv_track_statistics_track_id is 'statistics.track_statistics: a track''s counts, and refreshing concurrently.';

create materialized view mv_challenge_statistics as
select n.id as challenge_id, n.track_id,
    count(p.user_id)::int as total_users,
    (count(p.user_id) filter (where p.status = 'COMPLETED'))::int as completed_users,
    avg(p.best_score)::float8 as average_score,
    avg(p.total_attempts)::float8 as average_attempts
from challenge_nodes n
left join user_progress p on p.challenge_id = n.id
where n.shown
group by n.id, n.track_id;
create unique index mv_challenge_statistics_challenge_id on mv_challenge_statistics (challenge_id);
comment on index mv_challenge_statistics_challenge_id is 'maintenance.refresh_challenge_statistics: refreshing concurrently takes a unique key.';
create index mv_challenge_statistics_track_id on mv_challenge_statistics (track_id);
comment on index mv_challenge_statistics_track_id is 'statistics.challenge_statistics: the counts of a track''s challenges.';
grant select on mv_track_statistics, mv_challenge_statistics to :"gateway";
set local role :"owner";

-- Months of attempts. A month whose rows lie in the default partition cannot be made beside it, so the default steps
-- aside for as long as one transaction; whoever calls has set a short lock_timeout and tries again.
create function attempts_partition(month date) returns text language sql immutable
return 'challenge_attempts_' || to_char(month, 'YYYY_MM');

create function make_month_of_attempts(month date) returns boolean language plpgsql as $$
declare
    name text := attempts_partition(date_trunc('month', month)::date);
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
    if to_regclass(name) is not null then
        return false;
    end if;
    alter table challenge_attempts detach partition challenge_attempts_default;
    execute format('create table %I partition of challenge_attempts for values from (%L) to (%L)', name, first, next);
    execute format('alter table %I owner to %I', name,
        (select pg_get_userbyid(relowner) from pg_class where oid = 'challenge_attempts'::regclass));
    execute format('insert into %I select * from challenge_attempts_default where created_at >= %L and created_at < %L',
        name, first, next);
    delete from challenge_attempts_default where created_at >= first and created_at < next;
    alter table challenge_attempts attach partition challenge_attempts_default default;
    return true;
end $$;

create function archive_month_of_attempts(month date) returns boolean language plpgsql as $$
declare
    name text := attempts_partition(date_trunc('month', month)::date);
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
    if not exists (select from pg_inherits where inhrelid = to_regclass(name) and inhparent = 'challenge_attempts'::regclass) then
        return false;
    end if;
    execute format('alter table challenge_attempts detach partition %I', name);
    execute format('alter table challenge_attempts_archive attach partition %I for values from (%L) to (%L)', name, first, next);
    return true;
end $$;

revoke execute on function attempts_partition(date), make_month_of_attempts(date), archive_month_of_attempts(date) from public;
