"""What is stored opens by the document: its vectors, and what a real server has written."""

import collections
import functools
import json
import pathlib
import sqlite3
import uuid

import pytest
import sealed_format as sealed
from client import new_id
from region import register, upload

VECTORS = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "docs" / "sealed-format.vectors.json").read_text("utf-8")
)
FILES = {file["name"]: file for file in VECTORS["files"]}


def hexed(vector, *names):
    return [bytes.fromhex(vector[name]) for name in names]


@functools.cache
def by_rule(length):
    return bytes(((i * i) >> 3 ^ i) & 255 for i in range(length))


def named(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


def refused(kind):
    return named([vector for vector in VECTORS["refused"] if vector["kind"] == kind])


def unwrapped(vector):
    parent, wrapped = hexed(vector, "parent", "wrapped")
    ids = {name: bytes.fromhex(vector[name]) for name in ("parent_id", "patient", "child_id")}
    more = {name: vector[name] for name in ("purpose", "parent_version", "child_version")}
    return sealed.unwrap(parent, wrapped, **ids, **more)


def opened(vector):
    key, value = hexed(vector, "key", "sealed")
    parts = [bytes.fromhex(part) for part in vector["parts"]]
    return sealed.open_value(key, vector["purpose"], parts, value)


def parts_of(file):
    """The file's sealed parts; those that are not there in full are made."""
    key, patient, attachment = hexed(file, "blob_key", "patient", "attachment")
    content, parts = by_rule(file["length"]), []
    for number, part in enumerate(file["parts"]):
        piece = content[number * sealed.PART : (number + 1) * sealed.PART]
        prefix = bytes.fromhex(part["header"])[-sealed.PREFIX :]
        made = sealed.seal_part(key, patient, attachment, number, prefix, piece)
        assert part.get("sealed", made.hex()) == made.hex()
        assert made[: sealed.HEADER].hex() == part["header"]
        assert len(made) == part["sealed_length"] and sealed.sha256(made).hex() == part["sealed_sha256"]
        parts.append(made)
    return parts


def manifest_of(file):
    key, patient, attachment, manifest = hexed(file, "blob_key", "patient", "attachment", "manifest")
    return sealed.open_manifest(key, file["purpose"], patient, attachment, manifest)


@named(VECTORS["wrapped"])
def test_wrapped_keys_open(vector):
    assert unwrapped(vector).hex() == vector["child"]


@pytest.mark.parametrize("vector", VECTORS["derived"], ids=lambda vector: vector["label"])
def test_keys_are_derived(vector):
    assert sealed.derive(bytes.fromhex(vector["key"]), vector["label"]).hex() == vector["derived"]


def test_the_keys_are_one_chain():
    [_, patient, blob] = VECTORS["wrapped"]
    assert patient["parent"] == VECTORS["root_key"] and blob["parent"] == patient["child"]
    note = VECTORS["derived"][0]
    assert note["key"] == patient["child"]
    assert {value["key"] for value in VECTORS["sealed"]} == {note["derived"]}
    preview = next(one["derived"] for one in VECTORS["derived"] if one["label"] == "blob preview")
    for name, file in FILES.items():
        assert file["blob_key"] == (preview if name == "preview" else blob["child"])


@named(VECTORS["sealed"])
def test_sealed_values_open(vector):
    assert opened(vector).hex() == vector["content"]


@named(VECTORS["files"])
def test_files_open(vector):
    key, patient, attachment, plain = hexed(vector, "blob_key", "patient", "attachment", "manifest_plain")
    manifest = manifest_of(vector)
    assert manifest == sealed.decode_manifest(plain)
    assert manifest.length == vector["length"] and manifest.sha256.hex() == vector["sha256"]
    assert [manifest.file_name, manifest.content_type] == [vector["file_name"], vector["content_type"]]
    parts = parts_of(vector)
    assert [sealed.sha256(part) for part in parts] == [part.sealed_sha256 for part in manifest.parts]
    content = b"".join(sealed.read_file(key, patient, attachment, manifest, parts.__getitem__))
    assert content == by_rule(vector["length"]) and sealed.sha256(content) == manifest.sha256


@refused("wrapped")
def test_wrapped_keys_are_refused(vector):
    with pytest.raises(sealed.Refused) as refusal:
        unwrapped(vector)
    assert refusal.value.reason == vector["refusal"]


@refused("sealed")
def test_sealed_values_are_refused(vector):
    with pytest.raises(sealed.Refused) as refusal:
        opened(vector)
    assert refusal.value.reason == vector["refusal"]


@refused("manifest_plain")
def test_manifests_are_refused(vector):
    with pytest.raises(sealed.Refused) as refusal:
        sealed.decode_manifest(bytes.fromhex(vector["plain"]))
    assert refusal.value.reason == vector["refusal"]


def changed(parts, change):
    number = change.get("part")
    match change["change"]:
        case "flip":
            part = bytearray(parts[number])
            part[change["offset"]] ^= change["mask"]
            parts[number] = bytes(part)
        case "cut":
            assert change["length"] < len(parts[number])
            parts[number] = parts[number][: change["length"]]
        case "swap_chunks":
            part, size = bytearray(parts[number]), sealed.CHUNK + sealed.TAG
            one, other = (slice(at, at + size) for at in (sealed.HEADER + change[k] * size for k in "ab"))
            part[one], part[other] = part[other], part[one]
            parts[number] = bytes(part)
        case "swap_parts":
            parts[change["a"]], parts[change["b"]] = parts[change["b"]], parts[change["a"]]
        case "replace":
            parts[number] = bytes.fromhex(change["sealed"])
        case "from_file":
            parts[number] = parts_of(FILES[change["other"]])[change["other_part"]]
        case unknown:
            raise AssertionError(unknown)


@refused("file")
def test_changed_files_are_refused(vector):
    file = FILES[vector["file"]]
    parts = parts_of(file)
    for change in vector["changes"]:
        changed(parts, change)
    key, patient, attachment = hexed(file | vector, "blob_key", "patient", "attachment")
    given_out = b""
    with pytest.raises(sealed.Refused) as refusal:
        for chunk in sealed.read_file(key, patient, attachment, manifest_of(file), parts.__getitem__):
            given_out += chunk
    assert refusal.value.reason == vector["refusal"]
    assert len(given_out) == vector["given_out"]
    assert given_out == by_rule(file["length"])[: len(given_out)]


def test_every_kind_of_refusal_is_there():
    kinds = collections.Counter(vector["kind"] for vector in VECTORS["refused"])
    assert set(kinds) == {"wrapped", "sealed", "manifest_plain", "file"} and min(kinds.values()) >= 15


class Stored:
    """The data folder of a server, read without the server."""

    def __init__(self, folder):
        self.folder = folder
        self.root = (folder / "root.key").read_bytes()
        self.database = sqlite3.connect(f"file:{folder / 'renkei.sqlite'}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row

    def rows(self, table, patient):
        return self.database.execute(f"SELECT * FROM {table} WHERE patient_id = ?", [patient]).fetchall()

    def patient_key(self, patient, version):
        [row] = [row for row in self.rows("keyring", patient) if row["version"] == version]
        return sealed.unwrap(
            self.root,
            row["wrapped"],
            purpose="patient-key",
            parent_id=b"root",
            parent_version=row["root_version"],
            patient=patient,
            child_id=patient,
            child_version=version,
        )

    def value(self, row, column, purpose, *parts):
        key = self.patient_key(row["patient_id"], row["key_version"])
        parts = [row["patient_id"], *parts]
        return sealed.open_value(sealed.derive(key, "note"), purpose, parts, row[column])

    def file(self, row):
        patient, attachment = row["patient_id"], row["attachment_id"]
        key = sealed.unwrap(
            self.patient_key(patient, row["key_version"]),
            row["blob_key"],
            purpose="blob-key",
            parent_id=patient,
            parent_version=row["key_version"],
            patient=patient,
            child_id=attachment,
            child_version=1,
        )
        manifest = sealed.open_manifest(key, "manifest", patient, attachment, row["manifest"])
        tries = {
            part["part"]: part["upload_id"]
            for part in self.rows("attachment_part", patient)
            if part["attachment_id"] == attachment
        }

        def fetch(number):
            names = [str(uuid.UUID(bytes=name)) for name in (patient, attachment, tries[number])]
            part = self.folder.joinpath("blobs", *names, f"{number:05}").read_bytes()
            assert sealed.sha256(part) == manifest.parts[number].sealed_sha256
            return part

        return manifest, b"".join(sealed.read_file(key, patient, attachment, manifest, fetch))


def test_what_a_server_stored_opens(region, server_and_administrator, tmp_path):
    from renkei.v1 import common_pb2, timeline_service_pb2 as pb

    doctor = region["doctor"]
    patient_id = register(doctor, "見本 きく", "ミホン キク", "N-9")
    document = tmp_path / "波形.mwf"
    document.write_bytes(by_rule(sealed.PART // 16) * 17 + b"end")
    photo = upload(doctor, patient_id, document, "application/octet-stream")

    def post(text, **more):
        request = pb.PostEntryRequest(
            request_id=new_id(),
            patient_id=patient_id,
            entry_id=new_id(),
            content={"message": {"text": text}},
            **more,
        )
        return doctor.call(doctor.timeline.PostEntry, request).entry

    plain = post("明日の訪問は10時です", attachment_ids=[photo.attachment_id])
    guarded = post("別途", sensitivity=common_pb2.SENSITIVITY_MENTAL_HEALTH)

    server, _ = server_and_administrator
    stored, patient = Stored(server.folder / "data"), uuid.UUID(patient_id).bytes
    [row] = stored.rows("patient", patient)
    demographics = json.loads(stored.value(row, "demographics", "demographics"))
    assert demographics["name"] == "見本 きく" and demographics["birth_date"] == "1940-02-29"

    texts = {}
    for row in stored.rows("entry", patient):
        revision, category = sealed.u32(row["revision"]), row["category"].encode()
        labels = [row["entry_id"], revision, category, row["author_person_id"]]
        if row["sensitivity"] != "NORMAL":
            labels.append(row["sensitivity"].encode())
        body = json.loads(stored.value(row, "body", "entry", *labels))
        if body["kind"] == "message":
            texts[str(uuid.UUID(bytes=row["entry_id"]))] = body["text"]
    assert texts == {plain.entry_id: "明日の訪問は10時です", guarded.entry_id: "別途"}

    [row] = stored.rows("attachment", patient)
    manifest, content = stored.file(row)
    assert [manifest.file_name, manifest.content_type] == ["波形.mwf", "application/octet-stream"]
    assert len(manifest.parts) == 2 and manifest.parts[0].nonce_prefix is not None
    assert content == document.read_bytes()
