"""``python -m gateway COMMAND``: reads the options, loads the command's module, and turns faults into sentences."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType, ModuleType

from gateway.config import Config
from gateway.errors import CommandError
from gateway.log_output import LEVELS, configure, take_over

# Each is a module of gateway.cli; nothing but the one that is called is imported.
COMMANDS = {
    "up": "start everything: database, migrations, server, demo content, GraphiQL",
    "serve": "serve a database that is set up",
    "worker": "take jobs in a process of its own",
    "maintain": "do one chore of upkeep now",
    "load-sample": "fill a database with learners for trials and measurements",
    "migrate": "bring the database up to date",
    "schema": "print the GraphQL schema, or with --sql the database's",
    "content": "push a curriculum from a file or a folder",
    "user": "make accounts",
    "token": "make API tokens",
    "setting": "read and change settings",
    "verify": "check the hashes of all history",
}


class Terminated(BaseException):
    """SIGTERM came while no server was there to be stopped gently."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 for a fault told in a sentence, 2 for wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="palimpsest",
        description="The GraphQL backend of a coding-practice platform in which every published text stays readable.",
        epilog="Each command has its own --help. Settings come from options, then from the environment.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    called = next((one for one in given if not one.startswith("-")), None)
    for name, meaning in COMMANDS.items():
        sub = commands.add_parser(name, help=meaning, description=meaning[0].upper() + meaning[1:] + ".")
        sub.add_argument(
            "--data", metavar="DIR", help="the embedded database's folder (PALIMPSEST_DATA, .data in the checkout)"
        )
        sub.add_argument(
            "--log-level", choices=[*LEVELS], help="the least that is told in the log (PALIMPSEST_LOG_LEVEL, info)"
        )
        if name == called:
            _module(name).add(sub)
    options = parser.parse_args(given)
    try:
        config = Config.read(
            os.environ,
            data=options.data,
            host=getattr(options, "host", None),
            port=getattr(options, "port", None),
            no_demo=getattr(options, "no_demo", False),
            log_level=options.log_level,
        )
        configure(config.log_level)
        if options.data and config.database_url is not None:
            print(f"DATABASE_URL is set: a database in {config.data} is not used.", file=sys.stderr)
        code: int = _module(options.command).run(config, options)
    except CommandError as error:
        print(f"palimpsest: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Terminated):
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough; a second fault at interpreter exit would only be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"gateway.cli.{command.replace('-', '_')}")


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminate)
    take_over()
    sys.exit(main())
