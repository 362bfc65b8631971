"""HTTP beside a responder inside a program."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from responder import Responder
from responder.api.web import Web
from responder.net.errors import BadAddress, BindFailed


def test_rules_of_both_kinds_are_in_one_book() -> None:
    with Responder(http="127.0.0.1:0", media_ports="off") as responder:
        responder.expect_invite(to="1001").named("mine").respond(486)
        request = urllib.request.Request(
            f"{responder.http.url}/api/v1/rules", b"respond: 480", method="POST"
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 201
        with urllib.request.urlopen(f"{responder.http.url}/api/v1/rules", timeout=20) as answer:
            rules = json.load(answer)["rules"]
        assert [(each["name"], each["origin"]) for each in rules] == [
            ("runtime/rule 1", "runtime"),
            ("test_web/mine", "runtime"),
        ]
        assert rules[1]["file"].endswith("test_web.py")
        assert [use.name for use in responder.rules] == ["runtime/rule 1", "test_web/mine"]
        responder.reset()
        assert responder.rules == []


def test_where_it_is_not_asked_for_there_is_none() -> None:
    web = Web(None)
    assert web.token is None
    with pytest.raises(LookupError, match="no HTTP is served"):
        assert web.url


def test_where_others_can_come_the_token_is_known_to_the_program() -> None:
    with Responder(http="0.0.0.0:0", media_ports="off") as responder:
        url = f"http://127.0.0.1:{responder.http.url.rpartition(':')[2]}/api/v1/status"
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.urlopen(url, timeout=20)
        caught.value.close()
        shown = {"Authorization": f"Bearer {responder.http.token}"}
        with urllib.request.urlopen(urllib.request.Request(url, headers=shown), timeout=20) as got:
            assert got.status == 200


def test_an_address_that_cannot_be_had() -> None:
    with pytest.raises(BadAddress, match="is not an IP address"):
        Web("example.com:80")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BindFailed, match=f"http:{place} is already in use"):
            Responder(http=place, media_ports="off").start()


def test_nothing_of_it_is_imported_unless_somebody_comes() -> None:
    code = (
        "import sys; from responder import Responder\n"
        "with Responder(http='127.0.0.1:0', media_ports='off'): pass\n"
        "print(sorted({'aiohttp', 'pydantic'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
