"""HTTP beside an answering process: its options, its address, and what is said of it."""

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import click
import pytest
from click.testing import CliRunner

from responder.agent.plan import Plan
from responder.cli import commands
from responder.cli.serving import Answering
from responder.cli.web import Web, WebOptions, web_options
from responder.control.settings import Http
from responder.net.errors import BindFailed
from tests.cli.phone import PATIENCE
from tests.cli.test_serving import PLAN, Told
from tests.serving import Serve


@asynccontextmanager
async def answering(web: Web, plan: Plan = PLAN) -> AsyncIterator[Told]:
    """Answer with HTTP beside it; what is told to the log is there once it answers."""
    told = Told()
    process = Answering(plan, told, web)
    task = asyncio.create_task(process.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await told.begun.wait()
        yield told
    finally:
        process.stop("the test is over")
        await task
    assert told.faults == []


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.fixture
def taken() -> Iterator[int]:
    """Hold a TCP port of this machine; return its number."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def read(*arguments: str, **environment: str) -> WebOptions | str:
    """Return what options come to, or what is said of a mistake."""
    found: list[WebOptions] = []

    @click.command(context_settings={"auto_envvar_prefix": "RESPONDER"})
    @web_options
    def command(web: WebOptions) -> None:
        found.append(web)

    result = CliRunner().invoke(command, arguments, env=environment)
    return found[0] if found else result.output


def test_without_options_it_is_served_on_this_machine_where_that_is_free() -> None:
    assert read() == WebOptions(Http("127.0.0.1", 8060), asked=False)


def test_every_option() -> None:
    expected = WebOptions(Http("0.0.0.0", 80, "secret", ("a.lab", "b.lab"), "Trunk"), asked=True)
    assert expected == read(
        *("--http", "0.0.0.0:80", "--http-token", "secret", "--label", "Trunk"),
        *("--http-name", "a.lab", "--http-name", "b.lab"),
    )
    assert expected == read(
        RESPONDER_HTTP="0.0.0.0:80",
        RESPONDER_HTTP_TOKEN="secret",
        RESPONDER_HTTP_NAME="a.lab b.lab",
        RESPONDER_LABEL="Trunk",
    )


def test_a_token_may_be_in_a_file_as_containers_get_their_secrets(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(" sesame\n")
    found = read("--http-token", f"@{file}")
    assert isinstance(found, WebOptions)
    assert found.http is not None
    assert found.http.token == "sesame"


@pytest.mark.parametrize(
    ("content", "mistake"),
    [(None, "no such file"), (b"\n", "is empty"), (b"\xff", "is no text in UTF-8")],
    ids=["missing", "empty", "binary"],
)
def test_a_file_without_a_token(tmp_path: Path, content: bytes | None, mistake: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    said = read("--http-token", f"@{file}")
    assert isinstance(said, str)
    assert str(file) in said
    assert mistake in said


def test_off_and_mistakes() -> None:
    assert read("--http", "off") == WebOptions(None, asked=True)
    assert Web.of(WebOptions(None, asked=True)) is None
    said = read("--http", "example.com:80")
    assert isinstance(said, str)
    assert '"example.com" in "example.com:80" is not an IP address' in said


def test_an_address_that_was_asked_for_and_is_taken_is_one_sentence_and_status_3(
    taken: int,
) -> None:
    place = f"127.0.0.1:{taken}"
    arguments = ["serve", "--listen", "udp:127.0.0.1:0", "--http", place, "--media-ports", "0"]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 3
    assert result.stderr == (
        f"responder: http:{place} is already in use by another program; choose another with"
        " --http.\n"
    )


async def test_without_it_the_process_goes_on_where_the_default_is_taken(taken: int) -> None:
    async with answering(Web(Http(port=taken), asked=False)) as told:
        assert told.start is not None
        assert told.start.pages == ()
        [said] = told.warnings
    assert said == (
        f"there is no page: http:127.0.0.1:{taken} is already in use by another program; choose"
        " another with --http."
    )


async def test_the_start_names_the_page_and_the_port_file_the_address(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    async with answering(Web(Http(port=0)), replace(PLAN, port_file=path)) as told:
        bound = json.loads(path.read_text())["http"]
        assert told.start is not None
        assert told.start.pages == [f"http://{bound}/"]
        async with aiohttp.ClientSession() as session, session.get(f"http://{bound}/") as got:
            assert got.status == 200


async def test_where_others_can_come_the_page_is_named_with_a_token_that_was_made() -> None:
    async with answering(Web(Http("0.0.0.0", 0))) as told:
        assert told.start is not None
        page = told.start.pages[0]
        place, _, token = page.partition("#token=")
        assert len(token) > 16
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{place}api/v1/status") as got:
                assert got.status == 401
            shown = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{place}api/v1/status", headers=shown) as got:
                assert got.status == 200


async def test_a_token_that_was_given_is_not_shown() -> None:
    async with answering(Web(Http("0.0.0.0", 0, "secret"))) as told:
        assert told.start is not None
        assert all("#" not in page for page in told.start.pages)


async def test_nothing_is_bound_where_the_address_cannot_be_had() -> None:
    found = Answering(PLAN, Told(), Web(Http("192.0.2.1", 1)))
    with pytest.raises(BindFailed, match="this machine has no such address"):
        await found.run()
    assert found.driver.addresses == []


def test_nothing_of_it_is_imported_before_somebody_comes(serve: Serve) -> None:
    """What a process imports is what its memory maps: aiohttp has parts that are not Python."""
    serving = serve("--http", "127.0.0.1:0")
    maps = Path(f"/proc/{serving.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system does not tell what a process has mapped")
    assert "aiohttp" not in maps.read_text()
    with socket.create_connection(("127.0.0.1", serving.http)) as sock:
        sock.settimeout(20)
        sock.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert sock.recv(15) == b"HTTP/1.1 200 OK"
    assert "aiohttp" in maps.read_text()
