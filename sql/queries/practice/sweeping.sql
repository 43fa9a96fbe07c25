-- Attempts that nobody is about to judge; read and written by the worker, across all learners, some at a time.

-- name: attempts_without_job
-- The oldest attempts that wait without a job for them, and those that count as running though their job only waits.
select a.user_id, a.created_at, a.id, j.is_waiting is not null as has_job
from challenge_attempts a
left join (
    select args ->> 'attempt_id' as attempt_id, bool_or(status = 'todo') as is_waiting, bool_or(status = 'doing') as is_done
    from jobs.procrastinate_jobs
    where task_name = 'runs:attempt' and status in ('todo', 'doing')
    group by 1
) j on j.attempt_id = a.id::text
where a.status in ('QUEUED', 'RUNNING') and a.created_at < %(before)s
    and (j.attempt_id is null or (a.status = 'RUNNING' and not j.is_done))
order by a.created_at
limit %(limit)s;

-- name: queue_again
-- An attempt that nobody judges waits again.
update challenge_attempts
set status = 'QUEUED'
where user_id = %(user_id)s and created_at = %(created_at)s and id = %(id)s and status = 'RUNNING';
