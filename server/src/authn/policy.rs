//! The method policy: what a caller must be to reach an RPC at all. Deny by default; what a role may do
//! is the domain's, and what it may see is consent's.

/// What a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    /// Nobody in particular.
    Anyone,
    /// An enrolled device.
    Device,
    /// An enrolled device; anybody, where the operator allows log-ins without one.
    DeviceOrNone,
    /// A live session on the device that began it.
    Session,
    /// The same, for calls that put every success on record with the session: it may have been found a moment ago.
    Recorded,
}

use Requirement::{Anyone, Device, DeviceOrNone, Recorded, Session};

const METHODS: &[(&str, Requirement)] = &[
    ("/grpc.health.v1.Health/Check", Anyone),
    ("/grpc.health.v1.Health/List", Anyone),
    ("/grpc.health.v1.Health/Watch", Anyone),
    // registered in development only
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Anyone),
    ("/renkei.v1.AttachmentService/DownloadAttachment", Session),
    ("/renkei.v1.AttachmentService/GetUpload", Session),
    ("/renkei.v1.AttachmentService/UploadAttachment", Session),
    ("/renkei.v1.AuditService/GetCheckpoint", Session),
    ("/renkei.v1.AuditService/GetConsistencyProof", Session),
    ("/renkei.v1.AuditService/GetInclusionProofs", Session),
    ("/renkei.v1.AuditService/ListAuditEvents", Session),
    ("/renkei.v1.AuditService/ListEvents", Session),
    ("/renkei.v1.AuditService/ListProvisions", Session),
    ("/renkei.v1.AuthService/AddTotp", Session),
    ("/renkei.v1.AuthService/ChangePassword", Session),
    ("/renkei.v1.AuthService/ConfirmTotp", Anyone),
    ("/renkei.v1.AuthService/EndSession", Session),
    ("/renkei.v1.AuthService/EnrollDevice", Anyone),
    ("/renkei.v1.AuthService/EnrollTotp", Anyone),
    ("/renkei.v1.AuthService/ListDevices", Session),
    ("/renkei.v1.AuthService/ListSessions", Session),
    ("/renkei.v1.AuthService/Login", Device),
    ("/renkei.v1.AuthService/LoginWithTotp", Anyone),
    ("/renkei.v1.AuthService/Logout", Session),
    ("/renkei.v1.AuthService/RefreshSession", DeviceOrNone),
    ("/renkei.v1.AuthService/RenewDevice", Device),
    ("/renkei.v1.AuthService/RenewRecoveryCodes", Session),
    ("/renkei.v1.AuthService/RevokeDevice", Session),
    ("/renkei.v1.AuthService/SetPassword", Device),
    ("/renkei.v1.AuthService/StepUp", Session),
    ("/renkei.v1.AuthService/WhoAmI", Session),
    ("/renkei.v1.ConsentService/AmendConsent", Session),
    ("/renkei.v1.ConsentService/BreakGlass", Session),
    ("/renkei.v1.ConsentService/ExplainAccess", Session),
    ("/renkei.v1.ConsentService/ListAccess", Session),
    ("/renkei.v1.ConsentService/ListBreakGlass", Session),
    ("/renkei.v1.ConsentService/ListConsentVersions", Session),
    ("/renkei.v1.ConsentService/ListConsents", Session),
    ("/renkei.v1.ConsentService/RecordConsent", Session),
    ("/renkei.v1.ConsentService/ReviewBreakGlass", Session),
    ("/renkei.v1.ConsentService/WithdrawConsent", Session),
    ("/renkei.v1.IdentityService/CreateAffiliation", Session),
    ("/renkei.v1.IdentityService/CreateEnrollmentCode", Session),
    ("/renkei.v1.IdentityService/CreateOrganization", Session),
    ("/renkei.v1.IdentityService/CreatePerson", Session),
    ("/renkei.v1.IdentityService/EndAffiliation", Session),
    ("/renkei.v1.IdentityService/GetOrganizationPolicy", Session),
    ("/renkei.v1.IdentityService/ListOrganizations", Session),
    ("/renkei.v1.IdentityService/ListPeople", Session),
    ("/renkei.v1.IdentityService/OffboardPerson", Session),
    ("/renkei.v1.IdentityService/ReinstatePerson", Session),
    ("/renkei.v1.IdentityService/ResetPassword", Session),
    ("/renkei.v1.IdentityService/SuspendPerson", Session),
    ("/renkei.v1.IdentityService/UpdateOrganizationPolicy", Session),
    ("/renkei.v1.PatientService/AnswerCustodianOffer", Session),
    ("/renkei.v1.PatientService/AnswerInvitation", Session),
    ("/renkei.v1.PatientService/GetPatient", Session),
    ("/renkei.v1.PatientService/GetStaffAccess", Session),
    ("/renkei.v1.PatientService/InviteCareTeamMember", Session),
    ("/renkei.v1.PatientService/LeaveCareTeam", Session),
    ("/renkei.v1.PatientService/ListCareTeam", Session),
    ("/renkei.v1.PatientService/ListInvitations", Session),
    ("/renkei.v1.PatientService/ListPatients", Session),
    ("/renkei.v1.PatientService/OfferCustodian", Session),
    ("/renkei.v1.PatientService/RegisterPatient", Session),
    ("/renkei.v1.PatientService/RemoveCareTeamMember", Session),
    ("/renkei.v1.PatientService/UpdateStaffAccess", Session),
    ("/renkei.v1.TimelineService/GetEntry", Recorded),
    ("/renkei.v1.TimelineService/ListEntries", Recorded),
    ("/renkei.v1.TimelineService/ListInbox", Session),
    ("/renkei.v1.TimelineService/ListReaders", Session),
    ("/renkei.v1.TimelineService/MarkRead", Session),
    ("/renkei.v1.TimelineService/PostEntry", Recorded),
    ("/renkei.v1.TimelineService/SearchEntries", Session),
    ("/renkei.v1.TimelineService/Watch", Session),
];

/// What the method at `path` requires. `None`: nobody may call it.
pub(super) fn requirement(path: &str) -> Option<Requirement> {
    METHODS.binary_search_by(|(method, _)| (*method).cmp(path)).ok().map(|at| METHODS[at].1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    #[test]
    fn every_method_of_the_proto_stands_in_the_policy_and_no_other() {
        let set = FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET).unwrap();
        let mut proto = BTreeSet::new();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    proto.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
                }
            }
        }
        let policy: BTreeSet<String> = METHODS
            .iter()
            .map(|(path, _)| (*path).to_owned())
            .filter(|path| path.starts_with("/renkei."))
            .collect();
        assert_eq!(policy, proto);
    }

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(METHODS.is_sorted_by_key(|(path, _)| *path));
    }

    #[test]
    fn few_calls_rest_on_a_session_of_a_moment_ago() {
        let recorded: Vec<&str> = METHODS
            .iter()
            .filter(|(_, requirement)| *requirement == Recorded)
            .map(|(path, _)| *path)
            .collect();
        // each of them puts its every success on record with the session, in `disclose` or in `post_entry`
        let expected = ["GetEntry", "ListEntries", "PostEntry"];
        assert_eq!(recorded, expected.map(|method| format!("/renkei.v1.TimelineService/{method}")));
    }

    #[test]
    fn what_is_not_listed_is_nobodys() {
        assert_eq!(requirement("/renkei.v1.TimelineService/EraseEverything"), None);
        assert_eq!(requirement(""), None);
        assert_eq!(requirement("/renkei.v1.TimelineService/MarkRead"), Some(Session));
    }
}
