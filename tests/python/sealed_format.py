"""A decoder of sealed data, written from docs/sealed-format.md and from nothing else."""

import hashlib
import hmac
import struct
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

PART = 8 * 1024 * 1024
CHUNK = 64 * 1024
TAG = 16
HEADER = 55
PREFIX = 19
MAGIC = b"RKB\x01"


class Refused(Exception):
    """`reason` is one of the document's three."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def require(holds, reason="damaged"):
    if not holds:
        raise Refused(reason)


def u32(number):
    return struct.pack(">I", number)


def lp(content):
    return u32(len(content)) + content


def derive(key, label):
    """HKDF-SHA-256 of one block, without salt."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


def aead_open(key, nonce, aad, sealed):
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, aad, nonce, key)
    except CryptoError:
        raise Refused("damaged") from None


def open_shape(first, key, purpose, parts, sealed):
    """Wrapped keys, sealed values and manifests differ in their first byte."""
    require(sealed)
    require(sealed[0] == first, "unknown_format")
    require(len(sealed) >= 1 + 24 + TAG)
    aad = bytes([first]) + lp(purpose.encode()) + b"".join(lp(part) for part in parts)
    return aead_open(key, sealed[1:25], aad, sealed[25:])


def open_value(key, purpose, parts, sealed):
    return open_shape(1, key, purpose, parts, sealed)


def unwrap(parent, wrapped, *, purpose, parent_id, parent_version, patient, child_id, child_version):
    parts = [parent_id, u32(parent_version), patient, child_id, u32(child_version)]
    child = open_shape(2, parent, purpose, parts, wrapped)
    require(len(child) == 32)
    return child


@dataclass
class Part:
    length: int
    sealed_length: int
    sealed_sha256: bytes
    nonce_prefix: bytes | None


@dataclass
class Manifest:
    length: int
    sha256: bytes
    parts: list
    file_name: str
    content_type: str


class Input:
    def __init__(self, content):
        self.content, self.at = content, 0

    def left(self):
        return len(self.content) - self.at

    def take(self, length):
        require(length <= self.left())
        self.at += length
        return self.content[self.at - length : self.at]

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def text(self):
        content = self.take(self.number(4))
        require(len(content) <= 1024)
        try:
            return content.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Refused("damaged") from None


def chunks_of(length):
    return -(-length // CHUNK)


def sealed_length(length):
    return HEADER + length + TAG * chunks_of(length)


def decode_manifest(plain):
    source = Input(plain)
    version = source.number(1)
    require(version in (1, 2), "unknown_format")
    prefix = PREFIX if version == 2 else 0
    length, sha256, count = source.number(8), source.take(32), source.number(4)
    require(1 <= count <= 65_536 and source.left() >= count * (44 + prefix))
    parts = [
        Part(source.number(4), source.number(8), source.take(32), source.take(prefix) or None)
        for _ in range(count)
    ]
    manifest = Manifest(length, sha256, parts, source.text(), source.text())
    require(source.left() == 0)
    require(all(part.length == PART for part in parts[:-1]) and 1 <= parts[-1].length <= PART)
    require(all(part.sealed_length == sealed_length(part.length) for part in parts))
    require(sum(part.length for part in parts) == length)
    return manifest


def open_manifest(blob_key, purpose, patient, attachment, sealed):
    key = derive(blob_key, "blob manifest")
    return decode_manifest(open_shape(3, key, purpose, [patient, attachment], sealed))


def chunk_aad(header, patient, attachment, number):
    return lp(header) + lp(patient) + lp(attachment) + lp(u32(number))


def chunk_nonce(header, index, last):
    return header[-PREFIX:] + u32(index) + bytes([last])


def read_file(blob_key, patient, attachment, manifest, fetch):
    """Gives out the file, chunk by chunk. `fetch(number)` is the sealed part."""
    stream, commitment = derive(blob_key, "blob stream"), derive(blob_key, "blob commitment")
    for number, part in enumerate(manifest.parts):
        sealed = fetch(number)
        header = sealed[:HEADER]
        require(len(header) == HEADER)
        require(header[:4] == MAGIC, "unknown_format")
        require(hmac.compare_digest(header[4:36], commitment), "wrong_key")
        require(part.nonce_prefix in (None, header[36:]))
        aad, count = chunk_aad(header, patient, attachment, number), chunks_of(part.length)
        for index in range(count):
            start = HEADER + (CHUNK + TAG) * index
            end = min(start + CHUNK + TAG, part.sealed_length)
            chunk = sealed[start:end]
            require(len(chunk) == end - start)
            yield aead_open(stream, chunk_nonce(header, index, index + 1 == count), aad, chunk)


def seal_part(blob_key, patient, attachment, number, prefix, content):
    """What a writer makes of a part, for vectors that are too long to be kept."""
    stream, commitment = derive(blob_key, "blob stream"), derive(blob_key, "blob commitment")
    header = MAGIC + commitment + prefix
    aad, count, sealed = chunk_aad(header, patient, attachment, number), chunks_of(len(content)), [header]
    for index in range(count):
        nonce = chunk_nonce(header, index, index + 1 == count)
        chunk = content[index * CHUNK : (index + 1) * CHUNK]
        sealed.append(crypto_aead_xchacha20poly1305_ietf_encrypt(chunk, aad, nonce, stream))
    return b"".join(sealed)


def sha256(content):
    return hashlib.sha256(content).digest()
