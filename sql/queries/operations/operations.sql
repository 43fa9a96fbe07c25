-- For operators: what the database tells of itself.

-- name: table_sizes
-- The largest tables with all that belongs to them; partitions count in their parent, and by themselves.
select c.relname::text as name, pg_total_relation_size(c.oid)::float8 as bytes, greatest(c.reltuples, 0)::float8 as rows,
    coalesce(s.n_dead_tup, 0)::float8 as dead_rows, greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
    greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at
from pg_class c
left join pg_stat_user_tables s on s.relid = c.oid
where c.relnamespace in ('public'::regnamespace, 'jobs'::regnamespace) and c.relkind in ('r', 'm')
order by 2 desc, 1
limit %(limit)s;

-- name: unused_indexes
-- Indexes that were not read since the counts began, but for those that keep something unique.
select s.indexrelname::text as name, s.relname::text as table_name, pg_relation_size(s.indexrelid)::float8 as bytes,
    obj_description(s.indexrelid, 'pg_class') as serves
from pg_stat_user_indexes s
join pg_index i on i.indexrelid = s.indexrelid
where s.idx_scan = 0 and not i.indisunique and s.schemaname = 'public'
order by 3 desc, 1
limit %(limit)s;

-- name: slow_statements
-- The statements that took the most time in all.
select query, calls::float8 as calls, total_ms, mean_ms, rows::float8 as rows
from slow_statements(%(limit)s);

-- name: statements_are_counted
-- Whether the extension that counts statements is there.
select to_regclass('pg_stat_statements') is not null as there;

-- name: partitions
-- The months of attempts, newest first, and where they lie.
select c.relname::text as name, p.relname = 'challenge_attempts_archive' as archived,
    pg_get_expr(c.relpartbound, c.oid) as bounds, greatest(c.reltuples, 0)::float8 as rows,
    pg_total_relation_size(c.oid)::float8 as bytes
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
join pg_class p on p.oid = i.inhparent
where p.relname in ('challenge_attempts', 'challenge_attempts_archive') and c.relkind = 'r'
order by c.relname desc;

-- name: job_queue
-- How many jobs there are of each task in each state.
select queue_name::text as queue, task_name::text as task, status::text as state, count(*)::int as jobs,
    min(scheduled_at) as next_at
from jobs.procrastinate_jobs
group by 1, 2, 3
order by 1, 2, 3;
