"""The kinds of failure: everything a driver, a link or a session may raise."""


class UpsError(Exception):
    """Anything that can go wrong between us and a UPS; its text says what to do about it."""

    @property
    def kind(self) -> str:
        """The error's kind as users and scripts see it, e.g. ``NoReply``."""
        return type(self).__name__


class LinkLost(UpsError):
    """The wire is gone: unplugged, hung up, connection refused or closed."""


class NoSuchPort(LinkLost):
    """There is no such port, or it is not a serial port."""


class NoPermission(LinkLost):
    """The port is there, but this process may not open it."""


class InUse(LinkLost):
    """Another program has the port open."""


class NoReply(UpsError):
    """The wire is fine, but nothing answers."""


class BadReply(UpsError):
    """What came back cannot be an answer: wrong shape, wrong check value, impossible values."""


class Rejected(UpsError):
    """The UPS understood and refused."""


class Busy(UpsError):
    """The UPS, or the sequence before this one, is not done yet."""


class Unsupported(UpsError):
    """This unit, protocol or wire cannot do that."""


class LineSettingsFixed(Unsupported):
    """This wire cannot change its line settings or move its modem lines from here."""


class AuthFailed(UpsError):
    """Wrong password, community, user or key."""


class UnknownUser(AuthFailed):
    """The agent does not know the user."""


class WrongKey(AuthFailed):
    """The user is known, but not with this authentication key or algorithm."""


class WrongPrivacyKey(AuthFailed):
    """The user is known, but messages cannot be read with this privacy key or algorithm."""


class UpsGone(UpsError):
    """The card answers, but has lost its UPS."""


class NotThisUps(UpsError):
    """Another unit answers on this link than the one that was set up."""
