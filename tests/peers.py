"""Programs that were not written here, and what a test does when one is missing."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

REQUIRED = "RESPONDER_REQUIRE_PEERS"
"""When this environment variable is 1, a missing peer fails a test instead of skipping it."""

Find: TypeAlias = Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class Peer:
    """A program, the name that people have for it, and the Debian package that holds it."""

    title: str
    package: str


PEERS = {
    "baresip": Peer("baresip", "baresip-core"),
    "chromium": Peer("Chromium", "chromium"),
    "curl": Peer("curl", "curl"),
    "docker-compose": Peer("Docker Compose", "docker-compose"),
    "dumpcap": Peer("dumpcap", "wireshark-common"),
    "ip": Peer("iproute2", "iproute2"),
    "kamailio": Peer("Kamailio", "kamailio"),
    "linphonec": Peer("Linphone", "linphone-cli"),
    "nft": Peer("nftables", "nftables"),
    "sipp": Peer("SIPp", "sip-tester"),
    "sipsak": Peer("sipsak", "sipsak"),
    "sngrep": Peer("sngrep", "sngrep"),
    "text2pcap": Peer("text2pcap", "wireshark-common"),
    "tshark": Peer("tshark", "tshark"),
}


@cache
def ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6, which many containers lack."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def find(program: str) -> Path:
    """Return where a program of `PEERS` is; skip the test, or fail it, when it is nowhere."""
    peer = PEERS[program]
    # Debian keeps servers where the PATH of a plain user does not lead.
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    found = shutil.which(program, path=path)
    if found is not None:
        return Path(found)
    reason = f"{peer.title} is not installed (Debian: {peer.package})"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def run(command: Sequence[str | Path], directory: Path, within: float) -> str:
    """Run a program to its end and return what it printed, both streams in order.

    The test fails, showing what was printed, when the program does not end with status 0, or not
    within so many seconds.
    """
    words = [str(word) for word in command]
    log = directory / f"{Path(words[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            status = process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
    printed = log.read_text(errors="replace")
    if status != 0:
        ending = f"status {status}" if status is not None else f"not within {within:g} s"
        pytest.fail(f"{' '.join(words)}\nended: {ending}\n{printed}", pytrace=False)
    return printed
