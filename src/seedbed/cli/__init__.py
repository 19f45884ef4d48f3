"""The command line, one file a verb; a verb's module is imported when it is called, not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from seedbed import __version__
from seedbed.errors import Interrupted, SeedbedError, WrongUse

VERBS = {
    "up": "Tune the sample, judge it, release it, serve it and print a real, metered answer.",
    "new": "Make a folder with a commented recipe, ready to run.",
    "blueprints": "List the blueprints that `seedbed new` starts from.",
    "check": "Say what is wrong with the rows, and write a cleaned copy where asked.",
    "tune": "Climb the ladder, judge what it found, and make a release.",
    "label": "Choose the rows most worth labelling next, and read them back once labelled.",
    "judge": "Judge a release again, on other rows if given.",
    "predict": "Answer texts, or the rows of a file.",
    "index": "Put another collection of answers into a release that searches one.",
    "export": "Write a release that writes answers as one GGUF file, which llama.cpp runs.",
    "serve": "Serve releases over HTTP: metered, limited, billed.",
    "traffic": "Show and move which release answers: aliases, canary, shadow, pins, roll-back.",
    "releases": "List the releases in this home.",
    "models": "List the base models that can be tuned.",
    "plans": "List, show and publish price plans.",
    "customers": "List, make and change customers; plans, credit and personal data.",
    "keys": "List, make, rotate and revoke keys.",
    "usage": "Show what was called and what it cost, by day or by call.",
    "feedback": "List what customers say of their answers: what was right, what was wrong.",
    "invoice": "Preview, write, show and correct invoices; try a year of a plan.",
    "audit": "List who did what, and verify that no row of it was altered.",
    "plan": "Say what an answer costs and should cost, how long money lasts, and what to do.",
    "verify": "Compute problems with published answers again, and print the differences.",
}
"""Every verb, in the order of `--help`, with the first line of its function's docstring."""


def verb(name: str) -> TyperCommand:
    """Import a verb's module and return its command.

    A module with `ACTIONS` (functions by name) has sub-commands; the verb's own function is then
    what runs before them, or alone where none is named.
    """
    module = import_module(f"seedbed.cli.{name}")
    single = typer.Typer(add_completion=False)
    actions = getattr(module, "ACTIONS", {})
    if actions:
        single.callback(invoke_without_command=True)(getattr(module, name))
    else:
        single.command(name)(getattr(module, name))
    for action, function in actions.items():
        single.command(action)(function)
    return cast(TyperCommand, typer.main.get_command(single))


class Verbs(TyperGroup):
    """A group that knows its verbs by name and imports the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name=name, help=line) for name, line in VERBS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb that the arguments name, and import it."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, verb(name) if name and found else found, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; Ctrl-C becomes `Interrupted`, which says how to go on."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted(
                expected="the command to end by itself",
                got="Ctrl-C",
                do="Type the same command again; `seedbed tune` goes on with --resume.",
            ) from None


app = typer.Typer(cls=Verbs, no_args_is_help=True)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"seedbed {__version__}")
        raise typer.Exit


@app.callback(context_settings={"help_option_names": ["-h", "--help"]})
def seedbed(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda wanted: _print_version(wanted=wanted),
            is_eager=True,
            help="Print the version and stop.",
        ),
    ] = False,
) -> None:
    """From labelled rows and a pretrained model to a product that pays for itself.

    Begin with `seedbed up`, or with your own rows: `seedbed new NAME`, then `seedbed tune NAME`.

    Exit codes: 0 done, 1 a clear failure, 2 wrong use, 130 stopped by you.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a clear failure, 2 wrong use, 130 stopped.

    Args:
        arguments: What was typed after `seedbed`; by default the process's own arguments.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    machine = "--json" in typed
    if not os.environ.get("SEEDBED_DEBUG"):
        sys.excepthook = partial(_unexpected, machine=machine)
    try:
        # Alone, click would print wrong use as text, `--json` or not.
        command = typer.main.get_command(app)
        sys.exit(command.main(args=typed, prog_name="seedbed", standalone_mode=not machine))
    except typer.TyperException as wrong:
        _say(_misused(wrong), machine=machine)
        sys.exit(WrongUse.exit_code)
    except SeedbedError as failed:
        _say(failed, machine=machine)
        sys.exit(failed.exit_code)
    finally:
        _flush()


def _say(failed: SeedbedError, *, machine: bool) -> None:
    from seedbed.cli import show

    if machine:
        show.emit({"error": failed.as_dict()})
    else:
        show.error(failed)


def _misused(wrong: typer.TyperException) -> WrongUse:
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else "seedbed"
    return WrongUse(
        expected=context.get_usage().removeprefix("Usage: ") if context else "a known verb",
        got=wrong.format_message(),
        do=f"See {path} --help.",
        where=path,
    )


def _unexpected(
    kind: type[BaseException],
    value: BaseException,
    trace: TracebackType | None,
    *,
    machine: bool,
) -> None:
    """Take the interpreter's last word on an exception that no one foresaw."""
    failed = _of_the_disk(value) or SeedbedError(
        expected="no exception that Seedbed does not know",
        got=f"{kind.__name__}: {value}",
        do="Type it again with SEEDBED_DEBUG=1 before it to see the traceback, and report that.",
        where=_last_line(trace),
    )
    _say(failed, machine=machine)


def _of_the_disk(value: BaseException) -> SeedbedError | None:
    """Return what a failed write is called, such as that of stdout into a file on a full disk."""
    from pathlib import Path

    from seedbed.home import disk

    if not isinstance(value, OSError):
        return None
    try:
        with disk(Path(value.filename or "the output")):
            raise value
    except SeedbedError as failed:
        return failed
    except OSError:
        return None


def _last_line(trace: TracebackType | None) -> str:
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace else ""


def _flush() -> None:
    """Write out what is left; a reader that has gone away (`| head`) is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
