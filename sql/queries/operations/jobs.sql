-- The job queue, whose tables are the library's.

-- name: ask_for_job
-- A job to be done after this transaction commits, unless one waits under the same key already.
insert into jobs.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
values (%(queue)s, %(task)s, %(priority)s, %(lock)s, %(once)s, %(args)s, %(at)s)
on conflict (queueing_lock) where status = 'todo' do nothing;

-- name: ask_for_jobs
-- Jobs likewise, one for each key, with the ids that are given one by one.
insert into jobs.procrastinate_jobs (queue_name, task_name, queueing_lock, args)
select %(queue)s, %(task)s, given.once, given.args
from unnest(%(once)s::text[], %(args)s::jsonb[]) as given (once, args)
on conflict (queueing_lock) where status = 'todo' do nothing;

-- name: stalled_jobs
-- Jobs whose worker died: it gave no sign of life for so long, or is gone from the list of workers.
select j.id
from jobs.procrastinate_jobs j
left join jobs.procrastinate_workers w on w.id = j.worker_id
where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(seconds)s))
order by j.id;

-- name: lock_stalled_job
-- One of them, locked, with the number of workers that died of it before; no row back when somebody else has it.
select j.id, j.task_name::text as task, j.args,
    (select count(*) from jobs.procrastinate_events e where e.job_id = j.id and e.type = 'aborted')::int as deaths
from jobs.procrastinate_jobs j
left join jobs.procrastinate_workers w on w.id = j.worker_id
where j.id = %(id)s and j.status = 'doing'
    and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(seconds)s))
for update of j skip locked;

-- name: note_death
-- A job's worker died. The library writes this event for jobs that end so; one that goes on has it from here only.
insert into jobs.procrastinate_events (job_id, type) values (%(id)s, 'aborted');

-- name: give_way
-- A job that would wait again gives way to the one that waits under its key, which takes over its attempts and deaths.
with gone as (
    delete from jobs.procrastinate_jobs j
    using jobs.procrastinate_jobs twin
    where j.id = %(id)s and j.status = 'doing' and (%(worker)s::bigint is null or j.worker_id = %(worker)s) and twin.queueing_lock = j.queueing_lock and twin.status = 'todo'
    returning j.attempts, twin.id as twin_id
), deaths as (
    insert into jobs.procrastinate_events (job_id, type, at)
    select gone.twin_id, e.type, e.at
    from gone
    join jobs.procrastinate_events e on e.job_id = %(id)s and e.type = 'aborted'
)
update jobs.procrastinate_jobs twin
set attempts = greatest(twin.attempts, gone.attempts + 1)
from gone
where twin.id = gone.twin_id;

-- name: wait_again
-- A job waits again, from a moment on, unless another worker than the one that is given has it by now. One that has no lock of
-- its own takes the one that is given, but not maintenance: a job of the same lock that nobody can take would hold that up.
update jobs.procrastinate_jobs
set status = 'todo', attempts = attempts + 1, scheduled_at = %(at)s,
    lock = coalesce(lock, case when queue_name <> 'maintenance' then %(lock)s::text end), abort_requested = false
where id = %(id)s and status = 'doing' and (%(worker)s::bigint is null or worker_id = %(worker)s);

-- name: lock_own_job
-- A job that this worker has, locked until it is over; no row back when another worker has it by now.
select id from jobs.procrastinate_jobs
where id = %(id)s and (status = 'todo' or (status = 'doing' and coalesce(worker_id, %(worker)s) = %(worker)s))
for update;

-- name: end_job
-- A job is over; it is not when another worker has it by now.
update jobs.procrastinate_jobs
set status = %(status)s::jobs.procrastinate_job_status, attempts = attempts + (status = 'doing')::int,
    abort_requested = false
where id = %(id)s and (status = 'todo' or (status = 'doing' and coalesce(worker_id, %(worker)s) = %(worker)s));

-- name: delete_job
-- A job is done; it stays when another worker has it by now.
delete from jobs.procrastinate_jobs
where id = %(id)s and (status = 'todo' or (status = 'doing' and coalesce(worker_id, %(worker)s) = %(worker)s));

-- name: fail_dead_job
-- A job whose worker died too often is over.
update jobs.procrastinate_jobs
set status = 'failed', attempts = attempts + 1, abort_requested = false
where id = %(id)s and status = 'doing';
