-- For operators: what the database tells of itself. The extension that counts statements is there or not, and a view
-- that may be missing can be asked about in a function only.

create function slow_statements(most int)
returns table (query text, calls bigint, total_ms float8, mean_ms float8, rows bigint) language plpgsql stable as $$
begin
    if to_regclass('pg_stat_statements') is not null then
        return query execute
            'select s.query, s.calls, s.total_exec_time, s.mean_exec_time, s.rows'
            ' from pg_stat_statements s'
            ' join pg_database d on d.oid = s.dbid and d.datname = current_database()'
            ' where s.query <> ''<insufficient privilege>'''
            ' order by s.total_exec_time desc limit $1' using most;
    end if;
end $$;
grant execute on function slow_statements(int) to :"gateway";

comment on index sessions_by_expiry is 'maintenance.delete_expired_sessions: sessions that nobody can use any more.';
comment on index idempotency_keys_by_age is 'maintenance.delete_old_idempotency_keys: keys that are forgotten after a day.';
set local role :"worker";
comment on index mv_challenge_statistics_challenge_id is 'statistics.refresh_challenge_statistics: refreshing concurrently takes a unique key.';
set local role :"owner";
