-- Settings that admins choose; one without a row has its default.

-- name: setting_by_name
-- What is kept under a name: a setting, if it was ever set, or something of the gateway's own.
select name, value
from settings
where name = %(name)s;

-- name: put_setting
-- A setting's value; nothing is written when it has that value already.
insert into settings (name, value)
values (%(name)s, %(value)s)
on conflict (name) do update set value = excluded.value
where settings.value <> excluded.value;
