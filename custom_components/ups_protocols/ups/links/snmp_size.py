"""How many objects an agent takes in one packet: found out, and remembered."""

START = 32
"""Objects in the first packets: about 1000 bytes of answer, which fits where 1472 do."""
# answers after which a number that silence once cut is tried again
PATIENCE = 50


class PacketSize:
    """The number of objects for the next packet.

    tooBig is the agent's own word and holds for ever. Silence may be a lost packet: the number is
    halved, and grown again once a good many packets were answered; where the same number meets
    silence a second time, it was no accident.
    """

    def __init__(self, start: int = START) -> None:
        """Begin with what most agents can."""
        self.limit = start
        self._most = start
        self._answered = 0
        self._doubted: int | None = None

    def remember(self, limit: int) -> None:
        """Begin with what was enough before; more is tried as after a silence."""
        self.limit = max(min(limit, self._most), 1)

    def too_big(self, asked: int) -> None:
        """Note that the agent says that its answer would not fit."""
        self._most = self.limit = max(asked // 2, 1)

    def silent(self, asked: int) -> None:
        """Note that the agent answers, but not to so many."""
        if self._doubted is not None and asked >= self._doubted:
            self._most = min(self._most, max(asked // 2, 1))
        self._doubted = asked
        self.limit = max(min(asked, self.limit) // 2, 1)
        self._answered = 0

    def was_innocent(self) -> None:
        """Note that the last silences had another reason than the number of objects."""
        self.limit = self._most
        self._doubted = None

    def answered(self, asked: int) -> None:
        """Note an answer."""
        if self.limit >= self._most or asked < self.limit:
            return
        self._answered += 1
        if self._answered >= PATIENCE:
            self._answered = 0
            self.limit = min(2 * self.limit, self._most)
