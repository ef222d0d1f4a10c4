"""The demo: simulated UPSes on real wires, in a real Home Assistant, with a dashboard."""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
import json
from pathlib import Path
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import termios
import tty
from typing import Any

import yaml

from .lab import PASSWORD, ROOT, USER, Lab, LabError, home_assistant
from tests.usbsim import preload

# where `scripts/demo --fail` finds the demo that runs
RUNNING = ROOT / ".cache" / "demo.json"
# ten simulated seconds a second, so that a battery is empty before the coffee is cold
SPEED = 10
# the dashboard that users paste
EXAMPLE = ROOT / "docs" / "dashboard.yaml"
DEMO_HOURS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUps:
    """One simulated UPS."""

    title: str
    model: str
    protocol: str = "megatec"
    """What one on a serial line speaks."""
    dialect: str = ""
    """Which of its simulated units it is, if not the usual one."""
    is_detected: bool = True
    """Whether it is found out what it speaks; else its user names it."""
    is_networked: bool = False
    """Behind a TCP serial server, otherwise on a pseudo terminal."""
    usb: str = ""
    """The device of ``tests.usbsim``, for one on USB."""
    agent: str = ""
    """The agent of ``tests.simulators.snmp``, for a network card."""
    address: str = ""
    """Where it is found, if not where its simulator says."""
    tells: str = "battery.runtime"
    """A variable that it must have told before the dashboard is made."""
    state: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


_RUNTIMES = {"battery": {"runtime_full_load": 600, "runtime_half_load": 1500}}
_POLLING = {"status_interval": 1, "full_interval": 5}
_SNMP_POLLING = {"status_interval": 2, "full_interval": 10}
UPSES = (
    DemoUps(
        title="healthy",
        model="Desk 1000",
        state={"manufacturer": "Megatec", "load": "34"},
        options={"polling": _POLLING, **_RUNTIMES},
    ),
    DemoUps(
        title="with an old battery",
        model="Cellar 650",
        state={
            "manufacturer": "Megatec",
            "load": "61",
            "charge": "58",
            "recharge_time": "1000000",
            "full_load_runtime": "180",
        },
        options={
            "polling": _POLLING,
            "battery": {"runtime_full_load": 180, "runtime_half_load": 420},
        },
    ),
    DemoUps(
        title="behind a TCP serial server",
        model="Rack 3000",
        is_networked=True,
        state={
            "manufacturer": "Megatec",
            "load": "22",
            "online": "on",
            "nominal_battery": "72",
        },
        options={"polling": _POLLING, **_RUNTIMES},
    ),
    DemoUps(
        title="of APC's, which tells by itself",
        model="Smart-UPS 700",
        protocol="apc-smart",
        state={"load": "41"},
        options={"polling": _POLLING},
    ),
    DemoUps(
        title="of Powerware's",
        model="Powerware 750",
        protocol="xcp",
        is_detected=False,
        state={"load": "27"},
        options={"polling": _POLLING},
    ),
    DemoUps(
        title="of MGE's, which speaks the language of USB on a serial line",
        model="Ellipse 800",
        protocol="shut",
        is_detected=False,
        state={"load": "18"},
        options={"polling": {"status_interval": 2, "full_interval": 10}},
    ),
    DemoUps(
        title="on USB, with outlets",
        model="Eaton 5P 1550",
        usb="eaton",
        address="usb:0463:ffff",
        options={"polling": _POLLING},
    ),
    DemoUps(
        title="with a network card",
        model="Server room 5000",
        agent="rfc1628",
        options={"polling": _SNMP_POLLING},
    ),
    DemoUps(
        title="that is a rack PDU",
        model="ePDU",
        agent="eaton-epdu",
        tells="outlet.1.status",
        options={"polling": _SNMP_POLLING},
    ),
)

# what the view of all shows of each
CARDS = (
    ("status", "Status"),
    ("mains", "Mains power"),
    ("battery.charge", "Battery"),
    ("battery.runtime", "Runtime left"),
    ("ups.load", "Load"),
    ("input.voltage", "Input"),
    ("outlet.1.status", "Outlet 1"),
    ("outlet.2.status", "Outlet 2"),
)


def _simulator(ups: DemoUps, control: Path) -> list[str]:
    """Return what runs the simulator of a UPS."""
    if ups.usb:
        return ["tests.usbsim", ups.usb, "--control", str(control)]
    if ups.agent:
        named = ("--model", ups.model) if ups.agent == "rfc1628" else ()
        return [
            "tests.simulators.snmp",
            ups.agent,
            "--port",
            "0",
            *named,
            "--control",
            str(control),
        ]
    wire = ("--tcp", "0") if ups.is_networked else ("--pty", str(control.with_suffix(".tty")))
    state = {"model": ups.model, **ups.state} if ups.protocol == "megatec" else ups.state
    settings = [word for name, value in state.items() for word in ("--set", f"{name}={value}")]
    return [
        *("tests.simulators", ups.protocol, *wire),
        *(("--dialect", ups.dialect) if ups.dialect else ()),
        *("--control", str(control), "--speed", str(SPEED), *settings),
    ]


@asynccontextmanager
async def simulated(ups: DemoUps, control: Path) -> AsyncGenerator[str]:
    """Run a simulated UPS in a process of its own; yield the line that it begins with."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *_simulator(ups, control)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            first = (await process.stdout.readline()).decode().strip()
        if not first:
            raise LabError(f"the simulated UPS {ups.title} does not start")
        yield first
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def tell(control: str, line: str) -> str:
    """Say a line to a simulated UPS and return its answer. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(5)
        wire.connect(control)
        wire.sendall(f"{line}\n".encode())
        return wire.makefile().readline().strip()


# the dashboard and the automation


def _overview(shown: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    """Return a view of all UPSes: a section for each."""
    sections: list[dict[str, Any]] = [
        {
            "type": "grid",
            "cards": [
                {"type": "heading", "heading": title, "icon": "mdi:power-plug-battery"},
                *(
                    {"type": "tile", "entity": entities[key], "name": name}
                    for key, name in CARDS
                    if key in entities
                ),
            ],
        }
        for title, entities in shown
    ]
    return {"title": "All", "path": "all", "type": "sections", "sections": sections}


def example(title: str, status: str, entities: Iterable[str]) -> dict[str, Any]:
    """Return the example of the documentation for one UPS, without what the UPS does not tell.

    ``status`` is the sensor that all others are called after.
    """
    there = frozenset(entities)
    name = status.removeprefix("sensor.").removesuffix("_status")
    text = EXAMPLE.read_text(encoding="utf-8").replace("my_ups", name)
    view: dict[str, Any] = yaml.safe_load(text)["views"][0]
    for section in view["sections"]:
        section["cards"] = [
            card for card in map(partial(_fitting, there), section["cards"]) if card
        ]
    # with an icon a tab does not show its title
    del view["icon"]
    return view | {"title": title, "path": name.replace("_", "-")}


def _fitting(there: frozenset[str], card: dict[str, Any]) -> dict[str, Any] | None:
    """Return a card with the entities that are there, None for one that has none."""
    if "hours_to_show" in card:
        card["hours_to_show"] = DEMO_HOURS
    if "entity" in card:
        return card if card["entity"] in there else None
    if "entities" in card:
        card["entities"] = [each for each in card["entities"] if each["entity"] in there]
        return card if card["entities"] else None
    return card


async def furnish(lab: Lab, shown: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Make the dashboard, and automations that notify when the mains goes and comes back."""
    await lab.command(
        "lovelace/dashboards/create",
        url_path="ups-power",
        title="UPS",
        icon="mdi:power-plug-battery",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    views = [_overview(shown)]
    for title, entities in shown:
        # what is disabled has no state
        states = {state["entity_id"] for state in await lab.request("GET", "/api/states")}
        if "status" in entities:
            views.append(example(title, entities["status"], states & set(entities.values())))
    await lab.command("lovelace/config/save", url_path="ups-power", config={"views": views})
    mains = [entities["mains"] for _, entities in shown if "mains" in entities]
    name = "{{ device_attr(trigger.entity_id, 'name') }}"
    for event, text in (
        ("power_lost", f"{name} runs on its battery."),
        ("power_restored", f"{name} has mains again."),
    ):
        await lab.request(
            "POST",
            f"/api/config/automation/config/{event}",
            {
                "alias": f"Tell: {event.replace('_', ' ')}",
                "triggers": [{"trigger": f"ups_protocols.{event}", "target": {"entity_id": mains}}],
                "actions": [
                    {
                        "action": "persistent_notification.create",
                        "data": {"title": event.replace("_", " ").capitalize(), "message": text},
                    }
                ],
                "mode": "queued",
            },
        )


# the command


async def run(port: int) -> None:
    """Run the demo until Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    folder = Path(tempfile.mkdtemp(prefix="ups-demo-"))
    demo = asyncio.create_task(_run(folder, port, stop))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({demo, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not demo.done():
            print("demo: ending ...", flush=True)
            demo.cancel()
        with suppress(asyncio.CancelledError):
            await demo
    finally:
        stopped.cancel()
        RUNNING.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _run(folder: Path, port: int, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        there: list[tuple[DemoUps, str]] = []
        controls: list[str] = []
        environment: dict[str, str] = {}
        for number, ups in enumerate(UPSES, 1):
            if ups.usb and (reason := preload.missing()):
                print(f"demo: without the UPS {ups.title}: {reason}", flush=True)
                continue
            control = folder / f"ups{number}.control"
            first = await stack.enter_async_context(simulated(ups, control))
            controls.append(str(control))
            there.append((ups, ups.address or first))
            if ups.usb:
                # "export NAME=VALUE ...": what makes libusb see the simulated device
                environment |= dict(word.split("=", 1) for word in shlex.split(first)[1:])
        print(
            "demo: starting Home Assistant (the first time takes a minute or two) ...", flush=True
        )
        lab = await stack.enter_async_context(
            home_assistant(folder / "home-assistant", port=port, environment=environment)
        )
        shown = []
        for ups, address in there:
            print(f"demo: adding the UPS {ups.title}, at {address} ...", flush=True)
            entry_id = await lab.add_ups(*_typed(ups, address))
            await lab.set_options(entry_id, ups.options)
            entities = await lab.entities(entry_id, until=ups.tells)
            shown.append((ups.model, entities))
        await furnish(lab, shown)
        RUNNING.parent.mkdir(exist_ok=True)
        RUNNING.write_text(json.dumps(controls), encoding="utf-8")
        _invite(lab, [ups.title for ups, _ in there])
        with _keys(controls):
            await stop.wait()


def _typed(ups: DemoUps, address: str) -> tuple[str, dict[str, Any]]:
    """Return the way that a user chooses to a UPS, and what is typed into its form."""
    if ups.usb:
        return "usb_device", {"device": address}
    if ups.agent:
        host, _, port = address.removeprefix("snmp://").partition(":")
        return "network", {
            "host": host,
            "version": "auto",
            "community": "private",
            "more_options": {"port": int(port)},
        }
    protocol = "detect" if ups.is_detected else ups.protocol
    return "serial", {"device": address, "protocol": protocol}


def _invite(lab: Lab, titles: Sequence[str]) -> None:
    """Say where it is and what to try."""
    print(
        f"""
  Home Assistant   {lab.base}/ups-power
  user, password   {USER}, {PASSWORD}

  Try:""",
        *(
            f"    {number}   pull the plug of UPS {number} ({title}); again to put it back"
            for number, title in enumerate(titles, 1)
        ),
        "        or from elsewhere: scripts/demo --fail 2, scripts/demo --restore 2",
        "    Ctrl-C ends the demo.",
        sep="\n",
        flush=True,
    )


class _keys:
    """Have the keys 1, 2, 3 ... pull and put back plugs, where there is a keyboard."""

    def __init__(self, controls: Sequence[str]) -> None:
        """Take the control channels of the UPSes."""
        self._controls = controls
        self._failed: set[int] = set()
        self._settings: list[Any] | None = None

    def __enter__(self) -> None:
        """Listen to single keys."""
        if not sys.stdin.isatty():
            return
        self._settings = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        asyncio.get_running_loop().add_reader(sys.stdin, self._pressed)

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        if self._settings is not None:
            asyncio.get_running_loop().remove_reader(sys.stdin)
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._settings)

    def _pressed(self) -> None:
        key = sys.stdin.read(1)
        if not key.isdigit() or not 1 <= (number := int(key)) <= len(self._controls):
            return
        self._failed ^= {number}
        print(plug(self._controls, number, is_in=number not in self._failed), flush=True)


def plug(controls: Sequence[str], number: int, *, is_in: bool) -> str:
    """Pull a plug or put it back; return what to tell. Raises LabError."""
    if not 1 <= number <= len(controls):
        raise LabError(f"there are UPSes 1 to {len(controls)}")
    try:
        answer = tell(controls[number - 1], f"mains {'on' if is_in else 'off'}")
    except OSError as error:
        raise LabError(f"UPS {number} does not answer: {error}") from error
    if answer != "ok":
        raise LabError(answer)
    return f"demo: UPS {number} {'has mains again' if is_in else 'has lost its mains'}"


def _running() -> list[str]:
    try:
        controls: list[str] = json.loads(RUNNING.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabError("no demo is running: start one with scripts/demo") from error
    return controls


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="of the page; 8123 by default")
    parser.add_argument("--fail", type=int, metavar="N", help="pull the plug of UPS N")
    parser.add_argument("--restore", type=int, metavar="N", help="put it back")
    chosen = parser.parse_args()
    try:
        if chosen.fail is not None:
            print(plug(_running(), chosen.fail, is_in=False))
        elif chosen.restore is not None:
            print(plug(_running(), chosen.restore, is_in=True))
        else:
            asyncio.run(run(chosen.port))
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
