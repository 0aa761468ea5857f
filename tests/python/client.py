"""The client: enrolment with a pinned certificate authority, log-in, calls."""

import base64
import hashlib
import socket
import uuid

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from OpenSSL import SSL

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER

# No call may hang a test.
DEADLINE = 60


def new_id():
    return str(uuid.uuid4())


def handshake(port, highest=SSL.TLS1_3_VERSION):
    """The certificates that the server shows in a handshake that trusts nobody and sends nothing."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(highest)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_alpn_protos([b"h2"])
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as plain:
        plain.settimeout(None)
        connection = SSL.Connection(context, plain)
        connection.set_connect_state()
        connection.do_handshake()
        return connection.get_peer_cert_chain(as_cryptography=True)


def fetch_authority(port, fingerprint):
    """The server's certificate authority in PEM, if it is the one that the enrolment code names.

    What the server shows is believed only if its SHA-256 was handed over with the code.
    """
    for certificate in handshake(port):
        digest = hashlib.sha256(certificate.public_bytes(DER)).digest()
        if base64.b32encode(digest).decode().rstrip("=") == fingerprint:
            return certificate.public_bytes(PEM)
    raise AssertionError("the server does not show the certificate authority of the enrolment code")


def signing_request(key):
    """A request for a certificate (PKCS #10, DER): the server looks at its key only."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ignored")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(DER)


class Enrolled:
    """Whoever has a key that never leaves here, and gets a certificate for it."""

    def __init__(self, port, code):
        from renkei.v1 import auth_service_pb2_grpc

        self.port = port
        self.authority = fetch_authority(port, code.rsplit(".", 1)[1])
        key = ec.generate_private_key(ec.SECP256R1())
        with self.channel_without_certificate() as channel:
            answer = self.enroll(auth_service_pb2_grpc.AuthServiceStub(channel), code, signing_request(key))
        self.key = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = x509.load_der_x509_certificate(answer.certificate)
        self.certificate = certificate.public_bytes(PEM)
        self.days = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days
        assert x509.load_der_x509_certificate(answer.ca_certificate).public_bytes(PEM) == self.authority

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def channel_without_certificate(self):
        return grpc.secure_channel(self.address, grpc.ssl_channel_credentials(self.authority))

    def channel(self):
        credentials = grpc.ssl_channel_credentials(self.authority, self.key, self.certificate)
        return grpc.secure_channel(self.address, credentials)


class Device(Enrolled):
    """A person's enrolled device."""

    def __init__(self, port, code, password):
        self.password = password
        super().__init__(port, code)

    def enroll(self, stub, code, csr):
        from renkei.v1 import auth_service_pb2 as pb

        request = pb.EnrollDeviceRequest(
            code=code, csr=csr, password=self.password, device_name="Python"
        )
        answer = stub.EnrollDevice(request, timeout=DEADLINE)
        self.login_name = answer.login_name
        return answer

    def begin(self, stub):
        from renkei.v1 import auth_service_pb2 as pb

        request = pb.LoginRequest(login_name=self.login_name, password=self.password)
        return stub.Login(request, timeout=DEADLINE)


class Program(Enrolled):
    """An enrolled service account."""

    def enroll(self, stub, code, csr):
        from renkei.v1 import auth_service_pb2 as pb

        answer = stub.EnrollService(pb.EnrollServiceRequest(code=code, csr=csr), timeout=DEADLINE)
        self.account = answer.service_account_id
        return answer

    def acting_for(self, affiliation_id):
        self.affiliation_id = affiliation_id
        return self

    def begin(self, stub):
        from renkei.v1 import auth_service_pb2 as pb

        request = pb.BeginServiceSessionRequest(affiliation_id=self.affiliation_id)
        return stub.BeginServiceSession(request, timeout=DEADLINE)


class Session:
    """A session of two factors: the device's certificate and the password; of a program, its certificate and what the
    person has allowed."""

    def __init__(self, device):
        from renkei.v1 import (
            attachment_service_pb2_grpc,
            audit_service_pb2_grpc,
            auth_service_pb2_grpc,
            consent_service_pb2_grpc,
            identity_service_pb2_grpc,
            patient_service_pb2_grpc,
            timeline_service_pb2_grpc,
        )

        self.device = device
        self.channel = device.channel()
        self.auth = auth_service_pb2_grpc.AuthServiceStub(self.channel)
        self.identity = identity_service_pb2_grpc.IdentityServiceStub(self.channel)
        self.patients = patient_service_pb2_grpc.PatientServiceStub(self.channel)
        self.consents = consent_service_pb2_grpc.ConsentServiceStub(self.channel)
        self.timeline = timeline_service_pb2_grpc.TimelineServiceStub(self.channel)
        self.attachments = attachment_service_pb2_grpc.AttachmentServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        answer = device.begin(self.auth)
        self.identity_of_session = answer.identity
        self.actor = answer.identity.actor
        self.tokens = answer.tokens
        self.metadata = (("authorization", f"Bearer {answer.tokens.access_token}"),)

    def call(self, method, request):
        return method(request, metadata=self.metadata, timeout=DEADLINE)


def reason_of(error):
    """The `reason` of an error's `google.rpc.ErrorInfo`."""
    status = rpc_status.from_call(error)
    assert status is not None, f"no details: {error}"
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            assert info.domain == "renkei"
            return info.reason
    raise AssertionError(f"no ErrorInfo: {error}")


def fields_of(error):
    """The fields that an error's `google.rpc.BadRequest` names."""
    for detail in rpc_status.from_call(error).details:
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            return [violation.field for violation in bad.field_violations]
    return []
