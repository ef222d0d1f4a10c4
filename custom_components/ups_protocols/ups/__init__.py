"""The device library: talks to UPSes in their own protocols; knows nothing of Home Assistant."""
