"""Simulated UPSes: the device side, written from the documents and not from our drivers."""
