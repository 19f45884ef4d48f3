"""Shows a run on the terminal: a line for each stage and rung, and a bar for what is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.tune.events import Event

STAGES = {
    "check": "Reading and checking the rows",
    "pretrain": "Reading on in texts without labels",
    "climb": "Climbing the ladder",
    "gate": "Exporting and testing the engines",
    "judge": "Judging on the test rows, read once",
    "report": "Writing the report",
}


class Watch:
    """A listener that draws on stderr; without a terminal it prints plain lines."""

    def __init__(self) -> None:
        self._console = show.err()
        self._bar: show.Bar | None = None
        self._at = ""

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        draw = getattr(self, f"_{event.kind}", None)
        if draw is not None:
            draw(event.told)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _line(self, text: str) -> None:
        self.close()
        self._console.print(text, highlight=False, markup=True)

    def _run(self, told: dict[str, Any]) -> None:
        self._line(f"[dim]run {escape(told['run'])}[/dim]")

    def _stage(self, told: dict[str, Any]) -> None:
        name = told["stage"]
        if name == self._at and "engine" not in told:
            return
        if "engine" in told:
            self._show(f"  engine {told['engine']}", told["done"], told["total"])
            return
        self._at = name
        self._line(f"[bold]{STAGES[name]}[/bold]")

    def _rung(self, told: dict[str, Any]) -> None:
        if told["state"] == "begins":
            self._show(f"  {told['rung']}", 0, None)
        elif told["state"] == "failed":
            self._line(f"  [yellow]{told['rung']:<9} left out:[/yellow] {escape(told['why'])}")
        else:
            self._line(
                f"  [green]✔[/green] {told['rung']:<9} {told['metric']} "
                f"[bold]{told['value']:.4f}[/bold] [dim]({told['low']:.4f} to {told['high']:.4f})"
                f"[/dim]  {told['seconds']:.0f} s{_searched(told.get('search'))}"
            )

    def _pretrain(self, told: dict[str, Any]) -> None:
        mark = "[green]✔[/green]" if told["kept"] else "[dim]–[/dim]"
        self._line(f"  {mark} {escape(_plain(told['said']['en']))}")

    def _decision(self, told: dict[str, Any]) -> None:
        for rung, why in told["skipped"].items():
            self._line(f"  [dim]– {rung:<9} passed over: {escape(_plain(why['en']))}[/dim]")
        if told["rung"] is None:
            self._line(f"  [cyan]■[/cyan] {escape(_plain(told['said']['en']))}")

    def _progress(self, told: dict[str, Any]) -> None:
        if "steps" in told:
            loss = f" loss {told['loss']:.3f}"
            self._show(f"  {_named(told)} epoch {told['epoch']}{loss}", told["step"], told["steps"])
        else:
            named = " ".join(filter(None, [told.get("rung"), told["what"]]))
            self._show(f"  {named}", told["done"], told["total"])

    def _epoch(self, told: dict[str, Any]) -> None:
        self._line(f"    [dim]{_named(told)} epoch {told['epoch']}: {told['metric']:.4f}[/dim]")

    def _trial(self, told: dict[str, Any]) -> None:
        rate = told["settings"]["learning_rate"]
        found = {"pruned": "cut short", "failed": "learnt nothing"}.get(told["state"])
        found = found or f"{told['metric']:.4f}"
        self._line(f"    [dim]{_named(told)} of {told['of']}, rate {rate:.2g}: {found}[/dim]")

    def _warning(self, told: dict[str, Any]) -> None:
        self._line(f"  [yellow]![/yellow] {escape(told['warning'])}")

    def _show(self, what: str, done: float, total: float | None) -> None:
        if self._bar is None:
            self._bar = show.Bar(what, total)
        self._bar.what, self._bar.total = what, total
        self._bar.advance(done - self._bar.done)


def _named(told: dict[str, Any]) -> str:
    """Return a rung's name, and the trial's number where it searches."""
    return f"{told['rung']} trial {told['trial']}" if "trial" in told else str(told["rung"])


def _searched(search: dict[str, Any] | None) -> str:
    """Say what a search did to the score that is shown."""
    if not search:
        return ""
    less = 100 * search["optimism"]
    return f"  [dim]best of {search['trials']} trials, less {less:.1f} points for that[/dim]"


def _plain(text: str) -> str:
    """Return a sentence without the marks that the report sets rung names in."""
    return text.replace("`", "")
