"""The program's commands. Each stands in a module of its own, imported when it is asked for.

A new command is a line in `COMMANDS` and a module with a function of the command's name, with an underscore at its
end where Python has that word already, and the command lines `EXAMPLES` that its help shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from advisor.errors import UnknownNameError

COMMANDS: Final = {
    "recommend": "advisor.cli.recommend",
    "estimate": "advisor.cli.estimate",
    "rules": "advisor.cli.rules",
    "evaluate": "advisor.cli.evaluate",
    "calibrate": "advisor.cli.calibrate",
    "measure": "advisor.cli.measure",
    "batch": "advisor.cli.batch",
    "drain": "advisor.cli.drain",
    "patch": "advisor.cli.patch",
    "import": "advisor.cli.import_",
    "app": "advisor.cli.app",
    "schema": "advisor.cli.schema",
}

_HELP: Final = "Tells how to set up VM live migration, how long it takes, how sure that is, and why."
_EXAMPLES: Final = ("advisor recommend --os 2012R2 --vms 1x55 --nics 2x10",)


class Commands(TyperGroup):
    """Finds a command by importing its module."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in the order of the table above."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, made from its function.

        Raises
        ------
        UnknownNameError
            When there is none of that name.
        """
        del ctx
        if cmd_name not in COMMANDS:
            raise UnknownNameError("command", cmd_name, tuple(COMMANDS))
        module = import_module(COMMANDS[cmd_name])
        single = _app()
        name = cmd_name.replace("-", "_")
        function = getattr(module, f"{name}_" if iskeyword(name) else name)
        single.command(cmd_name, epilog=_shown(module.EXAMPLES), no_args_is_help=False)(function)
        return get_command(single)


def program() -> Any:
    """The command `advisor`, ready to be called."""
    app = _app()
    app.callback(cls=Commands, invoke_without_command=True, help=_HELP, epilog=_shown(_EXAMPLES))(_advisor)
    return get_command(app)


def _app() -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _advisor(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", metavar="", help="Print the version.")] = False,
) -> None:
    if version:
        from advisor import __version__

        typer.echo(f"advisor {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _shown(examples: Iterable[str]) -> str:
    lines = list(examples)
    return "\n\n".join(("Examples:" if len(lines) > 1 else "Example:", *lines))
