"""Imports a module when it is first needed, away from the event loop."""

import asyncio
import importlib
import sys
from types import ModuleType


async def load(name: str) -> ModuleType:
    """Return a module by its absolute name, imported in a thread when it is not there yet."""
    if (module := sys.modules.get(name)) is not None:
        return module
    return await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, name)
