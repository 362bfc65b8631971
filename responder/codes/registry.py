"""The look-up that everything else uses: every status from 100 to 699 has a code."""

from functools import cache
from importlib.resources import files

from responder.codes.code import CLASS_NAMES, Code
from responder.codes.loader import read


def lookup(status: int) -> Code:
    """The code `status`, which may be any of 100 to 699.

    A status without an entry is described by its class, and gets the headers of the code that a
    caller takes it for: 183 for a provisional one, x00 for any other (RFC 3261 section 8.1.3.2).

    Raises ValueError if `status` is out of range.
    """
    code = _registry().get(status)
    return code if code is not None else _unlisted(status)


def phrase(status: int) -> str:
    """The reason phrase of `status`, as `lookup` finds it; ValueError outside 100 to 699."""
    return lookup(status).phrase


def all_codes() -> tuple[Code, ...]:
    """Every code that has an entry, in ascending order."""
    return tuple(_registry().values())


@cache
def _registry() -> dict[int, Code]:
    """The entries by status, in ascending order; read from the file once in a process."""
    return read((files("responder.codes") / "registry.toml").read_text(encoding="utf-8"))


@cache
def _unlisted(status: int) -> Code:
    if not 100 <= status <= 699:
        raise ValueError(f"a status is a number from 100 to 699, not {status}")
    model = _registry()[183 if status < 200 else status // 100 * 100]
    return Code(
        status=status,
        phrase=model.phrase if status < 200 else CLASS_NAMES[status // 100],
        requested=None,
        rfc="RFC 3261",
        sections="8.1.3.2",
        state="current",
        registered=False,
        methods=("INVITE",) if status < 200 else ("any",),
        description=(
            "The registry has no entry for this code. "
            f"A caller that does not know it either acts as on {model.status} {model.phrase}."
        ),
        headers=model.headers,
        known=False,
    )
