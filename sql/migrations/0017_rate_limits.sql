-- How much of a limit somebody has used, shared by all processes: of a client, of a client at an account, of an account.
create table rate_limits (
    -- A keyed hash of what is limited; an address that has no account gets a row like any other.
    key bytea primary key,
    -- When nothing of the limit will be used any more. From then on the row means the same as none.
    empty_at timestamptz not null,
    -- When the limit was last used, from which a growing wait counts.
    taken_at timestamptz not null
);
create index rate_limits_by_end on rate_limits (empty_at);
comment on index rate_limits_by_end is 'maintenance.delete_unused_rate_limits: rows that mean the same as none.';
grant select, insert, update, delete on rate_limits to :"gateway";
