"""TLS: a certificate that nobody vouches for is a failure with a reason of its own, and is not waved through."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from moisson_shared.adapters.outbound_http import BadCertificate, ConnectionFailed, OutboundPolicy, outbound_client
from tests.shared.http.scripted_site import answer


@pytest.fixture
async def self_signed(tmp_path: Path) -> AsyncIterator[int]:
    """The port of a site whose certificate it made itself."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "site.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_a_certificate_of_its_own_making_is_refused(self_signed: int) -> None:
    async with outbound_client(OutboundPolicy(allow=[f"127.0.0.1:{self_signed}"])) as client:
        with pytest.raises(BadCertificate) as failure:
            await client.fetch(f"https://127.0.0.1:{self_signed}/")
    assert failure.value.reason == "bad-certificate"
    assert not failure.value.transient


async def test_https_to_a_site_that_speaks_http_is_told() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(b"speak plainly", "400 Bad Request"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, outbound_client(OutboundPolicy(allow=[f"127.0.0.1:{port}"])) as client:
        with pytest.raises(ConnectionFailed):
            await client.fetch(f"https://127.0.0.1:{port}/")
