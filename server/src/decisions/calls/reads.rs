//! Requests that read.

use renkei_proto::v1 as proto;
use renkei_proto::v1::{download_attachment_response, watch_response};

use super::{About, Call, call, decoded, one, whether};
use crate::decisions::rule::Expect;

pub(in crate::decisions) const GET_PATIENT: Call =
    call(|about, _| one(&proto::GetPatientRequest { patient_id: about.patient.clone() })).shows(
        |about, answer| {
            let found: proto::GetPatientResponse = decoded(answer);
            whether(found.patient.is_some_and(|patient| patient.patient_id == about.patient))
        },
    );

pub(in crate::decisions) const LIST_PATIENTS: Call =
    call(|_, _| one(&proto::ListPatientsRequest { page_size: 100, ..Default::default() })).shows(
        |about, answer| {
            let found: proto::ListPatientsResponse = decoded(answer);
            whether(found.patients.iter().any(|patient| patient.patient_id == about.patient))
        },
    );

pub(in crate::decisions) const LIST_INVITATIONS: Call =
    call(|_, _| one(&proto::ListInvitationsRequest { page_size: 100, ..Default::default() })).shows(
        |about, answer| {
            let found: proto::ListInvitationsResponse = decoded(answer);
            let waiting = found.invitations.iter().filter_map(|invitation| invitation.member.as_ref());
            whether(waiting.into_iter().any(|member| member.patient_id == about.patient))
        },
    );

pub(in crate::decisions) const LIST_CARE_TEAM: Call =
    call(|about, _| one(&proto::ListCareTeamRequest { patient_id: about.patient.clone() })).shows(
        |about, answer| {
            let found: proto::ListCareTeamResponse = decoded(answer);
            whether(found.members.iter().any(|member| member.organization_id == about.member))
        },
    );

pub(in crate::decisions) const GET_STAFF_ACCESS: Call =
    call(|about, _| one(&proto::GetStaffAccessRequest { patient_id: about.patient.clone() }));

pub(in crate::decisions) const LIST_CONSENTS: Call =
    call(|about, _| one(&proto::ListConsentsRequest { patient_id: about.patient.clone() })).shows(
        |about, answer| {
            let found: proto::ListConsentsResponse = decoded(answer);
            whether(found.consents.iter().any(|consent| consent.consent_id == about.consent))
        },
    );

pub(in crate::decisions) const LIST_CONSENT_VERSIONS: Call = call(|about, _| {
    one(&proto::ListConsentVersionsRequest {
        patient_id: about.patient.clone(),
        consent_id: about.consent.clone(),
    })
});

pub(in crate::decisions) const EXPLAIN_OWN_ACCESS: Call = call(|about, _| {
    one(&proto::ExplainAccessRequest { patient_id: about.patient.clone(), person_id: String::new() })
});

pub(in crate::decisions) const EXPLAIN_ACCESS: Call = call(|about, _| {
    one(&proto::ExplainAccessRequest {
        patient_id: about.patient.clone(),
        person_id: about.colleague.clone(),
    })
});

pub(in crate::decisions) const LIST_ACCESS: Call = call(|about, _| {
    one(&proto::ListAccessRequest {
        patient_id: about.patient.clone(),
        page_size: 1,
        page_token: String::new(),
    })
});

pub(in crate::decisions) const LIST_ALL_BREAK_GLASS: Call =
    call(|_, _| one(&proto::ListBreakGlassRequest { page_size: 100, ..Default::default() }))
        .shows(shows_emergency);

pub(in crate::decisions) const LIST_BREAK_GLASS: Call = call(|about, _| {
    one(&proto::ListBreakGlassRequest { patient_id: about.patient.clone(), ..Default::default() })
})
.shows(shows_emergency);

fn shows_emergency(about: &About, answer: &[u8]) -> Expect {
    let found: proto::ListBreakGlassResponse = decoded(answer);
    whether(found.accesses.iter().any(|access| access.break_glass_id == about.emergency))
}

pub(in crate::decisions) const LIST_AUDIT_EVENTS: Call = call(|about, _| {
    one(&proto::ListAuditEventsRequest {
        patient_id: about.patient.clone(),
        page_size: 1,
        page_token: String::new(),
    })
});

pub(in crate::decisions) const LIST_ACCESSES: Call = call(|about, _| {
    one(&proto::ListAccessesRequest { patient_id: about.patient.clone(), page_size: 1, ..Default::default() })
});

pub(in crate::decisions) const EXPORT_AUDIT_EVENTS: Call = call(|about, _| {
    one(&proto::ExportAuditEventsRequest { patient_id: about.patient.clone(), ..Default::default() })
});

pub(in crate::decisions) const LIST_MAINTENANCE: Call = call(|about, _| {
    one(&proto::ListMaintenanceRequest { patient_id: about.patient.clone(), ..Default::default() })
});

pub(in crate::decisions) const COUNT_MAINTENANCE: Call = call(|about, _| {
    one(&proto::CountMaintenanceRequest { patient_id: about.patient.clone(), ..Default::default() })
});

pub(in crate::decisions) const LIST_PROVISIONS: Call = call(|about, _| {
    one(&proto::ListProvisionsRequest {
        patient_id: about.patient.clone(),
        page_size: 1,
        ..Default::default()
    })
});

pub(in crate::decisions) const GET_INCLUSION_PROOFS: Call = call(|about, _| {
    one(&proto::GetInclusionProofsRequest { patient_id: about.patient.clone(), event_ids: vec![], size: 0 })
});

pub(in crate::decisions) const GET_CHECKPOINT: Call = call(|_, _| one(&proto::GetCheckpointRequest {}));

pub(in crate::decisions) const GET_CONSISTENCY_PROOF: Call =
    call(|_, _| one(&proto::GetConsistencyProofRequest { from_size: 0, to_size: 0 }));

pub(in crate::decisions) const GET_VISIT_NOTE: Call =
    call(|about, _| one(&get_entry(about, &about.visit_note)));

pub(in crate::decisions) const GET_LABORATORY: Call =
    call(|about, _| one(&get_entry(about, &about.laboratory)));

pub(in crate::decisions) const GET_OWN_ENTRY: Call =
    call(|about, _| one(&get_entry(about, &about.own_entry)));

fn get_entry(about: &About, entry: &str) -> proto::GetEntryRequest {
    proto::GetEntryRequest { patient_id: about.patient.clone(), entry_id: entry.to_owned() }
}

pub(in crate::decisions) const PAGE_WITH_VISIT_NOTE: Call =
    call(|about, _| one(&page(about))).shows(|about, answer| shows_page(answer, about, &about.visit_note));

pub(in crate::decisions) const PAGE_WITH_LABORATORY: Call =
    call(|about, _| one(&page(about))).shows(|about, answer| shows_page(answer, about, &about.laboratory));

pub(in crate::decisions) const PAGE_WITH_OWN_ENTRY: Call =
    call(|about, _| one(&page(about))).shows(|about, answer| shows_page(answer, about, &about.own_entry));

fn page(about: &About) -> proto::ListEntriesRequest {
    proto::ListEntriesRequest { patient_id: about.patient.clone(), page_size: 100, ..Default::default() }
}

fn shows_page(answer: &[u8], about: &About, entry: &str) -> Expect {
    let found: proto::ListEntriesResponse = decoded(answer);
    shows_entry(&found.entries, about, entry)
}

pub(in crate::decisions) const SEARCH_VISIT_NOTE: Call = call(|about, _| one(&search(about, "仙骨部")))
    .shows(|about, answer| shows_found(answer, &about.visit_note));

pub(in crate::decisions) const SEARCH_LABORATORY: Call = call(|about, _| one(&search(about, "ｈｂａ１ｃ")))
    .shows(|about, answer| shows_found(answer, &about.laboratory));

pub(in crate::decisions) const SEARCH_OWN_ENTRY: Call = call(|about, _| one(&search(about, "hba1c")))
    .shows(|about, answer| shows_found(answer, &about.own_entry));

fn search(about: &About, query: &str) -> proto::SearchEntriesRequest {
    proto::SearchEntriesRequest {
        patient_id: about.patient.clone(),
        query: query.to_owned(),
        page_size: 100,
        page_token: String::new(),
    }
}

/// An answer without the entry tells at least that there is the patient.
fn shows_found(answer: &[u8], entry: &str) -> Expect {
    let found: proto::SearchEntriesResponse = decoded(answer);
    let is_found = found.entries.iter().any(|found| found.entry_id == entry);
    if is_found { Expect::Done } else { Expect::SomethingElse }
}

pub(in crate::decisions) const SUMMARY_WITH_VISIT_NOTE: Call =
    call(|about, _| one(&proto::GetPatientSummaryRequest { patient_id: about.patient.clone() })).shows(
        |about, answer| {
            let found: proto::GetPatientSummaryResponse = decoded(answer);
            shows_observed(&found.last_observations, about)
        },
    );

pub(in crate::decisions) const OBSERVATIONS_OF_VISIT_NOTE: Call = call(|about, _| {
    one(&proto::ListObservationsRequest { patient_id: about.patient.clone(), ..Default::default() })
})
.shows(|about, answer| {
    let found: proto::ListObservationsResponse = decoded(answer);
    shows_observed(&found.observations, about)
});

/// An answer without it tells at least that there is the patient.
fn shows_observed(observed: &[proto::ObservedValue], about: &About) -> Expect {
    let is_shown = observed.iter().any(|value| value.entry_id == about.visit_note);
    if is_shown { Expect::Done } else { Expect::SomethingElse }
}

pub(in crate::decisions) const INBOX_WITH_VISIT_NOTE: Call =
    call(|_, _| one(&inbox())).shows(|about, answer| shows_inbox(answer, about, &about.visit_note));

pub(in crate::decisions) const INBOX_WITH_LABORATORY: Call =
    call(|_, _| one(&inbox())).shows(|about, answer| shows_inbox(answer, about, &about.laboratory));

fn inbox() -> proto::ListInboxRequest {
    proto::ListInboxRequest { page_size: 100, ..Default::default() }
}

fn shows_inbox(answer: &[u8], about: &About, entry: &str) -> Expect {
    let found: proto::ListInboxResponse = decoded(answer);
    shows_entry(&found.entries, about, entry)
}

fn shows_entry(entries: &[proto::Entry], about: &About, entry: &str) -> Expect {
    if entries.iter().any(|found| found.entry_id == entry) {
        Expect::Done
    } else if entries.iter().any(|found| found.patient_id == about.patient) {
        Expect::SomethingElse
    } else {
        Expect::Without
    }
}

pub(in crate::decisions) const READERS_OF_VISIT_NOTE: Call =
    call(|about, _| one(&readers(about, &about.visit_note)));

pub(in crate::decisions) const READERS_OF_OWN_ENTRY: Call =
    call(|about, _| one(&readers(about, &about.own_entry)));

fn readers(about: &About, entry: &str) -> proto::ListReadersRequest {
    proto::ListReadersRequest {
        patient_id: about.patient.clone(),
        entry_id: entry.to_owned(),
        ..Default::default()
    }
}

pub(in crate::decisions) const DOWNLOAD_FILE: Call = call(|about, _| one(&download(about, &about.file)))
    .shows(|about, answer| is_download_of(answer, &about.file));

pub(in crate::decisions) const DOWNLOAD_PAPER: Call = call(|about, _| one(&download(about, &about.paper)))
    .shows(|about, answer| is_download_of(answer, &about.paper));

fn download(about: &About, file: &str) -> proto::DownloadAttachmentRequest {
    proto::DownloadAttachmentRequest {
        patient_id: about.patient.clone(),
        attachment_id: file.to_owned(),
        offset: 0,
        ..Default::default()
    }
}

fn is_download_of(answer: &[u8], file: &str) -> Expect {
    use download_attachment_response::Frame;
    let first: proto::DownloadAttachmentResponse = decoded(answer);
    whether(matches!(first.frame, Some(Frame::Attachment(it)) if it.attachment_id == file))
}

pub(in crate::decisions) const WATCH: Call = call(|about, _| {
    let patient_id = about.patient.clone();
    one(&proto::WatchRequest {
        patient_ids: vec![patient_id.clone()],
        positions: vec![proto::WatchPosition { patient_id, ..Default::default() }],
    })
})
.shows(|about, answer| {
    use watch_response::Event;
    let first: proto::WatchResponse = decoded(answer);
    whether(matches!(first.event, Some(Event::AccessStarted(at)) if at.patient_id == about.patient))
});
