"""Whether the session's clock drifts: many status reads on a line as slow as a real one."""

import asyncio
from itertools import pairwise
from pathlib import Path
import tempfile

from .figures import Figure, Scale
from .processes import simulator
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.session import Intervals, Session

INTERVAL = 1
BAUD = 2400
"""A read takes a fifth of the interval: a clock that slept after each read would show it."""


def measure(scale: Scale) -> list[Figure]:
    """Time the status reads of a session."""
    return asyncio.run(_measure(scale.pick(100, 8)))


async def _measure(reads: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="ups-benchmark-") as folder:
        async with simulator(Path(folder), "ups", "megatec", "--baud", str(BAUD)) as unit:
            session = Session(
                unit.link, protocol("megatec"), intervals=Intervals(status=INTERVAL, full=10**6)
            )
            session.start()
            try:
                await session.ready()
                opened = len(session.transcript.exchanges)
                await asyncio.sleep(INTERVAL * (reads + 1) * 1.02 + 1)
                exchanges = session.transcript.exchanges[opened:][: reads + 1]
            finally:
                await session.close()
    ends = [exchange.at for exchange in exchanges]
    if len(ends) <= reads:
        raise RuntimeError(f"only {len(ends) - 1} of {reads} status reads were made")
    gaps = [later - earlier for earlier, later in pairwise(ends)]
    return [
        Figure(
            name=f"{reads} times from a status read to the next, {INTERVAL} s, at {BAUD} baud",
            value=ends[-1] - ends[0],
            unit="s",
            least=0.99 * reads * INTERVAL,
            most=1.01 * reads * INTERVAL,
            note=f"one time {min(gaps):.3f} to {max(gaps):.3f} s",
        )
    ]
