"""The pages of the documentation, taken apart: blocks of code, tables, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block, and the lines that it is said to print."""

    words: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its page, the line of its opening fence, its language, its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def session(self) -> list[Command]:
        """Return the commands of a console block: lines after ``$``, each with its output."""
        commands: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif commands and commands[-1][0].endswith("\\"):
                commands[-1] = (commands[-1][0][:-1] + line.strip(), [])
            else:
                commands[-1][1].append(line)
        return [Command(words, tuple(expected)) for words, expected in commands]

    def lines(self) -> list[str]:
        """Return the commands of a shell block: a line each, comments left out."""
        joined = self.text.replace("\\\n", " ")
        return [line for line in joined.splitlines() if line and not line.startswith("#")]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path from the top of the repository, and its text."""

    name: str
    text: str

    @property
    def prose(self) -> str:
        """The text without its blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> Iterator[Block]:
        """Yield the blocks of a language."""
        for found in _FENCE.finditer(self.text):
            if found[1] == language:
                line = self.text.count("\n", 0, found.start()) + 1
                yield Block(self.name, line, language, found[2])

    def languages(self) -> set[str]:
        """Return the languages of all blocks; a block without one gives an empty text."""
        return {found[1] for found in _FENCE.finditer(self.text)}

    def links(self) -> list[str]:
        """Return the targets of all links and pictures."""
        return _LINK.findall(self.prose)

    def inline(self) -> list[str]:
        """Return every piece of code inside the prose."""
        return _INLINE.findall(self.prose)

    def anchors(self) -> set[str]:
        """Return what a link may name behind its ``#``, as GitHub makes it of the headings."""
        plain = [
            re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.text)
        ]
        return {heading.replace(" ", "-") for heading in plain}

    def table(self, *columns: str) -> list[tuple[str, ...]]:
        """Return the rows of the table with these headings.

        Raises:
            LookupError: there is none.
        """
        for found in _TABLE.findall(self.prose):
            rows = [_cells(line) for line in found.splitlines()]
            if rows[0] == columns:
                return rows[2:]
        raise LookupError(f"{self.name} has no table of {columns}")


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def code(cell: str) -> list[str]:
    """Return the pieces of code in a cell of a table."""
    return _INLINE.findall(cell)


PAGES = {
    name: Page(name, (ROOT / name).read_text(encoding="utf-8"))
    for name in (
        "README.md",
        "CHANGELOG.md",
        "scenarios/README.md",
        *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    )
}
