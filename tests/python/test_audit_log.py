"""The audit log by its document: its vectors, and the log that a real server has written."""

import json
import pathlib
import sqlite3
import struct
import time
import uuid

import audit_log as log
import pytest
from client import new_id
from cryptography.exceptions import InvalidSignature
from region import register

VECTORS = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "docs" / "audit-log.vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda vector: vector["name"])
def test_a_leaf_is_encoded_as_the_document_says(vector):
    leaf = log.leaf(log.from_text(vector))
    assert leaf.hex() == vector["leaf"]
    assert log.leaf_hash(leaf).hex() == vector["leaf_hash"]


@pytest.mark.parametrize("vector", VECTORS["contents"]["entries"], ids=lambda vector: vector["name"])
def test_the_content_of_an_entry_is_hashed_as_the_document_says(vector):
    id_of = lambda text: None if text is None else uuid.UUID(text).bytes  # noqa: E731
    entry = vector | {"body": bytes.fromhex(vector["body"])}
    entry["reply_to_entry_id"] = id_of(vector["reply_to_entry_id"])
    addressees = [
        to | {column: id_of(to[column]) for column in ("person_id", "organization_id")}
        for to in vector["addressees"]
    ]
    manifests = [bytes.fromhex(manifest) for manifest in vector["manifests"]]
    hash_ = log.entry_hash(entry, vector["amends"], addressees, manifests, vector["answers"])
    assert hash_.hex() == vector["content_hash"]


def test_what_is_done_to_an_entry_is_hashed_as_the_document_says():
    for vector in VECTORS["contents"]["finalizations"]:
        assert log.finalization_hash(vector["answers"]).hex() == vector["content_hash"]
    for vector in VECTORS["contents"]["acknowledgements"]:
        word = bytes.fromhex(vector["word"])
        assert log.acknowledgement_hash(vector["key_version"], word).hex() == vector["content_hash"]


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: str(vector["size"]))
def test_a_tree_has_the_root_and_the_proofs_of_rfc_9162(vector):
    size = vector["size"]
    leaves = [log.leaf_hash(struct.pack(">Q", n)) for n in range(size)]
    root = log.root(leaves)
    assert root.hex() == vector["root"]
    for proof in vector["inclusion"]:
        path = [bytes.fromhex(hash_) for hash_ in proof["path"]]
        assert log.included_root(proof["index"], size, leaves[proof["index"]], path) == root
    for proof in vector["consistency"]:
        path = [bytes.fromhex(hash_) for hash_ in proof["path"]]
        old_root = log.root(leaves[: proof["old_size"]])
        assert old_root.hex() == proof["old_root"]
        assert log.consistent_roots(proof["old_size"], size, path, old_root) == (old_root, root)


@pytest.mark.parametrize("vector", VECTORS["logs"], ids=lambda vector: vector["origin"])
def test_a_checkpoint_is_signed_and_any_change_is_found(vector):
    for checkpoint in vector["checkpoints"]:
        opened = log.open_checkpoint(checkpoint["note"], vector["verifying_key"])
        root = bytes.fromhex(checkpoint["root"])
        expected = vector["origin"], checkpoint["size"], root, checkpoint["time"], checkpoint["previous"]
        assert opened == expected
        changed = checkpoint["note"].replace("\ntime 1", "\ntime 2")
        with pytest.raises(InvalidSignature):
            log.open_checkpoint(changed, vector["verifying_key"])


def rows(database, sql):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    with connection:
        return connection.execute(sql).fetchall()


def test_the_log_of_a_real_server_is_recomputed_from_its_tables(server_and_administrator, region):
    server, _ = server_and_administrator
    assert region, "something has happened"
    database = server.folder / "data" / "renkei.sqlite"
    deadline = time.monotonic() + 30
    while rows(database, "SELECT 1 FROM audit_pending"):
        assert time.monotonic() < deadline, "events wait for their places"
        time.sleep(0.05)
    leaves = rows(
        database,
        "SELECT l.leaf_index, l.leaf_hash, e.* FROM audit_leaf l JOIN audit_event e USING (event_id)"
        " ORDER BY l.leaf_index",
    )
    assert len(leaves) > 10 and [row["leaf_index"] for row in leaves] == list(range(len(leaves)))
    hashes = [log.leaf_hash(log.leaf(row)) for row in leaves]
    assert hashes == [row["leaf_hash"] for row in leaves]
    previous = 0
    for checkpoint in rows(database, "SELECT * FROM audit_checkpoint ORDER BY size"):
        assert checkpoint["previous_size"] == previous
        assert log.root(hashes[: checkpoint["size"]]) == checkpoint["root_hash"]
        previous = checkpoint["size"]
    assert previous == len(leaves) == rows(database, "SELECT size FROM audit_log")[0]["size"]


def test_what_a_real_server_has_stored_is_what_its_events_say(server_and_administrator, region):
    from renkei.v1 import entry_content_pb2 as content_pb
    from renkei.v1 import timeline_service_pb2 as pb

    doctor = region["doctor"]
    patient_id = register(doctor, "見本 らん", "ミホン ラン", "N-10")

    def message(text, intent):
        return {"message": {"text": text, "intent": intent}}

    def post(content, **more):
        request = pb.PostEntryRequest(
            request_id=new_id(), patient_id=patient_id, entry_id=new_id(), content=content, **more
        )
        return doctor.call(doctor.timeline.PostEntry, request).entry

    question = post(message("何時に伺いますか", content_pb.MESSAGE_INTENT_QUESTION), urgent=True)
    answer = message("10時です", content_pb.MESSAGE_INTENT_ANSWER)
    post(answer, reply_to_entry_id=question.entry_id)
    correction = pb.CorrectEntryRequest(
        request_id=new_id(),
        patient_id=patient_id,
        entry_id=new_id(),
        corrects_entry_id=question.entry_id,
        reason="書き間違い",
        content=message("明日は何時に伺いますか", content_pb.MESSAGE_INTENT_QUESTION),
    )
    doctor.call(doctor.timeline.CorrectEntry, correction)

    server, _ = server_and_administrator
    database = server.folder / "data" / "renkei.sqlite"
    patient = f"x'{uuid.UUID(patient_id).hex}'"
    posts = rows(
        database,
        "SELECT n.*, v.content_hash FROM audit_event v JOIN entry n ON n.patient_id = v.patient_id"
        f" AND n.entry_id = v.object_id WHERE v.patient_id = {patient}"
        " AND v.action IN ('ENTRY_POST', 'ENTRY_CORRECT', 'ENTRY_RETRACT') ORDER BY n.seq",
    )
    assert [post["revision"] for post in posts] == [1, 1, 2]
    of = lambda post, sql: rows(database, sql.format(patient, post["seq"]))  # noqa: E731
    answering = []
    for post in posts:
        addressees = of(post, "SELECT * FROM entry_addressee WHERE patient_id = {} AND seq = {} ORDER BY place")
        marks = of(post, "SELECT mark, seq FROM entry_mark WHERE patient_id = {} AND by_seq = {} ORDER BY seq")
        answers = any(mark["mark"] == "ANSWERED" for mark in marks)
        answering.append(answers)
        amends = [(mark["mark"], mark["seq"]) for mark in marks if mark["mark"] != "ANSWERED"]
        assert log.entry_hash(post, amends, addressees, [], answers) == post["content_hash"]
    assert answering == [False, True, False]
