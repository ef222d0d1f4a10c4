"""MIBs as tables: one module a MIB, read by one driver (``protocols/snmp.py``).

How to write a MIB module
-------------------------
``rfc1628.py`` is the model. A module has one ``mib = Mib(...)`` and the few functions that no
table can hold; it does no I/O but in ``Order.plan``. Give it the id of its card, and see that
``identify.py`` names that id beside its sysObjectIDs and probe objects (all of the cards are there
already, with the module's name; a module that does not exist yet is skipped).

*Objects* are ``Row``, made by ``number``, ``text``, ``enum``, ``bits`` and ``chars``. Their OIDs
are written as in the card, relative to ``Mib.root``, without instance: ``"2.4"``, ``"3.3.1.3"``;
one that begins with ``E.`` or ``1.3.6.1.`` stands elsewhere, for what a card borrows of another
MIB.
Names are standard names (``names.py``); identity goes to ``device.mfr``, ``device.model``,
``device.serial`` and ``ups.firmware``, whatever the card calls them. A row without a name is
polled for the logic alone. The first row that has a value for a name keeps it: put the better
object first (high precision before whole units), the others are not even polled then.

*Tables* say how instances become indices: ``Table(index=last("outlet"), rows=...)``. Instances are
found by walking, never built. An index gives a *place*, a mapping such as ``{"outlet": 3}``, and a
row takes those of its names whose placeholders are exactly the place's: ``"outlet.{outlet}.name"``.
``unit`` is special: unit 1 is the device itself, the others get ``device.N.`` before each name.
A table of phases (``phases="3.2"`` names the object with their number, "" where there is none)
gives the place ``{}`` on a single-phase unit, so a row names both:
``number("3.3.1.3", "input.voltage", "input.L{phase}-N.voltage")``; ``total=Total.SUM`` makes the
name without a phase out of all phases. ``parts("unit", "outlet", start={"unit": 0})`` takes several
numbers, ``named("2.1.2", {1: {}, 2: {"line": "L1-N"}})`` lets a column say what the row is, by
number, OID or text; any placeholder will do (``"{where}.voltage"``).

*Tiers*: ``When.STATUS`` objects make the power state and are read every few seconds in one packet;
``FULL`` moves; ``RARE`` is configuration (settings are so by themselves); ``ONCE`` never changes.

*Status*: an ``enum`` whose words are flags sets them; ``role=Role.POWER`` marks the object that
decides between on line, on battery, off and bypass: the first such row that says something wins,
all else only adds. ``bits`` and ``chars`` are for masks and texts of digits, ``sign`` for what only
a function can tell. An alarm table adds flags and texts. Override ``judge`` where the card has
another rule. ``Special.STALE`` in the words of a link object: the card has lost its UPS.

*Commands* are ``Order``: sequences of SETs with ``Put``; *settings* are rows with ``write=``.
Never list an object that the card warns of.

*Traps*: roots and, by number, the event's name; every trap of the MIB brings a status read.

Order of work: rows, alarm table, judge, orders, settings, traps, then the simulator
(``tests/simulators/snmp``), worked values, NUT as a peer.
"""
