"""People, patients and consents of the tests, made with few calls."""

import hashlib
import pathlib

from client import Device, Session, new_id

PHOTO = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "wound.jpg"
PAPER = PHOTO.with_name("consent.pdf")
FRAME = 262_144

# Everybody's but the administrator's.
PASSWORD = "hanamizuki-no-eda-7"

PEOPLE = [
    ("doctor", "ORGANIZATION_KIND_CLINIC", "ROLE_DOCTOR", "ito", "伊藤 直子", "なのはな医院"),
    ("nurse", "ORGANIZATION_KIND_HOME_VISIT_NURSING", "ROLE_NURSE", "kato", "加藤 恵", "訪問看護あおぞら"),
    ("pharmacist", "ORGANIZATION_KIND_PHARMACY", "ROLE_PHARMACIST", "ono", "小野 豊", "けやき薬局"),
]


def admit(region, kind, role, login, name, organization):
    from renkei.v1 import common_pb2, identity_service_pb2 as pb

    admin = region["admin"]
    place = admin.call(
        admin.identity.CreateOrganization,
        pb.CreateOrganizationRequest(
            request_id=new_id(), kind=pb.OrganizationKind.Value(kind), name=organization
        ),
    ).organization
    person = admin.call(
        admin.identity.CreatePerson,
        pb.CreatePersonRequest(request_id=new_id(), login_name=login, name=name),
    ).person
    admin.call(
        admin.identity.CreateAffiliation,
        pb.CreateAffiliationRequest(
            request_id=new_id(),
            person_id=person.person_id,
            organization_id=place.organization_id,
            role=common_pb2.Role.Value(role),
        ),
    )
    code = admin.call(
        admin.identity.CreateEnrollmentCode,
        pb.CreateEnrollmentCodeRequest(request_id=new_id(), person_id=person.person_id),
    ).code
    session = Session(Device(region["port"], code, PASSWORD))
    assert session.actor.person_name == name
    assert session.actor.organization_name == organization
    return session


def upload(session, patient_id, path, content_type):
    from renkei.v1 import attachment_service_pb2 as pb

    content = path.read_bytes()
    header = pb.UploadHeader(
        patient_id=patient_id,
        attachment_id=new_id(),
        file_name=path.name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).digest(),
    )

    def frames():
        yield pb.UploadAttachmentRequest(header=header)
        for at in range(0, len(content), FRAME):
            yield pb.UploadAttachmentRequest(data=content[at : at + FRAME])

    return session.call(session.attachments.UploadAttachment, frames()).attachment


def register(doctor, name, kana, number):
    """Registers a patient, and returns the UUID."""
    from renkei.v1 import patient_service_pb2 as pb

    demographics = pb.Demographics(
        name=name,
        name_kana=kana,
        birth_date={"year": 1940, "month": 2, "day": 29},
        sex=pb.SEX_FEMALE,
        local_identifier=number,
    )
    patient = doctor.call(
        doctor.patients.RegisterPatient,
        pb.RegisterPatientRequest(request_id=new_id(), demographics=demographics),
    ).patient
    assert patient.demographics == demographics
    return patient.patient_id


def join(doctor, patient_id, other):
    """Invites the organisation of `other`, which accepts."""
    from renkei.v1 import patient_service_pb2 as pb

    doctor.call(
        doctor.patients.InviteCareTeamMember,
        pb.InviteCareTeamMemberRequest(
            request_id=new_id(),
            patient_id=patient_id,
            organization_id=other.actor.organization_id,
            message="在宅療養の支援をお願いします。",
        ),
    )
    other.call(
        other.patients.AnswerInvitation,
        pb.AnswerInvitationRequest(request_id=new_id(), patient_id=patient_id, accept=True),
    )


def signed_for(session, **more):
    """A form that the patient signed for the organisation of `session`."""
    from renkei.v1 import consent_service_pb2 as pb

    form = {
        "scope": {"organizations": {"organization_ids": [session.actor.organization_id]}},
        "signer": {"kind": pb.CONSENT_SIGNER_KIND_PATIENT},
        "sign_date": {"year": 2026, "month": 4, "day": 1},
    }
    return pb.ConsentForm(**(form | more))


def consent(doctor, patient_id, form):
    """Records a consent with its paper."""
    from renkei.v1 import consent_service_pb2 as pb

    paper = upload(doctor, patient_id, PAPER, "application/pdf")
    request = pb.RecordConsentRequest(
        request_id=new_id(), patient_id=patient_id, form=form, paper_attachment_id=paper.attachment_id
    )
    return doctor.call(doctor.consents.RecordConsent, request).consent


def written(entries):
    """What people wrote: entries without the notices of the server."""
    return [entry for entry in entries if entry.content.WhichOneof("content") != "notice"]
