"""Writes certification requests made by Python's cryptography into the directory that is named."""

import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

directory = pathlib.Path(sys.argv[1])
keys = {
    "p256": (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
    "ed25519": (ed25519.Ed25519PrivateKey.generate(), None),
}
for name, (key, digest) in keys.items():
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("node.overlay.example")]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(key, digest)
    )
    for kind, encoding in (("pem", serialization.Encoding.PEM), ("der", serialization.Encoding.DER)):
        (directory / f"python-{name}.{kind}").write_bytes(request.public_bytes(encoding))
