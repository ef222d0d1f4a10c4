"""The command line over the library alone: what it prints, and how it fails."""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
import json
from pathlib import Path
import signal
import sys
from typing import Any

import pytest

from .usb_bus import make, simulated, threads
from custom_components.ups_protocols.ups import cli
from custom_components.ups_protocols.ups.catalog import PROTOCOLS, protocol
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.megatec import make_ups
from tests.simulators.megatec.ups import MegatecUps
from tests.simulators.wires import PtyWire

SCRIPT = Path(__file__).parents[2] / "scripts" / "ups.py"


@dataclass(slots=True)
class CommandLine:
    """The command line and a simulated UPS that it can reach."""

    ups: MegatecUps
    link: str
    capsys: pytest.CaptureFixture[str]

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run a command; return its exit code and what it wrote."""
        code = await asyncio.to_thread(cli.main, words)
        written = self.capsys.readouterr()
        return code, written.out, written.err


@pytest.fixture
async def ups(capsys: pytest.CaptureFixture[str]) -> AsyncGenerator[CommandLine]:
    """A healthy Megatec UPS on a pty."""
    device = make_ups("megatec")
    async with PtyWire(device) as wire:
        yield CommandLine(device, wire.link, capsys)


KNOWN = ("--protocol", "megatec", "--option", "dialect=megatec")


async def test_protocols(ups: CommandLine) -> None:
    code, out, _ = await ups("protocols")
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert [row[0] for row in rows] == [info.id for info in PROTOCOLS]
    assert all(len(row) == 4 and all(row) for row in rows)


async def test_detect(ups: CommandLine) -> None:
    assert await ups("detect", ups.link) == (0, "megatec\tUPS MAKER SIM-1000\n", "")


async def test_read(ups: CommandLine) -> None:
    code, out, _ = await ups("read", ups.link, *KNOWN)
    lines = out.splitlines()
    assert code == 0
    assert lines[:2] == ["UPS MAKER SIM-1000 (megatec)", "ups.status: OL"]
    assert "input.voltage: 230" in lines
    assert "battery.charge: 100  (estimated)" in lines


async def test_read_as_json(ups: CommandLine) -> None:
    """The shape is a contract for outside checks."""
    ups.ups.set("failed", True)
    code, out, _ = await ups("read", ups.link, *KNOWN, "--json")
    report: dict[str, Any] = json.loads(out)
    assert code == 0
    assert len(out.splitlines()) == 1
    assert report.keys() == {
        *("protocol", "identity", "status", "alarms", "variables", "estimated"),
        *("commands", "settings"),
    }
    assert report["protocol"] == "megatec"
    assert report["identity"] == {
        "manufacturer": "UPS MAKER",
        "model": "SIM-1000",
        "serial": None,
        "firmware": "V1.00",
    }
    assert report["status"] == ["OL"]
    assert report["alarms"] == ["UPS failed"]
    assert report["variables"]["ups.load"] == 30
    assert set(report["estimated"]) <= report["variables"].keys()
    assert report["commands"]["shutdown.return"]["danger"] == "cuts_power"
    assert {each["name"] for each in report["commands"]["shutdown.return"]["parameters"]} == {
        "delay",
        "restart_delay",
    }
    assert report["settings"]["ups.delay.shutdown"] == {
        "kind": "number",
        "range": [12, 600, 6],
        "value": 30,
    }


async def test_alarms_are_told(ups: CommandLine) -> None:
    ups.ups.set("failed", True)
    _, out, _ = await ups("read", ups.link, *KNOWN)
    assert "ups.alarm: UPS failed" in out.splitlines()


@pytest.mark.parametrize(
    ("words", "sent", "told"),
    [
        (("test.battery.start.quick",), [b"T"], "sent sent 'T\\r'"),
        (("test.battery.start", "120"), [b"T02"], "sent sent 'T02\\r' duration=120"),
        (
            ("shutdown.return", "90", "restart_delay=240"),
            [b"S01R0004"],
            "sent sent 'S01R0004\\r' delay=60 restart_delay=240",
        ),
        (("beeper.enable",), [], "confirmed sent nothing"),
    ],
)
async def test_run(ups: CommandLine, words: tuple[str, ...], sent: list[bytes], told: str) -> None:
    code, out, _ = await ups("run", ups.link, *KNOWN, *words)
    assert (code, out) == (0, f"{told}\n")
    queries = {b"Q1", b"F", b"I"}
    assert [each for each in ups.ups.received if each not in queries] == sent


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nonsense",), "Unsupported: this UPS has no command nonsense; it has "),
        (("beeper.toggle", "1"), "Unsupported: beeper.toggle takes no argument"),
        (("test.battery.start", "x"), "Unsupported: duration must be a number, not x"),
        (("test.battery.start", "volume=1"), "Unsupported: test.battery.start takes duration"),
    ],
)
async def test_run_what_cannot_be(ups: CommandLine, words: tuple[str, ...], complaint: str) -> None:
    code, out, err = await ups("run", ups.link, *KNOWN, *words)
    assert (code, out) == (1, "")
    assert err.startswith(complaint)
    assert len(err.splitlines()) == 1


async def test_set(ups: CommandLine) -> None:
    code, out, _ = await ups("set", ups.link, *KNOWN, "ups.delay.shutdown", "125")
    assert code == 0
    assert out.splitlines()[0] == "ups.delay.shutdown: 120"
    assert "this command forgets it" in out
    code, _, err = await ups("set", ups.link, *KNOWN, "ups.load", "1")
    assert code == 1
    assert err.startswith("Unsupported: ")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("read", "/nowhere/ttyUSB0"), "NoSuchPort: "),
        (("read", "/nowhere/ttyUSB0", "--protocol", "none"), "Unsupported: there is no protocol"),
        (("read", "{link}", *KNOWN, "--option", "dialect"), "Unsupported: an option is NAME=VALUE"),
        (("read", "{link}", *KNOWN, "--option", "x=1"), "Unsupported: megatec has no option x"),
        (("transcript", "/nowhere/file"), "Unsupported: /nowhere/file holds no transcript"),
    ],
)
async def test_failures_begin_with_their_kind(
    ups: CommandLine, words: tuple[str, ...], complaint: str
) -> None:
    code, out, err = await ups(*(word.format(link=ups.link) for word in words))
    assert (code, out) == (1, "")
    assert err.startswith(complaint)
    assert len(err.splitlines()) == 1


async def test_silence_names_the_protocols(ups: CommandLine) -> None:
    ups.ups.faults.silence = True
    code, _, err = await ups("read", ups.link)
    assert code == 1
    assert err.startswith("NoReply: ")
    assert "--protocol with one of: megatec" in err


async def test_watch(ups: CommandLine) -> None:
    """Every change, with its time, until somebody interrupts."""
    words = ("watch", ups.link, *KNOWN, "--interval", "0.05", "--full-interval", "5")
    watching = asyncio.create_task(cli._watch(cli.parser().parse_args(words)))
    out = ""

    async def hear(wanted: str) -> str:
        nonlocal out
        async with asyncio.timeout(20):
            while wanted not in out:
                await asyncio.sleep(0.01)
                out += ups.capsys.readouterr().out
        return next(line for line in out.splitlines() if wanted in line)

    assert await hear("available: yes")
    ups.ups.set("failed", True)
    assert await hear("ups.alarm: UPS failed")
    ups.ups.set("failed", False)
    assert await hear("ups.alarm: none")
    ups.ups.mains(False)
    line = await hear("ups.status: OB")
    assert line.startswith("20")
    assert await hear("input.voltage: 0")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_interrupt_ends_the_script(ups: CommandLine) -> None:
    """As a user runs it, without Home Assistant on the path."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(SCRIPT), "watch", ups.link, *KNOWN),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while b"available: yes" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_transcript(ups: CommandLine, tmp_path: Path) -> None:
    """A diagnostics file is read as the UPS was."""
    session = Session(ups.link, protocol("megatec"), options={"dialect": "megatec"})
    session.start()
    await session.ready()
    await session.close()
    recorded = {
        "protocol": "megatec",
        "options": {"dialect": "megatec"},
        "memory": {"ups.delay.shutdown": 60},
        "exchanges": session.transcript.as_json(),
    }
    file = tmp_path / "diagnostics.json"
    file.write_text(json.dumps({"data": {"transcript": recorded}}), encoding="utf-8")
    code, out, _ = await ups("transcript", str(file), "--json")
    assert code == 0
    report = json.loads(out)
    assert report["identity"]["model"] == "SIM-1000"
    assert report["variables"]["ups.delay.shutdown"] == 60
    assert "UPS MAKER" in (await ups("transcript", str(file)))[1]


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (("eaton",), ["usb-hid-power-device\tusb:0463:ffff:G117J21028\tEATON 5P (G117J21028)"]),
        (("cypress",), ["megatec\tusb:0665:5161\tINNO TECH USB to Serial"]),
    ],
)
async def test_usb_devices_are_listed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    names: tuple[str, ...],
    lines: list[str],
) -> None:
    detect: Callable[[argparse.Namespace], Any] = cli._detect
    with simulated(monkeypatch, *map(make, names)) as bus:
        await detect(cli.parser().parse_args(["detect"]))
        assert capsys.readouterr().out.splitlines() == lines
        bus.denied.add(1)
        await detect(cli.parser().parse_args(["detect"]))
        assert "\tNoPermission: " in capsys.readouterr().out
    assert not threads()


def test_no_usb_device_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with simulated(monkeypatch):
        assert cli.main(["detect"]) == 1
    assert capsys.readouterr().err.startswith("NoSuchPort: ")
