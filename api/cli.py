"""The ``askdesk`` command. Each verb is a module in ``api.commands``, imported when it is needed."""

from __future__ import annotations

import errno
import os
import pkgutil
import sys
import traceback
from importlib import import_module

import click

import api.commands

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Verbs(click.Group):
    """The verbs that there are modules for: ``run_demo.py`` is ``run-demo``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all verbs."""
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(api.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name; a module without a command is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"api.commands.{cmd_name.replace('-', '_')}")
        command: click.Command | None = getattr(module, "command", None)
        return command


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="askdesk", prog_name="askdesk")
def askdesk() -> None:
    """Self-service support: an assistant that answers from your articles, and tickets for what it cannot answer."""


def main() -> None:
    """Run the command: exit code 0 on success, 1 with one sentence on standard error, 2 on wrong usage."""
    # Output in any language must not fail where the terminal's encoding is narrow.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = askdesk.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader has gone (as `| head` does); Python's own flush at exit must not complain of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - one plain sentence is promised whatever happens
        click.echo(_sentence(error), err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _sentence(error: Exception) -> str:
    from assistant.errors import AskdeskError

    if isinstance(error, AskdeskError):
        return error.message
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = error.filename or "The disk"
        return f"{where} cannot be written: {error.strerror}. Free some space or choose another place, then try again."
    if os.environ.get("ASKDESK_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exception(error)
    said = " ".join(str(error).split()) or "no further word"
    return f"Something unexpected went wrong ({type(error).__name__}: {said}); ASKDESK_LOG_LEVEL=debug shows where."


if __name__ == "__main__":
    main()
