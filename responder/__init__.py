"""A SIP endpoint that answers each request as it is told to: any status, header, timing, fault."""

__version__ = "0.1.0"
