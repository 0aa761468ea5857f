"""A foreign client: everything it knows of Renkei is the .proto files and their comments.

The stubs are generated from the proto by grpcio-tools, and a real server process serves. Run by
`cargo xtask test --only python`.
"""

import json
import os
import pathlib
import subprocess
import sys

import grpc_tools
import pytest
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"


@pytest.fixture(scope="session", autouse=True)
def stubs(tmp_path_factory):
    """Python stubs, importable as `renkei.v1.…`."""
    folder = tmp_path_factory.mktemp("stubs")
    files = sorted(str(path) for path in PROTO.glob("renkei/v1/*.proto"))
    assert files, "no .proto files"
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    includes = [f"-I{PROTO}", f"-I{well_known}"]
    outputs = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    assert protoc.main(["protoc", *includes, *outputs, *files]) == 0
    sys.path.insert(0, str(folder))
    return folder


class Server:
    """A real server process with a data folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.program = os.environ["RENKEI_SERVER_BIN"]
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RENKEI_")}
        self.environment["RENKEI_SERVER_DATA_DIR"] = str(folder / "data")

    def init(self):
        command = [self.program, "init", "--output", "json"]
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def __enter__(self):
        self.log = open(self.folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [self.program, "run", "--listen", "127.0.0.1:0"],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        ready = self.process.stdout.readline()
        assert ready.startswith("renkei-server ready on 127.0.0.1:"), (
            ready + (self.folder / "server.log").read_text()
        )
        self.port = int(ready.rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            assert self.process.wait(timeout=60) == 0, "the server did not stop well"
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.log.close()


@pytest.fixture(scope="session")
def server_and_administrator(tmp_path_factory):
    """A running server, and what `renkei-server init` printed."""
    server = Server(tmp_path_factory.mktemp("server"))
    printed = server.init()
    with server:
        yield server, printed


@pytest.fixture(scope="session")
def region(server_and_administrator):
    """An administrator, and a doctor, a nurse and a pharmacist of an organisation each, all logged in."""
    from client import Device, Session
    from region import PEOPLE, admit

    server, printed = server_and_administrator
    administrator = json.loads(printed)
    device = Device(server.port, administrator["enrollment_code"], "kodomo-no-hi-55")
    assert device.login_name == administrator["login_name"]
    region = {"port": server.port, "admin": Session(device)}
    for key, *who in PEOPLE:
        region[key] = admit(region, *who)
    return region
