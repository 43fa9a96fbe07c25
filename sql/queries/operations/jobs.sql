-- The job queue, whose tables are the library's.

-- name: ask_for_job
-- A job to be done after this transaction commits, unless one waits under the same key already.
insert into jobs.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
values (%(queue)s, %(task)s, %(priority)s, %(lock)s, %(once)s, %(args)s, %(at)s)
on conflict (queueing_lock) where status = 'todo' do nothing;
