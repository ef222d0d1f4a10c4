"""Imports a module when it is first needed, away from the event loop."""

import asyncio
import importlib
from types import ModuleType

_LOADED: dict[str, ModuleType] = {}


async def load(name: str) -> ModuleType:
    """Return a module by its absolute name, imported in a thread when it is not there yet.

    A module that another thread is still importing stands in sys.modules already, half made: the
    import waits for it, a look into sys.modules does not.
    """
    if (module := _LOADED.get(name)) is None:
        loop = asyncio.get_running_loop()
        module = await loop.run_in_executor(None, importlib.import_module, name)
        _LOADED[name] = module
    return module
