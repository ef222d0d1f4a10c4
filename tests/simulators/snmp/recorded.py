"""Recorded agents: ``.snmprec`` files (``oid|tag|value``; ``x`` behind the tag = hex octets)."""

from pathlib import Path

from .agent import Agent
from .objects import Kind, Object, oid

_KINDS = {
    "2": Kind.INTEGER,
    "4": Kind.OCTETS,
    "5": Kind.NULL,
    "6": Kind.OID,
    "64": Kind.ADDRESS,
    "65": Kind.COUNTER,
    "66": Kind.GAUGE,
    "67": Kind.TICKS,
    "68": Kind.OPAQUE,
    "70": Kind.COUNTER64,
}
FOLDER = Path(__file__).parents[4] / "shared" / "recordings" / "snmp"


class RecordedAgent(Agent):
    """An agent that says what was recorded."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        for line in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            where, tag, said = line.split("|", 2)
            kind = _KINDS[tag.rstrip("x")]
            self.tree[oid(where)] = Object(kind, _value(kind, said, is_hex=tag.endswith("x")))


def _value(kind: Kind, said: str, *, is_hex: bool) -> int | bytes | tuple[int, ...] | None:
    match kind:
        case Kind.OCTETS | Kind.OPAQUE:
            return bytes.fromhex(said) if is_hex else said.encode(errors="surrogateescape")
        case Kind.OID:
            return oid(said)
        case Kind.ADDRESS:
            return bytes(map(int, said.split("."))) if not is_hex else bytes.fromhex(said)
        case Kind.NULL:
            return b""
        case _:
            return int(said)


def recording(name: str) -> RecordedAgent | None:
    """Return a recorded agent, None where the folder is absent: it is never copied (GPL)."""
    file = FOLDER / f"{name}.snmprec"
    return RecordedAgent(file) if file.is_file() else None
