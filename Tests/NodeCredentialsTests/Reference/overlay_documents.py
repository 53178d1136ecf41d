"""Makes and checks overlay documents without any code of this package.

    python3 overlay_documents.py make DIRECTORY    # overlay.xml, overlay.json, root.crt
    python3 overlay_documents.py check ROOT FILE   # ROOT in PEM; prints what it says

Needs PyPI cryptography and jwcrypto. The committed files beside this one were made with
cryptography 50.0.2 and jwcrypto 1.6.1; their keys were thrown away.
"""

import base64
import datetime
import hashlib
import ipaddress
import json
import struct
import sys
import xml.etree.ElementTree as tree

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto import jwk, jws

OVERLAY = "overlay.example"
START = datetime.datetime(2020, 1, 1)
END = datetime.datetime(2049, 1, 1)


def identifier(key):
    """160 bits of SHA-256 over the key's own octets (RFC 7093, method 1)."""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).digest()[:20]


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def usage_of(path_length):
    """keyCertSign and cRLSign; the issuing authority signs documents too."""
    off = ("content_commitment key_encipherment data_encipherment key_agreement encipher_only "
           "decipher_only")
    return x509.KeyUsage(
        digital_signature=path_length == 0, key_cert_sign=True, crl_sign=True,
        **dict.fromkeys(off.split(), False))


def certificate(subject, key, issuer, signer, path_length):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(f"{OVERLAY} {subject} CA"))
        .issuer_name(name(f"{OVERLAY} {issuer} CA"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START).not_valid_after(END)
        .add_extension(x509.BasicConstraints(True, path_length), True)
        .add_extension(usage_of(path_length), True))
    if path_length == 0:
        builder = builder.add_extension(
            x509.NameConstraints(
                [x509.DNSName(OVERLAY), x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
                 x509.IPAddress(ipaddress.ip_network("::/0"))], None), True)
    builder = (
        builder
        .add_extension(x509.SubjectKeyIdentifier(identifier(key.public_key())), False)
        .add_extension(
            x509.AuthorityKeyIdentifier(identifier(signer.public_key()), None, None), False))
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def opaque16(octets):
    return struct.pack(">H", len(octets)) + octets


def security_block(der, signature):
    """The binary structure of RFC 6940 section 6.3.4 for ecdsa-with-SHA256."""
    identity = bytes([4, 32]) + hashlib.sha256(der).digest()
    return (opaque16(b"\0" + opaque16(der)) + bytes([4, 3, 1]) + opaque16(identity)
            + opaque16(signature))


def make(directory):
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate("root", root_key, "root", root_key, 1)
    issuing = certificate("issuing", key, "root", root_key, 0)
    content = {
        "instance-name": OVERLAY, "sequence": 42, "expiration": "2040-01-01T00:00:00Z",
        "topology-plugin": "REDOUBT-PASTRY", "node-id-length": 20,
        "root-cert": [base64.b64encode(root).decode()],
        "enrollment-server": ["https://ca.example/enroll?a=1&b=2"],
        "self-signed-permitted": False,
        "bootstrap-node": [{"address": "192.0.2.1", "port": 4000},
                           {"address": "2001:db8::1", "port": 6084}],
        "clients-permitted": True, "max-message-size": 4000, "initial-ttl": 30,
        "kind-signer": [], "configuration-signer": [identifier(key.public_key()).hex()],
        "bad-node": ["0" * 39 + "1", "f" * 40], "mandatory-extension": [],
    }
    payload = json.dumps(content, separators=(",", ":")).encode()
    token = jws.JWS(payload)
    chain = [base64.b64encode(issuing).decode()]
    header = {"alg": "ES256", "typ": "p2p-overlay+json", "x5c": chain}
    token.add_signature(jwk.JWK.from_pyca(key), None, json.dumps(header, separators=(",", ":")))
    parts = json.loads(token.serialize())
    ordered = {part: parts[part] for part in ("payload", "protected", "signature")}
    lines = [f'<configuration instance-name="{OVERLAY}" sequence="42" '
             'expiration="2040-01-01T00:00:00Z">']

    def element(tag, value):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        lines.append(f"<{tag}>{text.replace('&', '&amp;')}</{tag}>")

    for tag, value in list(content.items())[3:]:
        if tag == "self-signed-permitted":
            lines.append(f'<{tag} digest="sha256">false</{tag}>')
        elif tag == "bootstrap-node":
            for node in value:
                lines.append(f'<{tag} address="{node["address"]}" port="{node["port"]}"/>')
        else:
            for each in value if isinstance(value, list) else [value]:
                element(tag, each)
    lines.append("</configuration>")
    blob = "\n".join(lines).encode()
    block = security_block(issuing, key.sign(blob, ec.ECDSA(hashes.SHA256())))
    document = (b'<?xml version="1.0" encoding="UTF-8"?>\n'
                b'<overlay xmlns="urn:ietf:params:xml:ns:p2p:config-base">\n' + blob
                + b"\n<signature>" + base64.b64encode(block) + b"</signature>\n</overlay>\n")
    flattened = json.dumps(ordered, separators=(",", ":")).encode() + b"\n"
    armoured = x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
    for file, octets in [
            ("root.crt", armoured), ("overlay.xml", document), ("overlay.json", flattened)]:
        with open(f"{directory}/{file}", "wb") as output:
            output.write(octets)


def verify_chain(root, der):
    issuing = x509.load_der_x509_certificate(der)
    issuing.verify_directly_issued_by(root)
    return issuing.public_key()


def check_json(root, octets):
    header = json.loads(base64.urlsafe_b64decode(json.loads(octets)["protected"] + "=="))
    key = verify_chain(root, base64.b64decode(header["x5c"][0]))
    token = jws.JWS()
    token.deserialize(octets.decode(), jwk.JWK.from_pyca(key))
    return json.loads(token.payload)


def check_xml(root, octets):
    blob = octets[octets.index(b"<configuration"):]
    blob = blob[:blob.index(b"</configuration>") + len(b"</configuration>")]
    document = tree.fromstring(octets)
    space = "{urn:ietf:params:xml:ns:p2p:config-base}"
    block = base64.b64decode(document.find(space + "signature").text)
    count, = struct.unpack(">H", block[3:5])
    der, rest = block[5:5 + count], block[5 + count:]
    assert rest[2:7] == bytes([1, 0, 34, 4, 32]) and rest[7:39] == hashlib.sha256(der).digest()
    signature = rest[41:]
    assert struct.unpack(">H", rest[39:41])[0] == len(signature)
    key = verify_chain(root, der)
    if isinstance(key, ed25519.Ed25519PublicKey):
        assert rest[:2] == bytes([8, 7])
        key.verify(signature, blob)
    else:
        assert rest[:2] == bytes([4, 3])
        key.verify(signature, blob, ec.ECDSA(hashes.SHA256()))
    configuration = document.find(space + "configuration")
    return dict(configuration.attrib) | {
        "bad-node": [node.text for node in configuration.findall(space + "bad-node")]}


def check(root_file, file):
    with open(root_file, "rb") as source:
        octets = source.read()
    root = x509.load_pem_x509_certificate(octets)
    with open(file, "rb") as source:
        document = source.read()
    content = (check_xml if document.startswith(b"<") else check_json)(root, document)
    print("verified:", content["instance-name"], "sequence", content["sequence"], "bad nodes",
          ",".join(content["bad-node"]))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
