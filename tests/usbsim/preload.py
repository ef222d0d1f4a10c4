"""umockdev's preload library: where it is, and what a client's environment needs."""

from collections.abc import Mapping
import os
from pathlib import Path
import subprocess
import sys

NAME = "libumockdev-preload.so.0"
_PLACES = (
    "/usr/lib/*/libumockdev-preload.so.0",
    "/usr/lib*/libumockdev-preload.so.0",
    "/usr/local/lib*/libumockdev-preload.so.0",
)
ROOT = Path(__file__).parents[2]
# Longer than any file of tests takes.
RERUN_TIMEOUT = 300


def find() -> Path | None:
    """Return the preload library, None where it is not installed."""
    if given := os.environ.get("UMOCKDEV_PRELOAD"):
        return Path(given)
    for place in _PLACES:
        for path in sorted(Path("/").glob(place.lstrip("/"))):
            return path
    return None


def missing() -> str | None:
    """Return why real libusb cannot be tried here, None when it can."""
    if sys.maxsize < 1 << 32 or sys.platform != "linux":
        return "the USB simulator serves real libusb on 64-bit Linux only"
    if find() is None:
        return f"{NAME} is not installed (Debian: apt-get install umockdev)"
    if not any(Path("/").glob("usr/lib*/**/libusb-1.0.so.0")):
        return "libusb is not installed (Debian: apt-get install libusb-1.0-0)"
    return None


def is_active() -> bool:
    """Tell whether this process itself runs under the preload library."""
    return "libumockdev-preload" in os.environ.get("LD_PRELOAD", "")


def environment(root: Path | str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a client's environment for the bus below a folder.

    Raises:
        FileNotFoundError: The library is not installed.
    """
    found = find()
    if found is None:
        raise FileNotFoundError(missing())
    made = dict(os.environ if base is None else base)
    made["UMOCKDEV_DIR"] = str(root)
    before = made.get("LD_PRELOAD", "")
    if str(found) not in before:
        made["LD_PRELOAD"] = f"{found}:{before}" if before else str(found)
    return made


def clean(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without the library, for a simulator started from a client."""
    made = dict(os.environ if base is None else base)
    for name in ("LD_PRELOAD", "UMOCKDEV_DIR"):
        made.pop(name, None)
    return made


def rerun(test_file: str, *arguments: str) -> None:
    """Run a file of tests with pytest in a child under the library; its failures become ours.

    The library shows processes that have no UMOCKDEV_DIR the real /sys and /dev, so a child may
    set that later, when its simulator stands.
    """
    found = find()
    assert found is not None
    command = [sys.executable, "-m", "pytest", "-q"]
    ended = subprocess.run(
        [*command, test_file, *arguments],
        cwd=ROOT,
        env={**clean(), "LD_PRELOAD": str(found)},
        capture_output=True,
        text=True,
        timeout=RERUN_TIMEOUT,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]


__all__ = ["clean", "environment", "find", "is_active", "missing", "rerun"]
