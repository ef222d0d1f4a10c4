"""The ``scripts/ups`` command: the library alone, for people and for outside checks."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
import json
import logging
from pathlib import Path
import sys
from typing import Any
import warnings

from .catalog import PROTOCOLS, ProtocolInfo, protocol
from .detect import detect, usb_name, usb_protocols
from .driver import Options
from .errors import NoReply, NoSuchPort, Unsupported, UpsError
from .links.base import Link
from .links.open import list_usb, open_replay
from .model import Outcome, SettingKind, Snapshot, Value
from .session import ALARM, AVAILABLE, LEFT_OUT, STATUS, Intervals, Session, Update, describe
from .transcript import Transcript


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="ups", description="Talk to a UPS in its own protocol.")
    actions = top.add_subparsers(dest="action", required=True)
    actions.add_parser("protocols", help="list the protocols")
    for name, text in (
        ("detect", "find out what answers at LINK, or which USB devices there are"),
        ("read", "read everything once"),
        ("watch", "print every change until interrupted"),
        ("run", "run a command"),
        ("set", "write a setting"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument(
            "link",
            metavar="LINK",
            nargs="?" if name == "detect" else None,
            help="/dev/ttyUSB0, socket://host:port, usb:VID:PID[:SERIAL], "
            "snmp://host?community=... or ?user=...&auth_key=... (version=1, 2c, 3 or auto)",
        )
        if name == "detect":
            continue
        action.add_argument("--protocol", metavar="ID", help="see: ups protocols")
        action.add_argument(
            "--option", metavar="NAME=VALUE", action="append", default=[], dest="options"
        )
        if name == "read":
            action.add_argument("--json", action="store_true", help="print one JSON object")
        if name == "watch":
            action.add_argument("--interval", type=float, help="seconds between status reads")
            action.add_argument("--full-interval", type=float, help="... between full reads")
        if name == "run":
            action.add_argument("command", metavar="COMMAND")
            action.add_argument("arguments", metavar="[ARGUMENT] [NAME=VALUE]", nargs="*")
        if name == "set":
            action.add_argument("name", metavar="NAME")
            action.add_argument("value", metavar="VALUE")
    replay = actions.add_parser("transcript", help="replay a diagnostics file")
    replay.add_argument("file", metavar="FILE", type=Path)
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 1 with one line on standard error."""
    chosen = parser().parse_args(arguments)
    # pysnmp uses names that cryptography is about to move
    warnings.filterwarnings("ignore", module="pysnmp")
    # what matters is told in the one line of an error
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        asyncio.run(_ACTIONS[chosen.action](chosen))
    except UpsError as error:
        print(f"{error.kind}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def show(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


async def _protocols(chosen: argparse.Namespace) -> None:
    for info in PROTOCOLS:
        show(f"{info.id}\t{info.title}\t{info.link}\t{info.document}")


async def _list_usb() -> None:
    """Print a line for each USB device: protocol, address, name, and what hinders opening it."""
    devices = await list_usb()
    if not devices:
        raise NoSuchPort("no UPS that is known is plugged into USB here")
    for found in devices:
        protocols = usb_protocols(found)
        spoken = [id_ for id_ in protocols if any(info.id == id_ for info in PROTOCOLS)]
        line = [(spoken or protocols or ("unknown",))[0], found.url, usb_name(found.device)]
        if found.hindrance is not None:
            line.append(f"{found.hindrance.kind}: {found.hindrance}")
        elif not spoken:
            line.append("its protocol is not supported yet")
        show("\t".join(line))


async def _detect(chosen: argparse.Namespace) -> None:
    if chosen.link is None:
        await _list_usb()
        return
    info = await detect(chosen.link)
    session = Session(chosen.link, info)
    try:
        session.start()
        await session.ready()
        show(f"{info.id}\t{describe(session.capabilities.identity)}")
    finally:
        await session.close()


async def _session(chosen: argparse.Namespace) -> Session:
    """Return the session that the arguments describe, not started yet."""
    info = await _info(chosen)
    intervals = Intervals(
        status=getattr(chosen, "interval", None) or info.status_interval,
        full=getattr(chosen, "full_interval", None) or info.full_interval,
    )
    return Session(chosen.link, info, options=_options(chosen.options), intervals=intervals)


async def _info(chosen: argparse.Namespace) -> ProtocolInfo:
    if chosen.protocol:
        return protocol(chosen.protocol)
    try:
        return await detect(chosen.link)
    except NoReply as error:
        known = ", ".join(info.id for info in PROTOCOLS)
        raise NoReply(f"{error} (--protocol with one of: {known})") from error


def _options(pairs: Sequence[str]) -> Options:
    """Read NAME=VALUE pairs. Raises Unsupported."""
    options = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Unsupported(f"an option is NAME=VALUE, not {pair}")
        options[name] = value
    return options


async def _read(chosen: argparse.Namespace) -> None:
    session = await _session(chosen)
    try:
        session.start()
        snapshot = await session.ready()
    finally:
        await session.close()
    _show_snapshot(session, snapshot, as_json=chosen.json)


def _show_snapshot(session: Session, snapshot: Snapshot, *, as_json: bool) -> None:
    report = as_report(session, snapshot)
    if as_json:
        show(json.dumps(report, ensure_ascii=False))
        return
    show(f"{describe(session.capabilities.identity)} ({session.info.id})")
    show(f"{STATUS}: {' '.join(report['status'])}")
    for text in report["alarms"]:
        show(f"{ALARM}: {text}")
    for name, value in report["variables"].items():
        show(f"{name}: {value}{'  (estimated)' if name in report['estimated'] else ''}")


def as_report(session: Session, snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot in the shape that ``read --json`` prints."""
    capabilities = session.capabilities
    identity = capabilities.identity
    return {
        "protocol": session.info.id,
        "identity": {
            "manufacturer": identity.manufacturer,
            "model": identity.model,
            "serial": identity.serial,
            "firmware": identity.firmware,
        },
        "status": sorted(snapshot.status.flags),
        "alarms": [alarm.text for alarm in snapshot.status.alarms],
        "variables": {name: _plain(value) for name, value in sorted(snapshot.variables.items())},
        "estimated": sorted(snapshot.estimated),
        "commands": {
            name: {
                "parameters": [asdict(parameter) for parameter in command.parameters],
                "danger": command.danger,
            }
            for name, command in sorted(capabilities.commands.items())
        },
        "settings": {
            name: {
                "kind": setting.kind,
                **(
                    {"range": [setting.minimum, setting.maximum, setting.step]}
                    if setting.kind is SettingKind.NUMBER
                    else {"options": list(setting.options)}
                ),
                "value": _plain(snapshot.variables.get(name)),
            }
            for name, setting in sorted(capabilities.settings.items())
        },
    }


def _plain(value: Value | None) -> Value | None:
    """Return a number without a fraction as an integer, as people write it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


async def _watch(chosen: argparse.Namespace) -> None:
    session = await _session(chosen)

    def tell(update: Update) -> None:
        now = datetime.now().astimezone().isoformat(timespec="milliseconds")
        mark = " (pushed)" if update.pushed else ""
        if update.event:
            show(f"{now} event: {update.event}{mark}")
        for name in sorted(update.changed):
            show(f"{now} {name}: {_watched(session, name)}{mark}")

    session.subscribe(tell)
    try:
        session.start()
        await session.ready()
        await asyncio.Event().wait()
    finally:
        await session.close()


def _watched(session: Session, name: str) -> Value | None:
    if name == AVAILABLE:
        return "yes" if session.available else f"no: {session.error}"
    if session.snapshot is None:
        return None
    status = session.snapshot.status
    if name == STATUS:
        return " ".join(sorted(status.flags))
    if name == ALARM:
        return "; ".join(alarm.text for alarm in status.alarms) or "none"
    if name == LEFT_OUT:
        return ", ".join(sorted(session.snapshot.left_out)) or "none"
    return _plain(session.snapshot.variables.get(name))


async def _run(chosen: argparse.Namespace) -> None:
    session = await _session(chosen)
    try:
        session.start()
        await session.ready()
        outcome = await session.run(
            chosen.command, **_parameters(session, chosen.command, chosen.arguments)
        )
    finally:
        await session.close()
    show(_told(outcome))


def _parameters(session: Session, command: str, arguments: Sequence[str]) -> Mapping[str, float]:
    """Read ``[ARGUMENT] [NAME=VALUE]...``: a bare argument is the first parameter."""
    known = session.capabilities.commands.get(command)
    if known is None:
        names = ", ".join(sorted(session.capabilities.commands)) or "none"
        raise Unsupported(f"this UPS has no command {command}; it has {names}")
    parameters: dict[str, float] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            if not known.parameters:
                raise Unsupported(f"{command} takes no argument")
            name, value = known.parameters[0].name, argument
        try:
            parameters[name] = float(value)
        except ValueError as error:
            raise Unsupported(f"{name} must be a number, not {value}") from error
    return parameters


def _told(outcome: Outcome) -> str:
    """Return what became of a command, for people: the outcome and what was really sent."""
    sent = " ".join(repr(request.decode("latin-1")) for request in outcome.requests) or "nothing"
    values = " ".join(f"{name}={value:g}" for name, value in outcome.parameters.items())
    return f"{outcome.result} sent {sent}{' ' if values else ''}{values}"


async def _set(chosen: argparse.Namespace) -> None:
    session = await _session(chosen)
    try:
        session.start()
        await session.ready()
        value = await session.write(chosen.name, chosen.value)
    finally:
        await session.close()
    show(f"{chosen.name}: {_plain(value)}")
    setting = session.capabilities.settings[chosen.name]
    if setting.host_side:
        show("kept by the program that talks to the UPS, not by the UPS: this command forgets it")


async def _transcript(chosen: argparse.Namespace) -> None:
    session = replay(chosen.file)
    try:
        session.start()
        snapshot = await session.ready()
    finally:
        await session.close()
    _show_snapshot(session, snapshot, as_json=chosen.json)


def replay(file: Path) -> Session:
    """Return a session over what a diagnostics file recorded. Raises Unsupported."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        recorded = content.get("data", content)["transcript"]
        transcript = Transcript.from_json(recorded["exchanges"])
        info = protocol(recorded["protocol"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unsupported(f"{file} holds no transcript: {error}") from error

    async def open_wire(_: Transcript) -> Link:
        return await open_replay(info.link, transcript)

    return Session(
        "replay:",
        info,
        options=recorded.get("options") or {},
        memory=dict(recorded.get("memory") or {}),
        open_wire=open_wire,
    )


_ACTIONS = {
    "protocols": _protocols,
    "detect": _detect,
    "read": _read,
    "watch": _watch,
    "run": _run,
    "set": _set,
    "transcript": _transcript,
}
