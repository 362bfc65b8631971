"""A SIP endpoint that answers each request as it is told to: any status, header, timing, fault."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from responder.api.call import Call, Message
    from responder.api.expectation import Expectation
    from responder.api.files import ScenarioWarning
    from responder.api.matchers import (
        absent,
        all_,
        any_,
        contains,
        equals,
        not_,
        prefix,
        present,
        regex,
    )
    from responder.api.responder import Responder
    from responder.rulebook import RuleUse
    from responder.scenario.findings import BadScenario

__version__ = "0.1.0"

__all__ = [
    "BadScenario",
    "Call",
    "Expectation",
    "Message",
    "Responder",
    "RuleUse",
    "ScenarioWarning",
    "absent",
    "all_",
    "any_",
    "contains",
    "equals",
    "not_",
    "prefix",
    "present",
    "regex",
]

_PLACES = {
    "BadScenario": "scenario.findings",
    "Call": "api.call",
    "Expectation": "api.expectation",
    "Message": "api.call",
    "Responder": "api.responder",
    "RuleUse": "rulebook",
    "ScenarioWarning": "api.files",
}


def __getattr__(name: str) -> object:
    """Import what the package offers when it is asked for: a command pays for none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"responder.{_PLACES.get(name, 'api.matchers')}"), name)
