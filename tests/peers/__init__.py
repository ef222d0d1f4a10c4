"""NUT's own drivers against our simulators: what both read must agree."""
