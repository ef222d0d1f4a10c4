"""Addresses of SNMP agents: ``snmp://host[:port]?version=2c&community=...``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import re
from urllib.parse import parse_qsl, urlsplit

from ..errors import NoSuchPort
from .base import SnmpAuth, SnmpCredentials, SnmpPrivacy, SnmpVersion

SCHEME = "snmp"
AUTO = "auto"
PORT = 161
TIMEOUT = 1.5
SHORTEST_KEY = 8
"""Characters (RFC 3414, section 11.2)."""
# words of a query that may be shown
_OPEN_WORDS = frozenset({"version", "timeout", "pace", "traps"})
_HOST = re.compile(r"[\w.:%-]+")
_PRIVACY = {"aes128": SnmpPrivacy.AES, "3desede": SnmpPrivacy.TRIPLE_DES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpAddress:
    """Where an agent is and how it is asked."""

    host: str
    port: int = PORT
    credentials: SnmpCredentials
    tries_versions: bool = False
    """``version=auto``: v2c first, then v1; whichever answers stays."""
    timeout: float = TIMEOUT
    """Seconds for one try."""
    pace: float = 0
    """Seconds between an answer and the next request, for cards that choke."""
    trap_port: int | None = None
    """The local port on which traps of this agent are listened for."""

    @property
    def url(self) -> str:
        """Return the address without any secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORT else f":{self.port}"
        return f"{SCHEME}://{host}{port}"


def public_url(url: str) -> str:
    """Return an address as it may be shown: without what proves who we are."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        return url
    return f"{SCHEME}://{parts.netloc.rpartition('@')[2]}"


def make_url(host: str, port: int | None = None) -> str:
    """Return the address of a host. Raises NoSuchPort for what is no name and no number of one."""
    host = host.strip()
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not _HOST.fullmatch(bare):
        raise NoSuchPort(f"{host!r} is no name or address of a host")
    shown = f"[{bare}]" if ":" in bare else bare
    return f"{SCHEME}://{shown}" + ("" if port in {None, PORT} else f":{port}")


def bare_host(url: str) -> str:
    """Return the host of an address as a web address has it, without the port of the agent."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def with_traps(url: str, port: int) -> str:
    """Return an address whose agent's traps are listened for on a local port."""
    return f"{url}{'&' if '?' in url else '?'}traps={port}"


def parse_address(url: str, credentials: SnmpCredentials | None = None) -> SnmpAddress:
    """Return the agent that an address names; ``credentials`` stand in for those in it.

    Raises NoSuchPort, which names what is wrong and never what was given.
    """
    shown = public_url(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise NoSuchPort(f"{shown} is not a complete address of an SNMP agent") from None
    if parts.scheme != SCHEME or not host or parts.path.strip("/"):
        raise NoSuchPort(f"{shown} is not a complete address of an SNMP agent")
    numbers = {name: _number(shown, name, query) for name in ("timeout", "pace", "traps")}
    given = credentials or _credentials(shown, query)
    return SnmpAddress(
        host=host,
        port=port or PORT,
        credentials=_checked(shown, given),
        tries_versions=credentials is None and query.get("version") == AUTO,
        timeout=numbers["timeout"] or TIMEOUT,
        pace=numbers["pace"] or 0,
        trap_port=None if numbers["traps"] is None else int(numbers["traps"]),
    )


def _number(shown: str, name: str, query: Mapping[str, str]) -> float | None:
    if name not in query:
        return None
    try:
        return max(float(query[name]), 0)
    except ValueError:
        raise NoSuchPort(f"{name} in the address {shown} must be a number") from None


def _credentials(shown: str, query: dict[str, str]) -> SnmpCredentials:
    """Return the credentials in the query of an address. Raises NoSuchPort."""
    words = {word: value for word, value in query.items() if word not in _OPEN_WORDS}
    version = query.get("version", "3" if "user" in words else "2c").removeprefix("v")
    version = "2c" if version in {AUTO, "2"} else version
    try:
        credentials = SnmpCredentials(
            version=SnmpVersion(version),
            community=words.pop("community", "public"),
            write_community=words.pop("write_community", None),
            user=words.pop("user", ""),
            auth_key=words.pop("auth_key", ""),
            privacy_key=words.pop("priv_key", ""),
            context=words.pop("context", ""),
        )
    except ValueError:
        raise NoSuchPort(f"the version in the address {shown} must be 1, 2c, 3 or auto") from None
    auth, privacy = words.pop("auth", "").lower(), words.pop("priv", "").lower()
    if words:
        raise NoSuchPort(f"{', '.join(sorted(words))} in the address {shown} is not known here")
    try:
        return replace(
            credentials,
            auth=SnmpAuth(auth.replace("-", "")) if auth else None,
            privacy=(_PRIVACY.get(privacy) or SnmpPrivacy(privacy)) if privacy else None,
        )
    except ValueError:
        raise NoSuchPort(
            f"auth in the address {shown} must be one of {', '.join(SnmpAuth)}, "
            f"priv one of {', '.join(SnmpPrivacy)}"
        ) from None


def _checked(shown: str, credentials: SnmpCredentials) -> SnmpCredentials:
    """Return credentials with the usual algorithms where only keys are given. Raises NoSuchPort."""
    if credentials.version is not SnmpVersion.V3:
        return credentials
    auth = credentials.auth or (SnmpAuth.SHA if credentials.auth_key else None)
    privacy = credentials.privacy or (SnmpPrivacy.AES if credentials.privacy_key else None)
    if not credentials.user:
        raise NoSuchPort(f"SNMPv3 at {shown} needs a user")
    if privacy and not auth:
        raise NoSuchPort(f"the user at {shown} needs an authentication key beside the other")
    for key, name in (
        (credentials.auth_key if auth else None, "authentication"),
        (credentials.privacy_key if privacy else None, "privacy"),
    ):
        if key is not None and len(key) < SHORTEST_KEY:
            raise NoSuchPort(
                f"the {name} key at {shown} must have at least {SHORTEST_KEY} characters"
            )
    return replace(credentials, auth=auth, privacy=privacy)
