"""The files of the page."""

import pytest

from responder.control.static import FILES
from tests.control.site import site


async def test_the_page_may_load_nothing_from_elsewhere() -> None:
    async with site() as here:
        got = await here.fetch("GET", "/")
        assert got.headers["Content-Type"] == "text/html; charset=utf-8"
        assert got.data == (FILES / "index.html").read_bytes()
        policy = got.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        again = await here.fetch("GET", "/", If_None_Match=got.headers["ETag"])
        assert (again.status, again.data) == (304, b"")
        same = await here.fetch("GET", "/page/index.html")
        assert same.data == got.data


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "index", "a%2Fb.js"])
async def test_there_is_nothing_else(name: str) -> None:
    async with site() as here:
        status, _ = await here.ask("GET", f"/page/{name}")
        assert status == 404


async def test_every_file_of_the_page_has_a_type() -> None:
    async with site() as here:
        for each in FILES.iterdir():
            got = await here.fetch("GET", f"/page/{each.name}")
            assert got.status == 200, each.name
