"""Changing simulated USB devices while they run: one line in, one line out.

The verbs are the methods of `Control`; `help` names them. `port=2` anywhere in a line means the
device in that port; without it, the one in port 1. A line that fails is answered `error: …`.
"""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import asdict
import inspect
import json
from pathlib import Path
import shlex
import socket
import threading
from typing import TextIO, cast

from ..simulators.control import Control as SerialControl
from ..simulators.wires import Wire
from . import devices
from .bus import Bus
from .carrier import Carrier
from .device import UsbDevice
from .faults import parse
from .hid import HidDevice
from .small import SmallUps
from .usb import FEATURE, Stall

type Verb = Callable[..., str]


class Control:
    """The verbs for a bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.stopped = threading.Event()
        self._port = 1
        self._lock = threading.Lock()

    def execute(self, line: str) -> str:
        """Do what one line says and return the line that answers it."""
        with self._lock:
            try:
                words = shlex.split(line)
                self._port = 1
                for word in [each for each in words if each.startswith("port=")]:
                    self._port = int(word.removeprefix("port="))
                    words.remove(word)
                verb, *arguments = words
                return self._verbs()[verb](*arguments)
            except Stall:
                return "error: Stall: the device has no such report"
            except (KeyError, ValueError, TypeError, OSError) as error:
                return f"error: {type(error).__name__}: {error}".replace("\n", " ")

    def _verbs(self) -> dict[str, Verb]:
        return {
            name: getattr(self, name)
            for name, each in vars(Control).items()
            if inspect.isfunction(each)
            and not name.startswith("_")
            and name not in {"execute", "serve", "listen"}
        }

    @property
    def _device(self) -> UsbDevice:
        return self.bus.devices[self._port]

    def _hid(self) -> HidDevice:
        if not isinstance(self._device, HidDevice):
            raise TypeError(f"the device in port {self._port} has no HID reports of its own")
        return self._device

    # The verbs.

    def help(self) -> str:
        """Name the verbs."""
        return " ".join(
            f"{verb}({','.join(inspect.signature(method).parameters)})"
            for verb, method in self._verbs().items()
        )

    def devices(self) -> str:
        """Name what is plugged in."""
        return json.dumps(
            {
                port: f"{each.hardware.vendor:04x}:{each.hardware.product:04x}"
                for port, each in self.bus.devices.items()
            }
        )

    def mains(self, on: str) -> str:
        """Cut or restore mains: `mains off`."""
        if on not in {"on", "off"}:
            raise ValueError(f"{on!r} is neither on nor off")
        self._device.mains(on == "on")
        return "ok"

    def set(self, name: str, value: str) -> str:
        """Set a part of the state: `set load 40`."""
        self._device.set(name, value)
        return "ok"

    def get(self, name: str) -> str:
        """Return a part of the state: `get charge`."""
        return str(self._device.get(name))

    def state(self) -> str:
        """Return the whole state as JSON."""
        return json.dumps({name: _plain(value) for name, value in self._device.state().items()})

    def advance(self, seconds: str) -> str:
        """Let time pass at once: `advance 600`."""
        device = self._device
        if isinstance(device, HidDevice | SmallUps):
            device.power.clock.advance(float(seconds))
        elif isinstance(device, Carrier):
            device.ups.clock.advance(float(seconds))
        with device.lock:
            device.tick()
        return "ok"

    def press(self) -> str:
        """Press the power button."""
        device = self._device
        with device.lock:
            if isinstance(device, Carrier):
                device.ups.press()
            elif isinstance(device, HidDevice | SmallUps):
                device.power.press()
        return "ok"

    def fault(self, *words: str) -> str:
        """Let something go wrong: `fault stall get_report=0x16 count=2`; see `faults`."""
        self._device.fault(parse(list(words)))
        return "ok"

    def clear(self) -> str:
        """Let all go well again."""
        self._device.clear_faults()
        return "ok"

    def report(self, number: str, kind: str = str(FEATURE)) -> str:
        """Return a report as it is now, in hex: `report 0x16`."""
        with self._device.lock:
            return self._hid().report(int(number, 0), int(kind)).hex()

    def overwrite(self, number: str, data: str = "", kind: str = str(FEATURE)) -> str:
        """Make a report show these bytes whatever the state says; without any, let it go."""
        raw = bytes.fromhex(data) if data else None
        self._hid().overwrite(int(number, 0), raw, int(kind))
        return "ok"

    def push(self, data: str, endpoint: str = "0x81") -> str:
        """Put bytes into an IN endpoint: `push 0605`."""
        self._device.push(bytes.fromhex(data), int(endpoint, 0))
        return "ok"

    def ups(self, *words: str) -> str:
        """Speak to the simulator behind a device: `ups fault silence on`, `ups fix load 30`."""
        device = self._device
        if not isinstance(device, Carrier):
            raise TypeError("there is no simulator behind this device")
        # Only verbs that move a wire need one, and they are not for USB.
        inner = SerialControl(device.ups, cast("Wire", None))
        return asyncio.run(inner.execute(shlex.join(words)))

    def unplug(self) -> str:
        """Pull the plug."""
        self.bus.unplug(self._port)
        return "ok"

    def replug(self, to: str = "") -> str:
        """Put it back, into the same port or another: `replug 3`."""
        self.bus.replug(self._port, int(to) if to else None)
        return "ok"

    def plug(self, source: str) -> str:
        """Plug in a device by name or JSON file: `plug apc port=2`."""
        self.bus.plug(devices.load(source), self._port)
        return "ok"

    def log(self, clear: str = "") -> str:
        """Return the transfers so far as JSON; `log clear` empties it then."""
        device = self._device
        with device.lock:
            entries = [asdict(each) for each in device.log]
            if clear:
                device.log.clear()
        for each in entries:
            each["data"], each["reply"] = each["data"].hex(), each["reply"].hex()
        return json.dumps(entries)

    def quit(self) -> str:
        """Stop the simulator."""
        self.stopped.set()
        return "bye"

    # The channels.

    def serve(self, lines: TextIO, answers: TextIO) -> None:
        """Answer the lines of one stream until it ends or `quit` comes."""
        for line in lines:
            answers.write(self.execute(line) + "\n")
            answers.flush()
            if self.stopped.is_set():
                return

    def listen(self, path: Path) -> socket.socket:
        """Answer on a Unix socket, in threads; close what is returned to stop."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(8)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rw") as stream, contextlib.suppress(OSError):
            self.serve(cast("TextIO", stream), cast("TextIO", stream))


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) else str(value)
