"""Write ``docs/library.md``, the index of the ready scenarios, from the files in ``scenarios``.

``python docs/library.py`` makes it anew.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parents[1]
SCENARIOS: Final = ROOT / "scenarios"
PAGE: Final = ROOT / "docs" / "library.md"

GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "softphone": (
        "Softphone error handling",
        "What a phone shows, plays and does when a call does not simply ring and is answered.",
    ),
    "trunk": (
        "PBX and trunk failover",
        "A trunk that is gone, full, slow or flaky, and what a PBX or SBC makes of it.",
    ),
    "registration": (
        "Registration trouble",
        "Registrars that challenge, refuse, shorten, lose or ignore a registration.",
    ),
    "transfer": (
        "Call transfer",
        "REFER from both sides, Replaces, and the places that a transferred call goes to.",
    ),
    "session-timers": (
        "Session timers",
        "Session intervals that are too small, have to be refreshed, or are not (RFC 4028).",
    ),
    "media": (
        "Media negotiation",
        "Early media, hold, codecs, and answers that do not fit their offer.",
    ),
    "overload": (
        "Overload",
        "Servers with too much to do: slow, unreliable, or asking to be left alone.",
    ),
    "network": (
        "Network trouble",
        "Messages that are lost, late, doubled, out of order or cut off.",
    ),
    "malformed": (
        "Malformed peers",
        "Peers that spell oddly, use what nobody knows, or break the rules.",
    ),
    "security": (
        "Security",
        "Passwords, callers without a name, scanners, and calls that are not allowed.",
    ),
}
"""Each directory of the library: its heading, and what is tested with it."""

_HEAD: Final = """\
# The library

<!-- python docs/library.py makes this page of the files in scenarios. -->

Ready scenarios for what clients most often get wrong. Each is a file of its own in a directory of
`scenarios`, and runs as it stands. Serve one, and point at it what you want to test:

```text
responder serve -v scenarios/softphone/busy.yaml
```

`responder probe` in another terminal shows what a caller gets; each has its commands. With `-v` the
ladder of each call is drawn, and below it what its caller did wrong. What is expected of a correct
client stands in each file too, mostly as [verdicts](verdicts.md) on it. To have it otherwise, copy
the file and change it: [scenarios.md](scenarios.md) says what may stand in it.
"""

_KEYS: Final = {
    "When": "when",
    "A correct client": "correct",
    "Try": "tries",
}
_PART: Final = re.compile(r"# (When|A correct client|Try): (.*(?:\n#   .*)*)")
_RULES_APART: Final = ("name", "match", "respond", "sequence", "per", "then", "authenticate")
_STATUS_APART: Final = ("status", "after", "headers", "reason")
_FOR_ALL: Final = ("impair", "timers", "registrar", "state", "listen")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file says of itself.

    Attributes:
        path: the file.
        name: its name, which is that of the scenario too.
        about: what happens, in a sentence.
        when: what it is for.
        correct: what a correct client does.
        expected: what ``expect`` says of a correct client, an expectation each.
        tries: commands that show it.
        sent: what is sent, a line for each rule.
    """

    path: Path
    name: str
    about: str
    when: str
    correct: str
    expected: tuple[Mapping[str, object], ...]
    tries: tuple[str, ...]
    sent: tuple[str, ...]


def read(path: Path) -> Entry:
    """Read one scenario of the library.

    Raises:
        ValueError: a part of its comment is missing.
    """
    text = path.read_text(encoding="utf-8")
    comment, _, _ = text.partition("\nscenario: ")
    parts: dict[str, list[str]] = {key: [] for key in _KEYS.values()}
    for key, said in _PART.findall(comment):
        parts[_KEYS[key]].append(re.sub(r"\n#   ", " ", said))
    missing = [key for key, name in _KEYS.items() if not parts[name]]
    if missing:
        raise ValueError(f'{path}: its comment has no "{missing[0]}: "')
    data = YAML(typ="safe", pure=True).load(text)
    return Entry(
        path,
        data["scenario"],
        data["about"],
        parts["when"][0],
        parts["correct"][0],
        tuple(data.get("expect", ())),
        tuple(parts["tries"]),
        tuple(_sent(data)),
    )


def entries() -> dict[str, list[Entry]]:
    """Return the scenarios of each group, in the order of their names."""
    return {
        group: [read(path) for path in sorted((SCENARIOS / group).glob("*.yaml"))]
        for group in GROUPS
    }


def page() -> str:
    """Return the whole page."""
    groups = entries()
    lines = [_HEAD, "| group | scenarios |", "|---|---|"]
    for group, (title, _) in GROUPS.items():
        names = ", ".join(f"[{each.name}](#{each.name})" for each in groups[group])
        lines.append(f"| [{title}](#{_anchor(title)}) | {names} |")
    for group, (title, tests) in GROUPS.items():
        lines += ["", f"## {title}", "", tests]
        for each in groups[group]:
            lines += ["", *_section(each)]
    return "\n".join(lines) + "\n"


def _section(entry: Entry) -> Iterator[str]:
    where = entry.path.relative_to(ROOT)
    yield f"### {entry.name}"
    yield ""
    yield f"{entry.about} ([{where.name}](../{where}))"
    yield ""
    yield f"- **When:** {entry.when}"
    yield from _listed("**What is sent:**", entry.sent)
    yield f"- **A correct client:** {entry.correct}"
    if entry.expected:
        yield "- **Expected:** " + ", ".join(f"`{_flow(each)[1:-1]}`" for each in entry.expected)
    yield ""
    yield "```text"
    yield f"responder serve -v {where}"
    yield from entry.tries
    yield "```"


def _listed(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    if len(lines) == 1:
        yield f"- {heading} {lines[0].partition(': ')[2]}"
        return
    yield f"- {heading}"
    yield from (f"  - {line}" for line in lines)


def _sent(scenario: Mapping[str, object]) -> Iterator[str]:
    rules = scenario["rules"]
    assert isinstance(rules, list)
    for key in _FOR_ALL:
        if key in scenario:
            yield f"for all: `{key}: {_flow(scenario[key])}`"
    for rule in rules:
        yield f"*{rule['name']}*: {_rule(rule)}"


def _rule(rule: Mapping[str, object]) -> str:
    before = [f"`{key}: {_flow(rule[key])}`: " for key in rule if key not in _RULES_APART]
    asked = rule.get("authenticate")
    if asked is not None:
        status = asked.get("status", 401) if isinstance(asked, dict) else asked
        before.append(f"`{401 if status is True else status}` until the credentials fit, then ")
    if "respond" in rule:
        return "".join(before) + _steps(rule["respond"])
    parts = rule["sequence"]
    assert isinstance(parts, list)
    turns = [f"{_turn(part.get('times', 1))} {_steps(part['respond'])}" for part in parts]
    after = {"cycle": "and so on", "unmatched": "then the rules below"}.get(str(rule.get("then")))
    return "".join(before) + "; ".join([*turns, *([after] if after else [])])


def _turn(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _steps(steps: object) -> str:
    told: list[str] = []
    wait = ""
    for step in steps if isinstance(steps, list) else [steps]:
        if isinstance(step, dict) and "wait" in step:
            wait = _wait(step["wait"])
            continue
        after = step.get("after") if isinstance(step, dict) else None
        told.append((wait or _wait(after)) + _step(step))
        wait = ""
    return ", ".join(told)


def _wait(wait: object) -> str:
    if wait is None:
        return ""
    return f"after `{_flow(wait)}` " if isinstance(wait, dict) else f"{wait} later "


def _step(step: object) -> str:
    if not isinstance(step, dict):
        return "nothing" if step == "silent" else f"`{step}`"
    if "status" not in step:
        return f"`{_flow(step)[1:-1]}`"
    phrase = f" {step['reason']}" if "reason" in step else ""
    more = [f"`{line}`" for line in _header_lines(step.get("headers", {}))]
    for key, value in step.items():
        if key not in _STATUS_APART:
            more.append(f"an `{key}`" if "\n" in str(value) else f"`{key}: {_flow(value)}`")
    return f"`{step['status']}{phrase}`" + (f" with {' and '.join(more)}" if more else "")


def _header_lines(headers: Mapping[str, object]) -> Iterator[str]:
    for name, value in headers.items():
        for each in value if isinstance(value, list) else [value]:
            yield f"{name}: {_flow(each)}"


def _flow(value: object) -> str:
    """Return a value as YAML has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Write docs/library.md from the scenarios.")
    parser.add_argument("--output", type=Path, default=PAGE)
    arguments = parser.parse_args()
    arguments.output.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
