-- The protected names (Set, Promise, document ...) that a replayed draft's starter or solution declares: in its tests they mean
-- the page's own. Runs and versions hold starter and solution, so theirs are computed; a replay holds neither.
alter table replays add column declared_names jsonb not null default '[]';
grant insert (declared_names) on replays to :"gateway";
