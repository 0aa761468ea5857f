"""The patient's consent decides over the wire: exceptions, restricted content, withdrawal, emergencies."""

import grpc
import pytest
from client import new_id, reason_of
from region import PASSWORD, consent, join, register, signed_for, written


@pytest.fixture(scope="module")
def patient(region):
    """A patient of the clinic; nursing station and pharmacy are members, without a consent so far."""
    doctor = region["doctor"]
    patient = register(doctor, "石川 よね", "イシカワ ヨネ", "N-8")
    for member in ("nurse", "pharmacist"):
        join(doctor, patient, region[member])
    return patient


def post(session, patient, text, **more):
    from renkei.v1 import timeline_service_pb2 as pb

    request = pb.PostEntryRequest(
        request_id=new_id(),
        patient_id=patient,
        entry_id=new_id(),
        content={"message": {"text": text}},
        **more,
    )
    return session.call(session.timeline.PostEntry, request).entry


def texts(session, patient):
    """The texts of the messages that the session sees, oldest first."""
    from renkei.v1 import timeline_service_pb2 as pb

    page = session.call(session.timeline.ListEntries, pb.ListEntriesRequest(patient_id=patient))
    return [entry.content.message.text for entry in reversed(written(page.entries))]


def notices(session, patient):
    """The kinds of the notices that the session sees, oldest first."""
    from renkei.v1 import timeline_service_pb2 as pb

    page = session.call(session.timeline.ListEntries, pb.ListEntriesRequest(patient_id=patient))
    found = [entry for entry in reversed(page.entries) if entry.content.WhichOneof("content") == "notice"]
    return [entry.content.notice.kind for entry in found]


def explained(session, patient):
    """What the session is told of its own access, by category and sensitivity."""
    from renkei.v1 import consent_service_pb2 as pb

    answer = session.call(session.consents.ExplainAccess, pb.ExplainAccessRequest(patient_id=patient))
    [subject] = answer.subjects
    assert subject.subject == session.actor
    assert answer.custodian_organization_name == "なのはな医院"
    return {(one.category, one.sensitivity): one for one in subject.explanations}


def refused(call):
    """The code and the reason that a call is refused with."""
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code(), reason_of(error.value)


def test_exceptions_and_restricted_content(region, patient):
    from renkei.v1 import common_pb2, consent_service_pb2 as pb, entry_content_pb2

    doctor, nurse = region["doctor"], region["nurse"]
    signed = signed_for(
        nurse,
        sensitivities=[common_pb2.SENSITIVITY_NORMAL, common_pb2.SENSITIVITY_MENTAL_HEALTH],
        exceptions=[{"categories": [common_pb2.CATEGORY_MEDICATION], "roles": [common_pb2.ROLE_NURSE]}],
        signer={
            "kind": pb.CONSENT_SIGNER_KIND_REPRESENTATIVE,
            "name": "石川 健",
            "relation": pb.CONSENT_SIGNER_RELATION_CHILD,
        },
    )
    given = consent(doctor, patient, signed)
    assert given.version == 1 and given.form.period.HasField("start")
    stored = pb.ConsentForm()
    stored.CopyFrom(given.form)
    stored.ClearField("period")
    stored.ClearField("effect")
    assert given.form.effect == pb.CONSENT_EFFECT_PERMIT and stored == signed
    assert notices(nurse, patient)[-1] == entry_content_pb2.NOTICE_KIND_CONSENT_RECORDED

    post(doctor, patient, "普段の連絡")
    post(doctor, patient, "処方の変更", category=common_pb2.CATEGORY_MEDICATION)
    post(doctor, patient, "気分の落ち込み", sensitivity=common_pb2.SENSITIVITY_MENTAL_HEALTH)
    post(doctor, patient, "遺伝学的検査", sensitivity=common_pb2.SENSITIVITY_GENETIC)
    assert texts(nurse, patient) == ["普段の連絡", "気分の落ち込み"]
    assert len(texts(doctor, patient)) == 4

    told = explained(nurse, patient)
    message, medication = common_pb2.CATEGORY_MESSAGE, common_pb2.CATEGORY_MEDICATION
    for category, sensitivity, reason, rules in [
        (message, common_pb2.SENSITIVITY_NORMAL, pb.ACCESS_REASON_PERMITTED, [0]),
        (message, common_pb2.SENSITIVITY_MENTAL_HEALTH, pb.ACCESS_REASON_PERMITTED, [0]),
        (message, common_pb2.SENSITIVITY_GENETIC, pb.ACCESS_REASON_SENSITIVITY_NOT_NAMED, [0]),
        (medication, common_pb2.SENSITIVITY_NORMAL, pb.ACCESS_REASON_DENIED, [1]),
    ]:
        one = told[category, sensitivity]
        assert one.read == (reason == pb.ACCESS_REASON_PERMITTED)
        assert one.reason == reason
        assert [rule.rule for rule in one.rules] == rules
        assert all(rule.consent_id == given.consent_id and rule.version == 1 for rule in one.rules)

    about_doctor = pb.ExplainAccessRequest(patient_id=patient, person_id=doctor.actor.person_id)
    assert refused(lambda: nurse.call(nurse.consents.ExplainAccess, about_doctor)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "CUSTODIAN_ONLY",
    )

    part = {"sensitivities": [common_pb2.SENSITIVITY_MENTAL_HEALTH]}
    withdrawal = pb.WithdrawConsentRequest(
        request_id=new_id(), patient_id=patient, consent_id=given.consent_id, part=part
    )
    left = doctor.call(doctor.consents.WithdrawConsent, withdrawal).consent
    assert left.version == 2 and not left.HasField("withdraw_time")
    assert texts(nurse, patient) == ["普段の連絡"]
    versions = nurse.call(
        nurse.consents.ListConsentVersions,
        pb.ListConsentVersionsRequest(patient_id=patient, consent_id=given.consent_id),
    ).versions
    assert [version.version for version in versions] == [2, 1]


def test_an_emergency_opens_the_record_until_it_is_found_unjustified(region, patient):
    from renkei.v1 import audit_service_pb2, common_pb2, consent_service_pb2 as pb, entry_content_pb2

    doctor, pharmacist = region["doctor"], region["pharmacist"]
    told = explained(pharmacist, patient)
    assert told and all(not one.read and one.reason == pb.ACCESS_REASON_NO_CONSENT for one in told.values())
    not_found = (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert refused(lambda: texts(pharmacist, patient)) == not_found

    request = pb.BreakGlassRequest(
        request_id=new_id(),
        patient_id=patient,
        reason=pb.BREAK_GLASS_REASON_EMERGENCY_TRANSPORT,
        text="救急隊からの照会",
        password="machigai-00-kotoba",
    )
    assert refused(lambda: pharmacist.call(pharmacist.consents.BreakGlass, request)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "STEP_UP_FAILED",
    )
    request.password = PASSWORD
    access = pharmacist.call(pharmacist.consents.BreakGlass, request).access
    assert access.actor == pharmacist.actor
    assert access.end_time.seconds - access.start_time.seconds == 60 * 60
    assert access.review_due_time.seconds - access.start_time.seconds == 72 * 60 * 60
    assert texts(pharmacist, patient) == texts(doctor, patient) != []
    assert notices(doctor, patient)[-1] == entry_content_pb2.NOTICE_KIND_BREAK_GLASS
    assert refused(lambda: post(pharmacist, patient, "書き込み"))[0] == grpc.StatusCode.PERMISSION_DENIED

    waiting = doctor.call(doctor.consents.ListBreakGlass, pb.ListBreakGlassRequest()).accesses
    assert [one.break_glass_id for one in waiting] == [access.break_glass_id]
    review = pb.ReviewBreakGlassRequest(
        request_id=new_id(),
        patient_id=patient,
        break_glass_id=access.break_glass_id,
        verdict=pb.BREAK_GLASS_VERDICT_NOT_JUSTIFIED,
        text="本人に確認できた",
    )
    reviewed = doctor.call(doctor.consents.ReviewBreakGlass, review).access
    assert reviewed.verdict == pb.BREAK_GLASS_VERDICT_NOT_JUSTIFIED
    assert refused(lambda: texts(pharmacist, patient)) == not_found

    provisions = doctor.call(
        doctor.audit.ListProvisions, audit_service_pb2.ListProvisionsRequest(patient_id=patient)
    ).provisions
    [provided] = [one for one in provisions if one.recipient == pharmacist.actor]
    assert provided.break_glass_id == access.break_glass_id and not provided.consent_ids
    assert provided.purpose == common_pb2.PURPOSE_OF_USE_EMERGENCY
    counts = {item.category: item.count for item in provided.items}
    assert counts[common_pb2.CATEGORY_MESSAGE] == 3 and counts[common_pb2.CATEGORY_MEDICATION] == 1
