"""When the battery was last tested and how that ended, from what the UPS says as time goes by."""

from datetime import datetime
from typing import Final

from .storage import Kept
from .ups.model import Snapshot, StatusFlag
from .ups.names import TestResult

RESULT: Final = "ups.test.result"
DATE: Final = "ups.test.date"
FINAL: Final = (TestResult.PASSED, TestResult.WARNING, TestResult.ERROR, TestResult.ABORTED)
"""What a test that really ran ends with."""


class TestWatch:
    """Sees tests end, by the flag that one runs or by the result that changes."""

    __test__ = False  # pytest would take the name for a class of tests

    def __init__(self, kept: Kept) -> None:
        """Keep what is seen."""
        self._kept = kept
        self._is_first = True
        self._runs = False
        self._ended: datetime | None = None
        """When the test ended whose result was not read yet."""

    def saw(self, flags: frozenset[StatusFlag], now: datetime) -> None:
        """Take the flags of a status."""
        runs = StatusFlag.TESTING in flags
        if self._runs and not runs:
            self._ended = now
        self._runs = runs

    def read(self, snapshot: Snapshot, now: datetime) -> bool:
        """Take a full read; tell whether something new is kept.

        A result that changed while nobody looked is one of a test whose time nobody knows.
        """
        self.saw(snapshot.status.flags, now)
        said = snapshot.variables.get(RESULT)
        result = next((word for word in FINAL if word == said), None)
        is_first, self._is_first = self._is_first, False
        is_other = said is not None and said != self._kept.test_result_told
        if isinstance(said, str):
            self._kept.test_result_told = said
        if self._runs or said == TestResult.IN_PROGRESS:
            return False
        if self._ended is not None:
            ended, self._ended = self._ended, None
            self._keep(ended, result)
            return True
        if is_other and result is not None:
            self._keep(None if is_first else now, result)
            return True
        return False

    def _keep(self, ended: datetime | None, result: TestResult | None) -> None:
        self._kept.last_test = None if ended is None else ended.isoformat()
        self._kept.last_test_result = result
