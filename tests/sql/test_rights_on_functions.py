"""Who may execute which function, read from the catalogue and compared with a list written by hand."""

import psycopg

from tests.fix_database import ROLES

# The roles that may execute a function beside its owner. A new function has to be put here.
RIGHTS: dict[str, tuple[str, set[str]]] = {
    # They make and move tables, for maintenance.
    "public.archive_month_of_attempts(date)": ("owner", set()),
    "public.attempts_partition(date)": ("owner", set()),
    "public.make_month_of_attempts(date)": ("owner", set()),
    # They read learners' rows as the worker, and answer counts, or code to staff whom the gateway has checked.
    "public.attempts_of_verdicts(text[],text[])": ("worker", {"gateway"}),
    "public.experiment_counts(uuid[])": ("worker", {"gateway"}),
    "public.experiment_errors(uuid)": ("worker", {"gateway"}),
    "public.learners_of_challenge(uuid,text)": ("worker", {"gateway"}),
    "public.replay_samples(uuid,integer)": ("worker", {"gateway"}),
    "public.slow_statements(integer)": ("owner", {"gateway"}),
}
FUNCTIONS = """
select p.oid::regprocedure::text, n.nspname::text, pg_get_userbyid(p.proowner)::text,
    coalesce((
        select array_agg(case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee)::text end)
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where a.grantee <> p.proowner
    ), '{}')
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""


def found(url: str) -> dict[str, tuple[str, set[str]]]:
    """Return owner and grantees of every function, the role's names without their prefix."""
    with psycopg.connect(url) as connection:
        connection.execute("set search_path = ''")
        rows = connection.execute(FUNCTIONS).fetchall()

    def short(name: str) -> str:
        return name.removeprefix(f"{ROLES.prefix}_")

    return {str(name): (short(owner), {short(role) for role in roles}) for name, _, owner, roles in rows}


def test_every_function_may_be_executed_by_whom_the_list_says(owner_url: str) -> None:
    functions = found(owner_url)
    queue = {name: rights for name, rights in functions.items() if name.startswith("jobs.")}
    assert len(queue) >= 10
    assert set(map(str, queue.values())) == {str(("owner", set[str]()))}, (
        "the queue's are the library's, for the worker"
    )
    assert {name: rights for name, rights in functions.items() if name not in queue} == RIGHTS


def test_a_new_function_is_nobodys_but_its_owners(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for role, schema in ((ROLES.owner, "public"), (ROLES.worker, "public"), (ROLES.owner, "jobs")):
            connection.execute(f'set role "{role}"'.encode())
            connection.execute(f"create function {schema}.new_{role}() returns int language sql return 1".encode())
    new = {name: rights for name, rights in found(owner_url).items() if "new_" in name}
    assert new == {
        f"public.new_{ROLES.owner}()": ("owner", set()),
        f"public.new_{ROLES.worker}()": ("worker", set()),
        f"jobs.new_{ROLES.owner}()": ("owner", set()),
    }
