"""An integrator's program, from the code that it was handed to the end of what it was allowed: docs/integrators.md."""

import grpc
import pytest
from client import DEADLINE, Program, Session, new_id, reason_of
from region import register


def refused(call, *arguments):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments)
    return reason_of(error.value)


@pytest.fixture(scope="module")
def program(region):
    """A service account of the clinic, with a certificate."""
    from renkei.v1 import auth_service_pb2, identity_service_pb2 as pb

    admin, doctor = region["admin"], region["doctor"]
    admin.call(admin.auth.StepUp, auth_service_pb2.StepUpRequest(password=admin.device.password))
    account = admin.call(
        admin.identity.CreateServiceAccount,
        pb.CreateServiceAccountRequest(
            request_id=new_id(),
            organization_id=doctor.actor.organization_id,
            name="架空血圧計連携",
            calls_per_minute=600,
        ),
    ).service_account
    code = admin.call(
        admin.identity.CreateServiceEnrollmentCode,
        pb.CreateServiceEnrollmentCodeRequest(
            request_id=new_id(), service_account_id=account.service_account_id
        ),
    ).code
    program = Program(region["port"], code)
    assert program.account == account.service_account_id
    assert 89 <= program.days <= 90
    return program


def test_a_program_acts_for_who_allowed_it_until_that_is_withdrawn(region, program):
    from renkei.v1 import audit_service_pb2, auth_service_pb2 as pb, patient_service_pb2
    from renkei.v1 import timeline_service_pb2 as timeline

    doctor = region["doctor"]
    patient = register(doctor, "井上 とよ", "イノウエ トヨ", "S-1")
    affiliation = doctor.identity_of_session.affiliation_id
    assert refused(Session, program.acting_for(affiliation)) == "SERVICE_NOT_PERMITTED"
    doctor.call(doctor.auth.StepUp, pb.StepUpRequest(password=doctor.device.password))
    allow = pb.AllowServiceRequest(request_id=new_id(), service_account_id=program.account)
    assert doctor.call(doctor.auth.AllowService, allow).affiliation_id == affiliation

    session = Session(program.acting_for(affiliation))
    assert session.actor == doctor.actor
    assert session.identity_of_session.service_account_name == "架空血圧計連携"
    entry = session.call(
        session.timeline.PostEntry,
        timeline.PostEntryRequest(
            request_id=new_id(),
            patient_id=patient,
            entry_id=new_id(),
            content={"message": {"text": "血圧 128/76 mmHg（自動送信）"}},
        ),
    ).entry
    assert entry.author == doctor.actor

    # what is the person's to do
    invite = patient_service_pb2.InviteCareTeamMemberRequest(
        request_id=new_id(), patient_id=patient, organization_id=region["nurse"].actor.organization_id
    )
    reason = refused(session.call, session.patients.InviteCareTeamMember, invite)
    assert reason == "SERVICE_METHOD_NOT_ALLOWED"

    # new tokens, with the same certificate
    refresh = pb.RefreshSessionRequest(refresh_token=session.tokens.refresh_token)
    tokens = session.auth.RefreshSession(refresh, timeout=DEADLINE).tokens
    session.metadata = (("authorization", f"Bearer {tokens.access_token}"),)
    assert session.call(session.auth.WhoAmI, pb.WhoAmIRequest()).identity == session.identity_of_session

    events = doctor.call(
        doctor.audit.ListAuditEvents, audit_service_pb2.ListAuditEventsRequest(patient_id=patient)
    ).events
    through = [event for event in events if event.service_account_id == program.account]
    assert [event.object_id for event in through] == [entry.entry_id]

    withdraw = pb.DisallowServiceRequest(request_id=new_id(), service_account_id=program.account)
    assert doctor.call(doctor.auth.DisallowService, withdraw).ended_sessions == 1
    assert refused(session.call, session.auth.WhoAmI, pb.WhoAmIRequest()) == "SESSION_REQUIRED"
    assert refused(Session, program.acting_for(affiliation)) == "SERVICE_NOT_PERMITTED"
