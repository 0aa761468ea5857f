//! Requests about the region and about the session. What is created by one is used by those after it.

use bytes::Bytes;
use renkei_proto::v1 as proto;
use renkei_proto::v1::end_session_request::Which;

use super::{Before, Call, Notes, call, decoded, new_id, one, whether};

pub(in crate::decisions) const LIST_ORGANIZATIONS: Call =
    call(|_, _| one(&proto::ListOrganizationsRequest { page_size: 1, page_token: String::new() }));

pub(in crate::decisions) const LIST_PEOPLE: Call =
    call(|_, _| one(&proto::ListPeopleRequest { page_size: 1, ..Default::default() }));

pub(in crate::decisions) const LIST_OWN_EVENTS: Call =
    call(|about, _| events(about.caller.actor.organization.to_string()));

pub(in crate::decisions) const LIST_EVENTS: Call = call(|about, _| events(about.member.clone()));

pub(in crate::decisions) const CREATE_ORGANIZATION: Call = call(|_, _| {
    one(&proto::CreateOrganizationRequest {
        request_id: new_id(),
        kind: proto::OrganizationKind::Clinic as i32,
        name: "架空診療所".into(),
    })
});

pub(in crate::decisions) const GET_OWN_POLICY: Call = call(|about, _| {
    let organization_id = about.caller.actor.organization.to_string();
    one(&proto::GetOrganizationPolicyRequest { organization_id })
});

pub(in crate::decisions) const GET_POLICY: Call =
    call(|about, _| one(&proto::GetOrganizationPolicyRequest { organization_id: about.member.clone() }));

pub(in crate::decisions) const UPDATE_POLICY: Call = call(|about, _| {
    one(&proto::UpdateOrganizationPolicyRequest {
        request_id: new_id(),
        organization_id: about.member.clone(),
        position_policy: Some(proto::PositionPolicy::Remove as i32),
        attachment_quota_bytes: None,
    })
});

pub(in crate::decisions) const CREATE_PERSON: Call = call(|_, _| {
    one(&proto::CreatePersonRequest {
        request_id: new_id(),
        login_name: format!("new-{}", new_id()),
        name: "架空 太郎".into(),
        name_kana: String::new(),
    })
})
.note(|notes, answer| {
    let created: proto::CreatePersonResponse = decoded(answer);
    notes.person = created.person.unwrap().person_id;
});

pub(in crate::decisions) const CREATE_AFFILIATION: Call =
    call(|about, notes| affiliation(notes, about.member.clone()));

pub(in crate::decisions) const CREATE_OWN_AFFILIATION: Call =
    call(|about, notes| affiliation(notes, about.caller.actor.organization.to_string())).note(
        |notes, answer| {
            let created: proto::CreateAffiliationResponse = decoded(answer);
            notes.affiliation = created.affiliation.unwrap().affiliation_id;
        },
    );

pub(in crate::decisions) const CREATE_ENROLLMENT_CODE: Call = call(|about, _| {
    one(&proto::CreateEnrollmentCodeRequest { request_id: new_id(), person_id: about.colleague.clone() })
});

pub(in crate::decisions) const CREATE_OWN_ENROLLMENT_CODE: Call = call(|_, notes| {
    one(&proto::CreateEnrollmentCodeRequest { request_id: new_id(), person_id: notes.person.clone() })
});

pub(in crate::decisions) const END_AFFILIATION: Call = call(|_, notes| {
    one(&proto::EndAffiliationRequest { request_id: new_id(), affiliation_id: notes.affiliation.clone() })
});

pub(in crate::decisions) const OFFBOARD_OWN_PERSON: Call = call(|about, notes| {
    one(&proto::OffboardPersonRequest {
        request_id: new_id(),
        person_id: notes.person.clone(),
        organization_id: about.caller.actor.organization.to_string(),
        ..Default::default()
    })
});

pub(in crate::decisions) const OFFBOARD_PERSON: Call = call(|about, _| {
    one(&proto::OffboardPersonRequest {
        request_id: new_id(),
        person_id: about.colleague.clone(),
        organization_id: about.member.clone(),
        validate_only: true,
        ..Default::default()
    })
});

pub(in crate::decisions) const SUSPEND_PERSON: Call = call(|_, notes| {
    one(&proto::SuspendPersonRequest { request_id: new_id(), person_id: notes.person.clone() })
});

pub(in crate::decisions) const REINSTATE_PERSON: Call = call(|_, notes| {
    one(&proto::ReinstatePersonRequest { request_id: new_id(), person_id: notes.person.clone() })
});

pub(in crate::decisions) const RESET_PASSWORD: Call = call(|_, notes| {
    one(&proto::ResetPasswordRequest { request_id: new_id(), person_id: notes.person.clone() })
});

pub(in crate::decisions) const WHO_AM_I: Call =
    call(|_, _| one(&proto::WhoAmIRequest {})).shows(|about, answer| {
        let found: proto::WhoAmIResponse = decoded(answer);
        let actor = found.identity.and_then(|identity| identity.actor);
        whether(actor.is_some_and(|actor| actor.person_id == about.caller.actor.person.to_string()))
    });

fn events(organization_id: String) -> Vec<Bytes> {
    one(&proto::ListEventsRequest { organization_id, page_size: 1, ..Default::default() })
}

/// Makes the person a therapist there.
fn affiliation(notes: &Notes, organization_id: String) -> Vec<Bytes> {
    one(&proto::CreateAffiliationRequest {
        request_id: new_id(),
        person_id: notes.person.clone(),
        organization_id,
        role: proto::Role::Therapist as i32,
    })
}

pub(in crate::decisions) const LIST_SESSIONS: Call =
    call(|_, _| one(&proto::ListSessionsRequest {})).shows(|_, answer| {
        let found: proto::ListSessionsResponse = decoded(answer);
        whether(found.sessions.iter().any(|session| session.current))
    });

pub(in crate::decisions) const LIST_OWN_DEVICES: Call =
    call(|_, _| one(&proto::ListDevicesRequest::default())).shows(|_, answer| {
        let found: proto::ListDevicesResponse = decoded(answer);
        whether(found.devices.iter().any(|device| device.current))
    });

pub(in crate::decisions) const LIST_DEVICES: Call =
    call(|about, _| one(&proto::ListDevicesRequest { person_id: about.colleague.clone() })).shows(
        |_, answer| {
            let found: proto::ListDevicesResponse = decoded(answer);
            whether(found.devices.len() == 1)
        },
    );

pub(in crate::decisions) const REVOKE_DEVICE: Call = call(|_, notes| {
    one(&proto::RevokeDeviceRequest { request_id: new_id(), device_id: notes.device.clone() })
})
.before(Before::Device);

pub(in crate::decisions) const END_OTHER_SESSIONS: Call =
    call(|_, _| one(&proto::EndSessionRequest { which: Some(Which::AllOthers(true)) }));

pub(in crate::decisions) const LOGOUT: Call = call(|_, _| one(&proto::LogoutRequest {}));
