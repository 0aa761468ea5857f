"""What an integrator does first, in the order in which it happens."""

import hashlib

import grpc
import pytest
from client import DEADLINE, fields_of, handshake, new_id, reason_of
from OpenSSL import SSL
from region import PHOTO, consent, join, register, signed_for, upload, written


@pytest.fixture(scope="module")
def patient(region):
    """A patient of the clinic; the home-visit nursing station is a member, with the patient's consent."""
    doctor, nurse = region["doctor"], region["nurse"]
    patient = register(doctor, "松本 ふみ", "マツモト フミ", "N-7")
    join(doctor, patient, nurse)
    consent(doctor, patient, signed_for(nurse))
    return patient


def test_nobody_gets_in_without_device_session_and_tls_1_3(region):
    from renkei.v1 import auth_service_pb2 as pb, auth_service_pb2_grpc

    doctor = region["doctor"]
    assert doctor.call(doctor.auth.WhoAmI, pb.WhoAmIRequest()).identity.login_name == "ito"
    with pytest.raises(grpc.RpcError) as refused:
        doctor.auth.WhoAmI(pb.WhoAmIRequest(), timeout=DEADLINE)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(refused.value) == "SESSION_REQUIRED"

    with doctor.device.channel_without_certificate() as channel:
        stub = auth_service_pb2_grpc.AuthServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.WhoAmI(pb.WhoAmIRequest(), metadata=doctor.metadata, timeout=DEADLINE)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(refused.value) == "DEVICE_REQUIRED"

    with pytest.raises(SSL.Error):
        handshake(region["port"], highest=SSL.TLS1_2_VERSION)


def test_post_watch_read_and_download(region, patient):
    from renkei.v1 import attachment_service_pb2, entry_content_pb2, timeline_service_pb2 as pb

    doctor, nurse = region["doctor"], region["nurse"]
    stream = nurse.call(nurse.timeline.Watch, pb.WatchRequest(patient_ids=[patient]))
    first = next(stream)
    assert first.access_started.patient_id == patient

    photo = upload(doctor, patient, PHOTO, "image/jpeg")
    note = entry_content_pb2.VisitNote(
        subjective="よく眠れたとのこと",
        plan="経過観察",
        observations=[
            {
                "code": {"system": "http://loinc.org", "code": "8480-6", "display": "収縮期血圧"},
                "value": {"value": "128", "unit": "mm[Hg]"},
            }
        ],
    )
    request = pb.PostEntryRequest(
        request_id=new_id(),
        patient_id=patient,
        entry_id=new_id(),
        content={"visit_note": note},
        attachment_ids=[photo.attachment_id],
    )
    posted = doctor.call(doctor.timeline.PostEntry, request).entry
    assert doctor.call(doctor.timeline.PostEntry, request).entry.seq == posted.seq, "sent twice, stored once"

    event = next(event for event in stream if event.WhichOneof("event") == "entry").entry
    stream.cancel()
    assert event.entry.entry_id == posted.entry_id
    assert event.entry.content.visit_note == note
    assert event.position.seq == posted.seq

    page = nurse.call(nurse.timeline.ListEntries, pb.ListEntriesRequest(patient_id=patient))
    [entry] = written(page.entries)
    assert entry.entry_id == posted.entry_id
    [attachment] = entry.attachments
    frames = list(
        nurse.call(
            nurse.attachments.DownloadAttachment,
            attachment_service_pb2.DownloadAttachmentRequest(
                patient_id=patient, attachment_id=attachment.attachment_id
            ),
        )
    )
    assert frames[0].attachment.sha256 == hashlib.sha256(PHOTO.read_bytes()).digest()
    assert b"".join(frame.data for frame in frames[1:]) == PHOTO.read_bytes()


def test_a_stranger_is_told_that_nothing_is_there(region, patient):
    from renkei.v1 import patient_service_pb2, timeline_service_pb2 as pb

    stranger = region["pharmacist"]
    questions = [
        (stranger.patients.GetPatient, patient_service_pb2.GetPatientRequest),
        (stranger.timeline.ListEntries, pb.ListEntriesRequest),
    ]
    for method, request in questions:
        said = []
        for patient_id in (patient, new_id()):
            with pytest.raises(grpc.RpcError) as refused:
                stranger.call(method, request(patient_id=patient_id))
            assert refused.value.code() == grpc.StatusCode.NOT_FOUND
            assert reason_of(refused.value) == "NOT_FOUND"
            said.append((refused.value.details(), refused.value.trailing_metadata()))
        assert said[0][0] == said[1][0]
    with pytest.raises(grpc.RpcError) as refused:
        list(stranger.call(stranger.timeline.Watch, pb.WatchRequest(patient_ids=[patient])))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert not stranger.call(
        stranger.patients.ListPatients, patient_service_pb2.ListPatientsRequest()
    ).patients


def test_every_broken_field_is_named(region):
    from renkei.v1 import patient_service_pb2 as pb

    doctor = region["doctor"]
    with pytest.raises(grpc.RpcError) as refused:
        doctor.call(doctor.patients.RegisterPatient, pb.RegisterPatientRequest(request_id="7"))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(refused.value) == "REQUEST_INVALID"
    named = fields_of(refused.value)
    assert "request_id" in named
    assert any(field.startswith("demographics") for field in named)


def test_a_reused_request_id_is_refused(region, patient):
    from renkei.v1 import timeline_service_pb2 as pb

    doctor = region["doctor"]
    request = pb.PostEntryRequest(
        request_id=new_id(),
        patient_id=patient,
        entry_id=new_id(),
        content={"message": {"text": "一度だけ"}},
    )
    doctor.call(doctor.timeline.PostEntry, request)
    request.content.message.text = "別の本文"
    with pytest.raises(grpc.RpcError) as refused:
        doctor.call(doctor.timeline.PostEntry, request)
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS
    assert reason_of(refused.value) == "REQUEST_ID_REUSED"
