"""The listeners of scenarios: by name, the same for all files that are taken together."""

from collections.abc import Callable, Iterator, Sequence

from responder.scenario.findings import Finding, nearest
from responder.scenario.loader import Loaded
from responder.scenario.match_model import Match
from responder.scenario.when_model import Path


def listeners(
    files: Sequence[Loaded], read: Callable[[str], object], found: list[Finding]
) -> tuple[tuple[str, object], ...]:
    """Return the names and addresses that files listen on, in their order.

    Args:
        files: the files.
        read: reads an address as it is written; raises ValueError with one sentence.
        found: is given what is wrong, also a rule that names a listener that no file has.
    """
    made: dict[str, tuple[object, str]] = {}
    for loaded in files:
        for name, text in (loaded.scenario.listen or {}).items():
            at = ("listen", name)
            try:
                address = read(text)
            except ValueError as fault:
                said = str(fault).rstrip(".")
                found.append(Finding(loaded.file, loaded.place(at), f"{name}: {said}"))
                continue
            other, line = made.setdefault(name, (address, loaded.line(at)))
            if other != address:
                said = f"the listener {name} is another address in {line}"
                found.append(Finding(loaded.file, loaded.place(at), said))
    for loaded in files:
        for place, rule in enumerate(loaded.scenario.rules):
            if rule.match is not None:
                for name, path in _named(rule.match, ("rules", place, "match")):
                    if name not in made:
                        near = nearest(name, made)
                        hint = f'; did you mean "{near}"?' if near else ""
                        said = f'listener: none is called "{name}" under "listen" at the top{hint}'
                        found.append(Finding(loaded.file, loaded.place(path), said))
    return tuple((name, address) for name, (address, _) in made.items())


def _named(match: Match, at: Path) -> Iterator[tuple[str, Path]]:
    """Yield the names of listeners that a match asks for, and where."""
    for name in match.listener or ():
        yield name, (*at, "listener")
    for key, several in (("any", match.any), ("all", match.all)):
        for place, each in enumerate(several or ()):
            yield from _named(each, (*at, key, place))
    if match.not_ is not None:
        yield from _named(match.not_, (*at, "not"))
