#!/usr/bin/env python3
"""Writes the reference files of the TransparencyLog tests: merkle.csv and example.tlog-proof.

merkle.csv: roots and inclusion proofs of small trees, computed by pymerkle. Entry number i is the
ASCII text "entry i". Rows:

    root,<size>,,<root>
    inclusion,<size>,<index>,<sibling> <sibling> ...

pymerkle counts leaves from 1 and puts the leaf's own hash before the siblings; both are undone here.
Its consistency proofs have another form than RFC 6962 gives them, so there are none: the tests
verify ours between the roots in this table.

example.tlog-proof: entry 17 of 33, signed and cosigned with keys whose seeds are 32 times 0x01 and
32 times 0x02, written from the specifications with pymerkle and the Ed25519 of cryptography.
example.vkeys: the keys that verify it, the log's first.
"""
import base64
import csv
import hashlib

import pymerkle
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT_SIZES = range(0, 131)
INCLUSION_SIZES = list(range(1, 18)) + [33, 65]
TIME = 1_700_000_000


class Signer:
    """A key of the given type (1 or 4) under a name."""

    def __init__(self, name, kind, seed):
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.material = bytes([kind]) + self.key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\n" + self.material).digest()[:4]

    def vkey(self):
        return "%s+%s+%s" % (self.name, self.id.hex(), base64.b64encode(self.material).decode())

    def line(self, blob):
        return "\u2014 %s %s\n" % (self.name, base64.b64encode(self.id + blob).decode())


def write_proof(tree, index, size):
    log = Signer("overlay.example/nodes", 1, bytes([1]) * 32)
    witness = Signer("witness.example/w1", 4, bytes([2]) * 32)
    root = base64.b64encode(tree.get_root(size)).decode()
    text = "%s\n%d\n%s\n" % (log.name, size, root)
    signature = log.key.sign(text.encode())
    message = "cosignature/v1\ntime %d\n%s" % (TIME, text)
    cosignature = TIME.to_bytes(8, "big") + witness.key.sign(message.encode())
    path = tree.prove_inclusion(index + 1, size).serialize()["path"][1:]
    hashes = "".join(base64.b64encode(bytes.fromhex(h)).decode() + "\n" for h in path)
    proof = "c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s\n%s%s" % (
        index, hashes, text, log.line(signature), witness.line(cosignature))
    with open("example.tlog-proof", "w", encoding="utf-8", newline="") as file:
        file.write(proof)
    with open("example.vkeys", "w", encoding="utf-8", newline="") as file:
        file.write(log.vkey() + "\n" + witness.vkey() + "\n")


def main():
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for i in range(max(ROOT_SIZES)):
        tree.append_entry(b"entry %d" % i)
    with open("merkle.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["kind", "size", "index", "hashes"])
        for size in ROOT_SIZES:
            rows.writerow(["root", size, "", tree.get_root(size).hex()])
        for size in INCLUSION_SIZES:
            for index in range(size):
                path = tree.prove_inclusion(index + 1, size).serialize()["path"]
                assert path[0] == tree.get_leaf(index + 1).hex()
                rows.writerow(["inclusion", size, index, " ".join(path[1:])])
    write_proof(tree, 17, 33)


if __name__ == "__main__":
    main()
