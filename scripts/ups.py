"""Runs the library's command line without importing the integration, and so Home Assistant."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
import sys

LIBRARY = Path(__file__).parents[1] / "custom_components" / "ups_protocols" / "ups"


def main() -> int:
    """Load the library as the package ``ups`` and run its command line."""
    # the integration's folder cannot go on the path: its select.py would hide Python's own
    spec = spec_from_file_location(
        "ups", LIBRARY / "__init__.py", submodule_search_locations=[str(LIBRARY)]
    )
    if spec is None or spec.loader is None:
        raise FileNotFoundError(LIBRARY)
    sys.modules["ups"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    from ups.cli import main as run  # noqa: PLC0415

    return int(run())


if __name__ == "__main__":
    sys.exit(main())
