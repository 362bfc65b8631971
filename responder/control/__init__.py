"""The responder over HTTP: its API, its page and its metrics. An edge: aiohttp and pydantic.

What a process needs before anybody comes is in `responder.control.settings` and
`responder.control.door`, which import neither; they import the rest for the first visitor.
"""
