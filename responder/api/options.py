"""The arguments of `responder.Responder`, and the plan that they make."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from responder.agent.plan import Plan, by_scenarios
from responder.api.files import Scenarios, compiled
from responder.api.spot import Spot
from responder.net.listen import DEFAULT_LISTENS, parse_listen
from responder.net.rtp import parse_ports
from responder.sip.settings import Authentication
from responder.sip.users import EVERYONE, Users, parse_users

if TYPE_CHECKING:
    from responder.scenario.expect import Expectation

LISTEN: Final = ("udp:127.0.0.1:0", "tcp:127.0.0.1:0")
"""Where a responder listens that is not told where: a free port of this machine."""


class Options(TypedDict, total=False):
    """The arguments beside the scenario, each as `responder.api.responder.Responder` takes it.

    All but ``http`` are needed for a plan.
    """

    listen: str | Sequence[str] | None
    users: str | os.PathLike[str] | Mapping[str, str] | None
    realm: str
    seed: int | None
    advertise: str | tuple[str, int | None] | None
    allow: str | Sequence[str]
    media_ports: str
    media_timeout: float
    journal_calls: int
    journal_bytes: int
    http: str | None


def plan_of(
    scenario: Scenarios | None, options: Options, at: Spot
) -> tuple[Plan, Sequence["Expectation"]]:
    """Return the plan that all arguments make, and what the scenarios expect of a run.

    Args:
        scenario: see `responder.api.responder.Responder`.
        options: every one of the arguments beside it.
        at: where the program wrote them.

    Raises:
        BadScenario, BadAddress, BadUsers: something cannot be read.
        OSError: the file of ``users`` cannot be read.
    """
    users = _users(options["users"])
    advertise = options["advertise"]
    listen = options["listen"]
    plan = Plan(
        listens=[parse_listen(each) for each in _several(LISTEN if listen is None else listen)],
        allow=_several(options["allow"]),
        advertise=(advertise, None) if isinstance(advertise, str) else advertise,
        media_ports=parse_ports(options["media_ports"]),
        media_timeout=options["media_timeout"],
        seed=options["seed"],
        journal_calls=options["journal_calls"],
        journal_bytes=options["journal_bytes"],
        epoch=time.time() - time.monotonic(),
        traces=False,
        authentication=Authentication(
            EVERYONE if users is None else users, options["realm"].encode()
        ),
    )
    if scenario is None:
        return plan, ()
    found = compiled(scenario, at, stacklevel=4)
    if found.listens and listen is None:
        plan = replace(plan, listens=DEFAULT_LISTENS)
    return by_scenarios(plan, found, users), found.expectations


def _several(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _users(users: str | os.PathLike[str] | Mapping[str, str] | None) -> Users | None:
    if users is None:
        return None
    if isinstance(users, Mapping):
        return Users(users.items())
    return EVERYONE if users == "any" else parse_users(Path(users).read_text(encoding="utf-8-sig"))
