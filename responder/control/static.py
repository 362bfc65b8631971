"""The page: the files in ``page/``, served as they are."""

import hashlib
from pathlib import Path
from typing import Final

from aiohttp import web

from responder.control.problem import Problem

FILES: Final = Path(__file__).parent / "page"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page of ours may load and do: nothing but what is served here."""

_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".txt": "text/plain",
}


async def index(request: web.Request) -> web.StreamResponse:
    """Return the page."""
    return _file(request, "index.html")


async def file(request: web.Request) -> web.StreamResponse:
    """Return one of the files that the page is made of."""
    return _file(request, request.match_info["name"])


def _file(request: web.Request, name: str) -> web.StreamResponse:
    path = FILES / name
    kind = _TYPES.get(path.suffix)
    if kind is None or path.parent != FILES or not path.is_file():
        raise Problem(404, f'The page has no file "{name}".')
    data = path.read_bytes()
    etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type=kind, charset="utf-8", headers=headers)
