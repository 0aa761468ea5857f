"""The audit log by docs/audit-log.md, written from that document alone: leaves, tree, proofs, checkpoints."""

import base64
import hashlib
import struct
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS = [
    ("patient_id", "id"),
    ("event_id", "id"),
    ("happened_at", "number"),
    ("person_id", "id"),
    ("organization_id", "id"),
    ("role", "text"),
    ("session_id", "session"),
    ("action", "text"),
    ("decision", "text"),
    ("reason", "text"),
    ("epoch", "number"),
    ("object_id", "id"),
    ("seqs", "text"),
    ("consents", "text"),
    ("purpose", "text"),
    ("break_glass_id", "id"),
    ("revision", "number"),
    ("content_hash", "bytes"),
    ("operator", "text"),
]
SERVICE = ("service_account_id", "id")


def sha256(data):
    return hashlib.sha256(data).digest()


def lp(data):
    return struct.pack(">I", len(data)) + data


def session_hash(session):
    return sha256(lp(b"renkei audit session") + lp(session))


ENCODE = {
    "id": lambda value: value,
    "number": lambda value: struct.pack(">q", value),
    "text": lambda value: value.encode(),
    "session": session_hash,
    "bytes": lambda value: value,
}


def leaf(row):
    """The leaf of a row of audit_event: ids and hashes are bytes."""
    columns = COLUMNS if row[SERVICE[0]] is None else [*COLUMNS, SERVICE]
    out = lp(b"renkei audit event") + (b"\x01" if columns is COLUMNS else b"\x02")
    for column, kind in columns:
        value = row[column]
        out += field(None if value is None else ENCODE[kind](value))
    return out


def field(value):
    return b"\x00" if value is None else b"\x01" + lp(value)


def listed(items):
    return struct.pack(">I", len(items)) + b"".join(items)


def entry_hash(entry, amends, addressees, manifests, answers):
    """What the event of a post says: a row of entry, pairs of mark and place, rows of entry_addressee, manifests."""
    out = lp(b"renkei entry 2")
    out += b"".join(lp(entry[column].encode()) for column in ("kind", "category", "sensitivity"))
    out += struct.pack(">q?", entry["occurred_at"], entry["urgent"]) + field(entry["reply_to_entry_id"])
    out += struct.pack(">?", answers) + listed([lp(mark.encode()) + struct.pack(">q", seq) for mark, seq in amends])
    role = lambda to: None if to["role"] is None else to["role"].encode()  # noqa: E731
    out += listed(
        [
            lp(to["wanted"].encode()) + field(to["person_id"]) + field(to["organization_id"]) + field(role(to))
            for to in addressees
        ]
    )
    out += struct.pack(">q", entry["key_version"]) + lp(entry["body"])
    return sha256(out + listed([lp(manifest) for manifest in manifests]))


def finalization_hash(answers):
    return sha256(lp(b"renkei finalization") + struct.pack(">?", answers))


def acknowledgement_hash(key_version, word):
    return sha256(lp(b"renkei acknowledgement") + struct.pack(">q", key_version) + lp(word))


def from_text(row):
    """A row in which ids and hashes are texts."""
    read = {"id": lambda text: uuid.UUID(text).bytes, "bytes": bytes.fromhex}
    read["session"] = read["id"]
    same = lambda value: value  # noqa: E731
    return {
        column: None if row[column] is None else read.get(kind, same)(row[column])
        for column, kind in [*COLUMNS, SERVICE]
    }


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root(leaves):
    """MTH of RFC 9162 over the hashes of leaves."""
    if not leaves:
        return sha256(b"")
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)] + odd
    return level[0]


def split(count):
    return 1 << ((count - 1).bit_length() - 1)


def included_root(index, size, hash_, path):
    """The root that an inclusion proof leads to: from the top down, as RFC 9162 defines the path."""
    if size == 1:
        assert not path
        return hash_
    k = split(size)
    if index < k:
        return node_hash(included_root(index, k, hash_, path[:-1]), path[-1])
    return node_hash(path[-1], included_root(index - k, size - k, hash_, path[:-1]))


def consistent_roots(old, new, path, old_root, is_whole=True):
    """The old and the new root that a consistency proof leads to."""
    if old == new:
        if is_whole:
            assert not path
            return old_root, old_root
        (only,) = path
        return only, only
    k = split(new)
    if old <= k:
        of_old, of_new = consistent_roots(old, k, path[:-1], old_root, is_whole)
        return of_old, node_hash(of_new, path[-1])
    of_old, of_new = consistent_roots(old - k, new - k, path[:-1], old_root, False)
    return node_hash(path[-1], of_old), node_hash(path[-1], of_new)


def open_checkpoint(note, verifying_key):
    """Origin, size, root, time and size before, of a checkpoint that the key has signed."""
    name, key_id, key = verifying_key.split("+", 2)
    key = base64.b64decode(key)
    assert sha256(name.encode() + b"\n" + key)[:4].hex() == key_id and key[0] == 1
    body, signatures = note.split("\n\n")
    origin, size, root_, time, previous = body.split("\n")
    for line in signatures.splitlines():
        dash, by, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if dash == "—" and by == name == origin and signature[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (body + "\n").encode())
            time, previous = time.removeprefix("time "), previous.removeprefix("previous ")
            return origin, int(size), base64.b64decode(root_), int(time), int(previous)
    raise ValueError("not signed by this key")
