-- A worker that starts announces its browser, so that previews and publishes wait for it instead of being refused.
alter table runners
    alter column engine drop not null,
    alter column isolation drop not null,
    -- Until when a worker without a browser counts as one that gets it; null once it has it.
    add column expected_until timestamptz,
    add constraint runners_starting check (
        (expected_until is null) = (engine is not null) and (engine is null) = (isolation is null)
    );
