"""Scenarios given as text, read and put before a caller on a virtual network."""

from responder.fault_files import FaultFiles
from responder.judge.expectations import verdict_words
from responder.scenario.compiler import Compiled, Files, compile_scenarios
from responder.scenario.loader import Loaded, load
from responder.sip.settings import Authentication, Registering, Settings, Timing
from responder.sip.users import EVERYONE
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def nowhere(_scenario: str, name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", name)


def no_path(scenario: str, name: str) -> str:
    nowhere(scenario, name)
    raise AssertionError


NO_FILES = Files(nowhere, no_path, FaultFiles(), verdicts=verdict_words())


def loaded(text: str, file: str = "f.yaml") -> Loaded:
    """Return what a text says."""
    return load(text, file, file.removesuffix(".yaml"))


def compiled(*texts: str, files: Files = NO_FILES) -> Compiled:
    """Return what texts come to together; they are files a.yaml, b.yaml and so on."""
    names = [f"{chr(ord('a') + place)}.yaml" for place in range(len(texts))]
    return compile_scenarios([loaded(*each) for each in zip(texts, names, strict=True)], files)


def stack_of(*texts: str, files: Files = NO_FILES) -> Stack:
    """Return a stack that answers as texts say."""
    made = compiled(*texts, files=files)
    settings = Settings(
        timing=made.timing or Timing(),
        authentication=Authentication(EVERYONE if made.users is None else made.users),
        registering=made.registering or Registering(),
    )
    return Stack(settings, counted_tokens(), made.rules)


def caller_of(*texts: str, transport: str = "udp", files: Files = NO_FILES) -> Caller:
    """Return a caller of such a stack."""
    return Caller(Network(stack_of(*texts, files=files)), transport)


def stack_behind(caller: Caller) -> Stack:
    """Return the stack that a caller calls."""
    core = caller.network.core
    assert isinstance(core, Stack)
    return core
