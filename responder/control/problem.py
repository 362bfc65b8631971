"""Errors as RFC 9457 has them: problem details."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

PROBLEM: Final = "application/problem+json"


class Problem(Exception):
    """A request that is answered with a problem.

    Attributes:
        status: the status of HTTP.
        detail: what is wrong, as a sentence for people.
        members: further members of the problem, such as ``errors``.
        headers: header fields of the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """Return what is sent."""
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        return web.Response(
            status=self.status,
            body=json.dumps(document, ensure_ascii=False).encode(),
            content_type=PROBLEM,
            headers=self.headers,
        )
