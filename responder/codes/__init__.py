"""The code registry: what every SIP status is called, means, and needs to be correct."""

from responder.codes.code import CLASS_NAMES, Code, HeaderRule
from responder.codes.loader import BUILDERS, PLACEHOLDER
from responder.codes.registry import all_codes, lookup, phrase
from responder.codes.search import search

__all__ = [
    "BUILDERS",
    "CLASS_NAMES",
    "PLACEHOLDER",
    "Code",
    "HeaderRule",
    "all_codes",
    "lookup",
    "phrase",
    "search",
]
