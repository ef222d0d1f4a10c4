"""Run simulated USB devices for real libusb: python -m tests.usbsim apc cypress [-- command].

A device is a name (`--list`) or a JSON file. With a command, that runs as their client; without
one they stay, and the line to be put into a client's shell is printed. `ctl SOCKET VERB ...`
speaks to devices that run.
"""

import argparse
import contextlib
import json
from pathlib import Path
import shlex
import signal
import socket
import subprocess
import sys
import time

from . import devices, preload
from .control import Control
from .usbfs_bus import UsbfsBus


def _ctl(path: str, words: list[str]) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        with connection.makefile("rw") as stream:
            stream.write(shlex.join(words) + "\n")
            stream.flush()
            answer = stream.readline().rstrip("\n")
    print(answer)
    return int(answer.startswith("error:"))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.usbsim",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("device", nargs="*", help="names or JSON files, one port each")
    parser.add_argument("--list", action="store_true", help="name the devices and stop")
    parser.add_argument("--control", type=Path, help="path of the control socket")
    parser.add_argument("--stdio", action="store_true", help="verbs on stdin, answers on stdout")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run; return the exit code."""
    if arguments[:1] == ["ctl"]:
        if len(arguments) < 3:
            print("usage: python -m tests.usbsim ctl SOCKET VERB [ARGUMENT ...]", file=sys.stderr)
            return 2
        return _ctl(arguments[1], arguments[2:])
    command: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, command = arguments[:cut], arguments[cut + 1 :]
    options = _parse(arguments)
    if options.list:
        print("\n".join(devices.names()))
        return 0
    if reason := preload.missing():
        print(reason, file=sys.stderr)
        return 1
    with UsbfsBus() as bus, contextlib.ExitStack() as stack:
        for port, source in enumerate(options.device, 1):
            bus.plug(devices.load(source), port)
        control = Control(bus)
        path = options.control or bus.root / "control"
        added = {
            name: preload.environment(bus.root, {})[name] for name in ("LD_PRELOAD", "UMOCKDEV_DIR")
        }
        added["USBSIM_CONTROL"] = str(path)
        if options.stdio:
            print(json.dumps(added), flush=True)
            control.serve(sys.stdin, sys.stdout)
            return 0
        stack.callback(path.unlink, missing_ok=True)
        with control.listen(path):
            if command:
                return subprocess.run(
                    command, env=preload.environment(bus.root) | added, check=False
                ).returncode
            print("export " + shlex.join(f"{name}={value}" for name, value in added.items()))
            sys.stdout.flush()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: control.stopped.set())
            control.stopped.wait()
            # The answer to `quit` is still on its way.
            time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
