"""The audit log by its document: its vectors, and the log that a real server has written."""

import json
import pathlib
import sqlite3
import struct
import time

import audit_log as log
import pytest
from cryptography.exceptions import InvalidSignature

VECTORS = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "docs" / "audit-log.vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda vector: vector["name"])
def test_a_leaf_is_encoded_as_the_document_says(vector):
    leaf = log.leaf(log.from_text(vector))
    assert leaf.hex() == vector["leaf"]
    assert log.leaf_hash(leaf).hex() == vector["leaf_hash"]


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
