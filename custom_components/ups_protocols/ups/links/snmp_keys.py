"""The keys of SNMPv3 users: made from pass phrases for one engine, and used by pysnmp's services.

Making a key hashes a million bytes (RFC 3414, A.2), which takes 10 ms: it belongs in the executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pysnmp.entity import config
from pysnmp.proto import rfc1902

from .base import SnmpAuth, SnmpCredentials, SnmpPrivacy

AUTHENTICATION: Mapping[SnmpAuth | None, Any] = {
    None: config.USM_AUTH_NONE,
    SnmpAuth.MD5: config.USM_AUTH_HMAC96_MD5,
    SnmpAuth.SHA: config.USM_AUTH_HMAC96_SHA,
    SnmpAuth.SHA224: config.USM_AUTH_HMAC128_SHA224,
    SnmpAuth.SHA256: config.USM_AUTH_HMAC192_SHA256,
    SnmpAuth.SHA384: config.USM_AUTH_HMAC256_SHA384,
    SnmpAuth.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
PRIVACY: Mapping[SnmpPrivacy | None, Any] = {
    None: config.USM_PRIV_NONE,
    SnmpPrivacy.DES: config.USM_PRIV_CBC56_DES,
    SnmpPrivacy.TRIPLE_DES: config.USM_PRIV_CBC168_3DES,
    SnmpPrivacy.AES: config.USM_PRIV_CFB128_AES,
    SnmpPrivacy.AES192: config.USM_PRIV_CFB192_AES,
    SnmpPrivacy.AES256: config.USM_PRIV_CFB256_AES,
    SnmpPrivacy.AES192_BLUMENTHAL: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    SnmpPrivacy.AES256_BLUMENTHAL: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a user for one agent; never shown."""

    auth: bytes | None
    privacy: bytes | None


def make_keys(given: SnmpCredentials, engine_id: bytes) -> Keys:
    """Make a user's keys for an engine from the pass phrases."""
    agent = rfc1902.OctetString(engine_id)
    auth, privacy = AUTHENTICATION[given.auth], PRIVACY[given.privacy]
    auth_key = privacy_key = None
    if given.auth is not None:
        service = config.AUTH_SERVICES[auth]
        auth_key = service.localize_key(service.hash_passphrase(given.auth_key.encode()), agent)
    if given.privacy is not None:
        service = config.PRIV_SERVICES[privacy]
        phrase = service.hash_passphrase(auth, given.privacy_key.encode())
        privacy_key = service.localize_key(auth, phrase, agent)
    return Keys(
        None if auth_key is None else bytes(auth_key),
        None if privacy_key is None else bytes(privacy_key),
    )
