"""Draws charts in a process of its own: `python -m seedbed.venture.document.easel`.

The converter holds the interpreter while it draws, so a thread would stop all else. A line of JSON
comes in for each chart (its specifications, and the scale of its picture), and one goes out.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from seedbed.errors import DocumentFailed


class Easel:
    """A process that draws, started when it is first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def draw(self, specs: list[dict[str, Any]], width: float | None) -> dict[str, Any]:
        """Return `svgs`, one for each specification, and `png` of the first, `width` dots wide.

        Raises:
            DocumentFailed: a specification cannot be drawn.
        """
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"specs": specs, "width": width}) + "\n")
            process.stdin.flush()
            told = process.stdout.readline()
        except BrokenPipeError:
            told = ""
        answer: dict[str, Any] = json.loads(told) if told else {"error": "the drawing has ended"}
        if "error" in answer:
            raise DocumentFailed(
                expected="a chart that Vega-Lite can draw",
                got=str(answer["error"])[:500],
                do="Report it: the chart's specification is Seedbed's own.",
            )
        return answer

    def start(self) -> subprocess.Popen[str]:
        """Start the process, where it was not, and return it."""
        if self._process is None:
            command = [sys.executable, "-m", "seedbed.venture.document.easel"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate()
            self._process.wait()
            self._process = None


_FIRST = {
    "data": {"values": [{"x": 1}]},
    "mark": "line",
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
}
"""Drawn before anybody asks: the first drawing takes the most of a second."""


def main() -> None:
    """Answer each line of the standard input."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    _drawn([_FIRST], None)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = _drawn(asked["specs"], asked["width"])
        except ValueError as cause:
            answer = {"error": str(cause)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _drawn(specs: list[dict[str, Any]], width: float | None) -> dict[str, Any]:
    import vl_convert

    from seedbed.venture.document.draw import size

    svgs = [str(vl_convert.vegalite_to_svg(spec)) for spec in specs]
    png = None
    if width is not None:
        dots = vl_convert.svg_to_png(svgs[0], scale=width / size(svgs[0])[0])
        png = base64.b64encode(dots).decode()
    return {"svgs": svgs, "png": png}


if __name__ == "__main__":
    main()
