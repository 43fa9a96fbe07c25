-- Multiply the learners of release-0.1.0.sql.gz: every one of them once more for each of 884 classes, each class half a day
-- before the next. It makes 100,000 attempts over fourteen months, the same whenever it runs.

create function pg_temp.at(moment timestamptz, class int) returns timestamptz language sql immutable
    return moment - make_interval(hours => 12 * class);

-- An id that leads to its moment, as every id of an attempt does.
create function pg_temp.id(moment timestamptz, old uuid, class int) returns uuid language sql immutable
    return (
        lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(old::text || class), 1, 3) || '8' || substr(md5(old::text || class), 4, 15)
    )::uuid;

select make_month_of_attempts(month::date)
from generate_series('2025-09-01'::timestamp, '2026-10-01'::timestamp, '1 month') as month;

create temp table copies as
select u.id as user_id, class, u.created_at, pg_temp.id(pg_temp.at(u.created_at, class), u.id, class) as new_id
from users u, generate_series(1, 884) as class
where u.role = 'learner' and exists (select from challenge_attempts a where a.user_id = u.id);
create index on copies (user_id);
analyze copies;

-- Nobody can sign in as one of them, and no address leads to one.
insert into users (id, kind, display_name, role, email_sealed, email_hash, hide_from_leaderboards, created_at)
select c.new_id, 'person', u.display_name || ' of ' || c.class, u.role, decode(md5(c.new_id::text), 'hex'),
    decode(md5(c.new_id::text), 'hex'), u.hide_from_leaderboards, pg_temp.at(u.created_at, c.class)
from copies c
join users u on u.id = c.user_id;

insert into user_enrollments
    (user_id, track_id, enrolled_at, completed_challenges, earned_points, last_completed_at)
select c.new_id, e.track_id, pg_temp.at(e.enrolled_at, c.class), e.completed_challenges, e.earned_points,
    pg_temp.at(e.last_completed_at, c.class)
from copies c
join user_enrollments e on e.user_id = c.user_id;

-- The version that an attempt was judged under, and what it came to, are as they were.
insert into challenge_attempts
    (user_id, created_at, id, challenge_id, version_id, number, code_html, code_css, code_js, status, score, results,
    graded_at, graded_by, code_hash)
select c.new_id, pg_temp.at(a.created_at, c.class), pg_temp.id(pg_temp.at(a.created_at, c.class), a.id, c.class),
    a.challenge_id, a.version_id, a.number, a.code_html, a.code_css, a.code_js, a.status, a.score, a.results,
    pg_temp.at(a.graded_at, c.class), a.graded_by, a.code_hash
from copies c
join challenge_attempts a on a.user_id = c.user_id;

insert into user_progress
    (user_id, challenge_id, status, best_score, total_attempts, started_at, last_attempt_at, pinned_version_id,
    completed_at, completed_attempt_id, completed_version_id, pinned_seq, best_attempt_id, best_version_id, best_code_hash)
select c.new_id, p.challenge_id, p.status, p.best_score, p.total_attempts, pg_temp.at(p.started_at, c.class),
    pg_temp.at(p.last_attempt_at, c.class), p.pinned_version_id, pg_temp.at(p.completed_at, c.class),
    pg_temp.id(pg_temp.at(done.created_at, c.class), done.id, c.class), p.completed_version_id, p.pinned_seq,
    pg_temp.id(pg_temp.at(best.created_at, c.class), best.id, c.class), p.best_version_id, p.best_code_hash
from copies c
join user_progress p on p.user_id = c.user_id
left join challenge_attempts done on done.user_id = p.user_id and done.id = p.completed_attempt_id
left join challenge_attempts best on best.user_id = p.user_id and best.id = p.best_attempt_id;

insert into leaderboard_entries (user_id, challenge_id, best_score, completed_at, attempts)
select c.new_id, l.challenge_id, l.best_score, pg_temp.at(l.completed_at, c.class), l.attempts
from copies c
join leaderboard_entries l on l.user_id = c.user_id;

drop table copies;
select archive_month_of_attempts('2025-09-01'), archive_month_of_attempts('2025-10-01');
analyze users, user_enrollments, user_progress, challenge_attempts, challenge_attempts_archive, leaderboard_entries;
refresh materialized view mv_track_statistics;
refresh materialized view mv_challenge_statistics;
