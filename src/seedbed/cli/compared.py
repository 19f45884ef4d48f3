"""`seedbed traffic compared`: two releases of a name beside each other."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from seedbed.cli import books, show


def list_compared(
    name: Annotated[str, typer.Argument(help="The release's name.")], *, json: show.Json = False
) -> None:
    """List how releases of a name compare: rows that both answered, and which were right.

    Which were right is what feedback says by now, however late it came.

    Examples:
        seedbed traffic compared bank-intents
    """
    from seedbed.home import Home
    from seedbed.release.predictor import answers_of

    with books.opened() as ledger:
        found = ledger.comparisons.of(name, partial(answers_of, Home()))
    if json:
        show.emit([books.told(one) for one in found])
        return
    right = ("number", "other", "rows", "agreed", "judged", "right", "other right")
    table = show.table(*right, "from", "to", right=right)
    for one in found:
        figures = [one.number, one.other, one.rows, one.agreed]
        figures += [one.judged, one.right, one.other_right]
        table.add_row(*map(str, figures), books.when(one.first_at), books.when(one.last_at))
    show.out().print(table)
