"""One SIPp scenario that expects each status in its turn, put together from the parts in sipp/."""

from collections.abc import Sequence
from pathlib import Path
from string import Template
from xml.sax.saxutils import quoteattr

from responder.codes import Code
from tests.interop import wanted

SIPP = Path(__file__).parent / "sipp"
INVITE = 1
"""The place of the INVITE in frame.xml."""
FIRST_PART = 3
"""How many messages, pauses and actions frame.xml has before the parts."""


def write(codes: Sequence[Code], directory: Path) -> list[Path | str]:
    """Write the scenario and what it dials.

    Returns:
        the options that give both to SIPp.
    """
    parts: list[str] = []
    dialled = ["SEQUENTIAL"]
    place = FIRST_PART
    for code in codes:
        dialled.append(f"{code.status};{place}")
        text, length = part(code, place)
        parts.append(text)
        place += length
    scenario, numbers = directory / "every-code.xml", directory / "numbers.csv"
    scenario.write_text(template("frame").substitute(parts="".join(parts)))
    numbers.write_text("\n".join(dialled) + "\n")
    return ["-sf", scenario, "-inf", numbers, "-m", str(len(codes))]


def part(code: Code, place: int) -> tuple[str, int]:
    """Return the part for one status that starts at ``place``, and its length."""
    common = {"status": str(code.status), "checks": checks(code)}
    if 200 <= code.status < 300:
        return template("answered").substitute(common), 7
    if code.status >= 300:
        return template("refused").substitute(common, to_ack=place + 3 - INVITE), 5
    trying = 0 if code.status == 100 else 1
    text = template("provisional").substitute(
        common,
        trying='  <recv response="100"/>' * trying,
        to_cancel=place + trying + 1 - INVITE,
        to_ack=place + trying + 4 - INVITE,
    )
    return text, trying + 5


def template(name: str) -> Template:
    return Template((SIPP / f"{name}.xml").read_text())


def checks(code: Code) -> str:
    """Return the actions that end the call as failed where the response is not as it should be."""
    patterns = [(f"^SIP/2.0 {code.status} {code.phrase}[[:cntrl:]]", 'search_in="msg"')]
    if code.status > 100:
        patterns.append((";tag=[0-9a-f]+", header("To")))
    for name, pattern in wanted.fields(code.status, "INVITE"):
        patterns.append((pattern, header(name)))
    return "\n".join(
        f'      <ereg regexp={quoteattr(pattern)} {where} check_it="true" assign_to="checked"/>'
        for pattern, where in patterns
    )


def header(name: str) -> str:
    return f'search_in="hdr" header="{name}:"'
