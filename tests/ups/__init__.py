"""Tests of the device library: no Home Assistant, no waiting where it can be helped."""
