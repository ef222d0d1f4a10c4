"""The simulator in a child process, driven over pipes.

This is how Home Assistant's test harness can have it: the harness forbids threads that stay and
connections to Unix sockets, and the child has both on its own side.
"""

import json
import os
from pathlib import Path
import shlex
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self

from . import preload
from .usb import FEATURE, Setup, Transfer

_STOP_TIMEOUT = 10


class Remote:
    """A bus for real libusb, in a child process; use it with `with`.

    Args:
        devices: Names of `devices.names()`, or JSON files; one port each.
        here: This process becomes a client too; it has to run under the preload library, and
            must not have used libusb before.

    Attributes:
        environment: What a client's environment needs, on top of its own.

    Raises:
        RuntimeError: The child cannot start, or a verb fails.
    """

    def __init__(self, *devices: str | Path, here: bool = False) -> None:
        if here and not preload.is_active():
            raise RuntimeError(f"this process was not started with LD_PRELOAD={preload.NAME}")
        command = [sys.executable, "-m", "tests.usbsim", "--stdio", *map(str, devices)]
        self._process = subprocess.Popen(
            command,
            cwd=preload.ROOT,
            env=preload.clean(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()
        self._here = here
        first = self._stdout.readline()
        if not first.startswith("{"):
            self.close()
            raise RuntimeError(f"the USB simulator did not start: {first}")
        self.environment: dict[str, str] = json.loads(first)
        if here:
            os.environ["UMOCKDEV_DIR"] = self.environment["UMOCKDEV_DIR"]

    @property
    def _stdout(self) -> Any:
        assert self._process.stdout
        return self._process.stdout

    def client_environment(self) -> dict[str, str]:
        """Return the whole environment for a client process."""
        return {**preload.clean(), **self.environment}

    def ask(self, *words: str | float, port: int = 1) -> str:
        """Say a verb of `control.Control` and return the answer."""
        line = shlex.join([*map(str, words), f"port={port}"])
        with self._lock:
            assert self._process.stdin
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = str(self._stdout.readline()).rstrip("\n")
        if not answer or answer.startswith("error:"):
            raise RuntimeError(f"{line}: {answer}")
        return answer

    def mains(self, on: bool, port: int = 1) -> None:
        """Cut or restore mains."""
        self.ask("mains", "on" if on else "off", port=port)

    def set(self, name: str, value: str | float, port: int = 1) -> None:
        """Set a part of the state."""
        self.ask("set", name, value, port=port)

    def state(self, port: int = 1) -> dict[str, Any]:
        """Return the whole state."""
        return dict(json.loads(self.ask("state", port=port)))

    def fault(self, words: str, port: int = 1) -> None:
        """Let something go wrong: `fault("stall get_report=6 count=2")`, see `faults`."""
        self.ask("fault", *words.split(), port=port)

    def clear(self, port: int = 1) -> None:
        """Let all go well again."""
        self.ask("clear", port=port)

    def advance(self, seconds: float, port: int = 1) -> None:
        """Let time pass at once."""
        self.ask("advance", seconds, port=port)

    def unplug(self, port: int = 1) -> None:
        """Pull the plug."""
        self.ask("unplug", port=port)

    def replug(self, port: int = 1, to: int | None = None) -> None:
        """Put it back, into the same port or another."""
        self.ask("replug", *([] if to is None else [to]), port=port)

    def plug(self, source: str | Path, port: int = 1) -> None:
        """Plug in another device."""
        self.ask("plug", str(source), port=port)

    def push(self, data: bytes, endpoint: int = 0x81, port: int = 1) -> None:
        """Put bytes into an IN endpoint."""
        self.ask("push", data.hex(), endpoint, port=port)

    def report(self, number: int, kind: int = FEATURE, port: int = 1) -> bytes:
        """Return a report as it is now."""
        return bytes.fromhex(self.ask("report", number, kind, port=port))

    def overwrite(self, number: int, data: bytes, kind: int = FEATURE, port: int = 1) -> None:
        """Make a report show these bytes; b"" lets it go."""
        self.ask("overwrite", number, data.hex(), kind, port=port)

    def log(self, port: int = 1, *, clear: bool = False) -> list[Transfer]:
        """Return the transfers so far."""
        found = []
        for each in json.loads(self.ask("log", *(["clear"] if clear else []), port=port)):
            each["setup"] = Setup(**each["setup"]) if each["setup"] else None
            each["data"] = bytes.fromhex(each["data"])
            each["reply"] = bytes.fromhex(each["reply"])
            found.append(Transfer(**each))
        return found

    def close(self) -> None:
        """Stop the child."""
        if self._here:
            os.environ.pop("UMOCKDEV_DIR", None)
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
