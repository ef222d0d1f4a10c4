"""Imports the integration's modules in a fresh interpreter and prints what that took, as JSON.

Usage: import_probe.py core | running [PROTOCOL]
  core     homeassistant.core is there before
  running  what every running Home Assistant has imported before it comes to us is there as well:
           its bootstrap, what our manifest depends on, the domains of our platforms
  PROTOCOL whose driver is imported at the end, as its first entry does it
"""

import asyncio
from importlib import import_module
from importlib.util import find_spec
import json
from pathlib import Path
import sys
import time

PACKAGE = "custom_components.ups_protocols"
FOLDER = Path(__file__).parents[2] / "custom_components" / "ups_protocols"
# what is a room of one protocol or one wire, and must not be there before an entry needs it; to
# take addresses apart (``*_address``) is what the door does itself
LAZY = tuple(f"{PACKAGE}.ups.{room}" for room in ("protocols", "mibs", "hid", "links"))
EAGER = {f"{PACKAGE}.ups.links", f"{PACKAGE}.ups.links.base", f"{PACKAGE}.ups.links.open"}


def _lazy() -> set[str]:
    return {
        name
        for name in sys.modules
        if name.startswith(LAZY) and name not in EAGER and not name.endswith("_address")
    }


def _imported(name: str) -> float:
    start = time.perf_counter()
    import_module(name)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Import, and tell."""
    modules = [path.stem for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__"]
    import_module("homeassistant.core")
    if sys.argv[1] == "running":
        import_module("homeassistant.bootstrap")
        manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
        domains = [*manifest.get("dependencies", []), *modules]
        for domain in domains:
            if find_spec(f"homeassistant.components.{domain}") is not None:
                import_module(f"homeassistant.components.{domain}")
    before = set(sys.modules)
    processor = time.process_time()
    # the order in which Home Assistant does it: the integration, its flow, its platforms
    times = {
        name: _imported(f"{PACKAGE}.{name}".removesuffix("."))
        for name in ("", "config_flow", *modules)
    }
    processor = (time.process_time() - processor) * 1000
    brought = set(sys.modules) - before
    too_early = sorted(_lazy())

    from custom_components.ups_protocols.ups import catalog  # noqa: PLC0415

    info = catalog.protocol(sys.argv[2]) if len(sys.argv) > 2 else catalog.PROTOCOLS[0]
    start = time.perf_counter()
    asyncio.run(info.driver())
    driver = (time.perf_counter() - start) * 1000
    room = f"{PACKAGE}.ups.protocols."
    others = sorted(
        name
        for name in _lazy()
        if name.startswith(room) and not f"{name}.".startswith(f"{room}{info.module}.")
    )
    print(
        json.dumps(
            {
                "wall": sum(times.values()),
                "processor": processor,
                "times": times,
                "foreign": sorted(name for name in brought if not name.startswith(PACKAGE)),
                "too_early": too_early,
                "protocols": [each.id for each in catalog.PROTOCOLS],
                "driver": driver,
                "others": others,
            }
        )
    )


if __name__ == "__main__":
    main()
