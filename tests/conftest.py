"""What tests of every folder may ask for."""

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

pytest.register_assert_rewrite("tests.peers.snmp", "tests.ups.snmp")


@pytest.fixture
def loopback() -> None:
    """Let a test open sockets, to this machine alone; the harness refuses them all."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
