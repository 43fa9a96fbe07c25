"""The suite's fixtures are plugins, one concern each."""

pytest_plugins = [
    "tests.fix_costs",
    "tests.fix_database",
    "tests.fix_gateway",
    "tests.fix_api",
    "tests.fix_sandbox",
    "tests.fix_release",
]
