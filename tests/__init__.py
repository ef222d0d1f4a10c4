"""Tests of the integration, of the device library and of what they are tested with."""
