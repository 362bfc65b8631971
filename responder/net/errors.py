"""What was asked of the shell and cannot be had, each as one sentence to print as it stands."""

import errno
import os


class BadAddress(ValueError):
    """A listening address or a source network is not written in a form that is understood."""


class BindFailed(OSError):
    """A listening address could not be bound; the text of the exception is one whole sentence.

    Args:
        listen: the address as it was asked for, such as ``udp:127.0.0.1:5060``.
        cause: why it could not.
        option: what names another one.

    Attributes:
        listen: as given.
    """

    def __init__(self, listen: str, cause: OSError, option: str = "--listen") -> None:
        super().__init__(cause.errno, _sentence(listen, cause, option))
        self.listen = listen

    def __str__(self) -> str:
        return str(self.strerror)


class NotLocated(Exception):
    """No address was found for a host; the text says why in a few words."""


def reason_of(fault: OSError) -> str:
    """Return in a few words why a call of the operating system failed."""
    if isinstance(fault, TimeoutError):
        return "no connection in time"
    if fault.errno is not None and fault.errno > 0:
        return os.strerror(fault.errno).lower()
    return (fault.strerror or str(fault)).lower()


def _sentence(listen: str, cause: OSError, option: str) -> str:
    match cause.errno:
        case errno.EADDRINUSE:
            return f"{listen} is already in use by another program; choose another with {option}."
        case errno.EACCES | errno.EPERM:
            return f"{listen} may not be opened by this user; ports below 1024 need a privilege."
        case errno.EADDRNOTAVAIL:
            return f"{listen} cannot be opened, because this machine has no such address."
        case errno.EAFNOSUPPORT:
            return f"{listen} cannot be opened, because this machine has no such address family."
    return f"{listen} cannot be opened: {cause.strerror or cause}."
