"""The wire over TLS: bytes are counted behind the encryption, and a server that nobody vouches for is not believed."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fetch.conftest import CSV, Bringing, ranged, reply, serving
from trucewatch.errors import FetchError
from trucewatch.fetch import wire


@pytest.fixture
def certificate(tmp_path):
    """The paths of a certificate for 127.0.0.1 and of its key, made for this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*plain))
    return paths


@pytest.fixture
def secure(certificate, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with serving(context) as one:
        yield Bringing(one, tmp_path / "in")


@pytest.fixture
def trusted(certificate, monkeypatch):
    """The certificate is one that the machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    wire._trusted.cache_clear()
    yield
    wire._trusted.cache_clear()


def test_a_file_comes_whole_over_tls_also_when_cut_off(secure, trusted):
    secure.server.answer = lambda n, asked: (
        reply(200, CSV[:60_000], length=len(CSV), ETag='"one"') if n == 0 else ranged(asked, CSV)
    )
    assert secure()[0].lines == 4000
    assert secure.server.asked[1].headers["range"] == "bytes=60000-"
    assert secure.file.read_bytes() == CSV


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_length_told_too_short_is_found_behind_tls(secure, trusted, pause):
    head, body = reply(200, CSV, length=40)
    secure.server.answer = lambda n, asked: [head + body[:40], pause, body[40:]]
    with pytest.raises(FetchError, match="told a length of 40 bytes"):
        secure()
    assert secure.names() == []


def test_a_server_that_nobody_vouches_for_is_not_believed(secure):
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        secure()
    assert secure.server.asked == []
