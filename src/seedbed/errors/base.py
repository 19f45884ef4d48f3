"""The root of the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar


class SeedbedError(Exception):
    """The root of everything Seedbed raises on purpose."""

    code: ClassVar[str] = "SB000"
    title: ClassVar[str] = "something went wrong"
    exit_code: ClassVar[int] = 1
    retry_after: float | None = None
    """Seconds after which a call may succeed, where that is known."""

    def __init__(
        self, *, expected: str, got: str, do: str, where: str = "", zh: str | None = None
    ) -> None:
        """Say what is wrong; `zh` says why in Chinese, where a report gives it as a reason."""
        super().__init__(expected, got, do, where)
        self.expected = expected
        self.got = got
        self.do = do
        self.where = where
        self.zh = zh

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.as_dict(), self.zh)

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return (
            f"{self.code} {self.title}{where}: expected {self.expected}; got {self.got}. {self.do}"
        )

    def as_dict(self) -> dict[str, str]:
        """Return the error as `--json` prints it."""
        return {
            "code": self.code,
            "title": self.title,
            "where": self.where,
            "expected": self.expected,
            "got": self.got,
            "do": self.do,
        }


def _rebuild(kind: type[SeedbedError], said: dict[str, str], zh: str | None) -> SeedbedError:
    given = {name: said[name] for name in ("expected", "got", "do", "where")}
    return kind(**given, zh=zh)
