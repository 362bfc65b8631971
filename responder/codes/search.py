"""Finding codes by what a person remembers of them: a number, a word, a header field, an RFC."""

import re

from responder.codes.code import Code
from responder.codes.registry import all_codes

_NUMBER = re.compile(r"[0-9]{1,3}|[0-9]xx|[0-9]{2}x", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

# How much a word counts where it is found: the name of a code before what it is about.
_WHOLE_PHRASE, _PHRASE, _HEADER, _RFC, _DESCRIPTION = 16, 8, 4, 4, 1


def search(text: str) -> tuple[Code, ...]:
    """The codes that `text` may mean, best first; all of them for a blank text.

    `text` is the start of a number (`48`, `4xx`), which gives the codes that start so in ascending
    order, or words, each of which must start a word of the phrase (today's or the requested one),
    of a header field's name, of an RFC's number or of the description. Case does not matter.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        prefix = text.rstrip("xX")
        return tuple(code for code in all_codes() if str(code.status).startswith(prefix))
    words = _words(text)
    if not words:
        return () if text else all_codes()
    ranked = [(_rank(code, words), code) for code in all_codes()]
    # A stable sort: codes that match equally well stay in ascending order.
    ranked.sort(key=lambda pair: -pair[0])
    return tuple(code for rank, code in ranked if rank)


def _rank(code: Code, words: tuple[str, ...]) -> int:
    """How well `words` describe `code`; 0 if one of them is nowhere in it."""
    fields = _fields(code)
    rank = 0
    for word in words:
        found = sum(
            weight
            for weight, candidates in fields
            if any(candidate.startswith(word) for candidate in candidates)
        )
        if not found:
            return 0
        rank += found
    if words in {_words(code.phrase), _words(code.requested or "")}:
        rank += _WHOLE_PHRASE
    return rank


def _fields(code: Code) -> tuple[tuple[int, tuple[str, ...]], ...]:
    headers = " ".join(rule.name for rule in code.headers)
    return (
        (_PHRASE, _words(f"{code.phrase} {code.requested or ''}")),
        (_HEADER, _words(headers)),
        (_RFC, _words(" ".join(code.references))),
        (_DESCRIPTION, _words(code.description)),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))
