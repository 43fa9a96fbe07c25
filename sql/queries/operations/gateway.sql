-- name: keep_setting
-- Keep a value of the gateway's own, such as the fingerprint of its sealing keys, under a name unless there is one already: of two first starts one decides.
insert into settings (name, value)
values (%(name)s, %(value)s)
on conflict (name) do nothing;

-- name: replace_setting
-- Keep a value under a name, whatever was kept there.
insert into settings (name, value)
values (%(name)s, %(value)s)
on conflict (name) do update set value = excluded.value;
