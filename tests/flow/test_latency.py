"""Requests over one kept connection follow each other at once."""

import socket

import pytest

from moisson_shared.web.serving import listening_socket


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_we_listen_on_sends_small_answers_at_once(host: str) -> None:
    """asyncio sets TCP_NODELAY only on sockets that name their protocol; without it each answer waits some 40 ms."""
    with listening_socket(host, 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
