//! Who may see what and why: what the server says about it is what reading really gives.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AccessReason, Category, ConsentException, ConsentForm, ExplainAccessRequest, ExplainAccessResponse,
    ListAccessRequest, PurposeOfUse, Role, Sensitivity, StaffAccess, SubjectAccess, SuspendPersonRequest,
    UpdateStaffAccessRequest,
};
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{
    calls::{Answered, posting_of},
    circle::Circle,
    grpc::Session,
    refusal::expect_refused,
    region::{form_organizations, invitation, new_id, notice_of},
};

crate::on_both_engines!(what_is_explained_is_what_is_read);

/// A kind of content.
type Kind = (Category, Sensitivity);

/// Every kind of content that a consent can be about.
fn kinds() -> Vec<Kind> {
    let categories = (1..).map_while(|value| Category::try_from(value).ok());
    let categories = categories.filter(|it| *it != Category::Notice);
    let sensitivities = || (1..).map_while(|value| Sensitivity::try_from(value).ok());
    categories.flat_map(|category| sensitivities().map(move |it| (category, it))).collect()
}

async fn explain(caller: &Session, patient: &str, person_id: String) -> Answered<ExplainAccessResponse> {
    let request = ExplainAccessRequest { patient_id: patient.to_owned(), person_id };
    caller.consents.clone().explain_access(request).await
}

/// What is said for treatment about the only affiliation of the subject.
async fn subject(caller: &Session, patient: &str, person: String) -> Result<SubjectAccess> {
    let mut subjects = explain(caller, patient, person).await?.into_inner().subjects;
    subjects.retain(|subject| subject.purpose() == PurposeOfUse::Treatment);
    ensure!(subjects.len() == 1, "{subjects:?}");
    subjects.pop().context("subject")
}

fn readable(subject: &SubjectAccess) -> BTreeSet<Kind> {
    let read = subject.explanations.iter().filter(|it| it.read);
    read.map(|it| (it.category(), it.sensitivity())).collect()
}

/// Why each kind may be read or not.
fn reasons(subject: &SubjectAccess) -> BTreeSet<AccessReason> {
    subject.explanations.iter().map(|it| it.reason()).collect()
}

async fn list_access(caller: &Session, patient: &str) -> Result<Vec<SubjectAccess>> {
    let mut request =
        ListAccessRequest { patient_id: patient.to_owned(), page_size: 2, ..Default::default() };
    let mut subjects = Vec::new();
    loop {
        let page = caller.consents.clone().list_access(request.clone()).await?.into_inner();
        subjects.extend(page.subjects);
        if page.next_page_token.is_empty() {
            return Ok(subjects);
        }
        request.page_token = page.next_page_token;
    }
}

async fn what_is_explained_is_what_is_read(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let Circle { region, patient, .. } = &circle;
    let (doctor, nurse, manager) = (&circle.doctor.session, &circle.nurse.session, &circle.manager.session);
    for (category, sensitivity) in kinds() {
        doctor.post_as(patient, category, sensitivity, "記録").await?;
    }
    let mental = vec![Sensitivity::Normal.into(), Sensitivity::MentalHealth.into()];
    let except = ConsentException { categories: vec![Category::CarePlan.into()], ..Default::default() };
    let form =
        ConsentForm { sensitivities: mental, exceptions: vec![except], ..form_organizations(&[nurse]) };
    let consent = doctor.consent(patient, form).await?;

    let assistant = region.colleague(nurse, "oda", Role::CareWorker).await?.session;
    let emergency = region.colleague(nurse, "saeki", Role::Nurse).await?.session;
    let invited = region.pharmacist("tabata").await?.session;
    let stranger = region.doctor("ueno").await?.session;
    let former = region.colleague(doctor, "wakui", Role::Nurse).await?.session;
    doctor.patients.clone().invite_care_team_member(invitation(patient, invited.organization())).await?;
    let request = UpdateStaffAccessRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        staff_access: StaffAccess::Assigned.into(),
        person_ids: vec![nurse.person()],
    };
    nurse.patients.clone().update_staff_access(request).await?;
    emergency.break_glass(patient).await?;
    let suspend = SuspendPersonRequest { request_id: new_id(), person_id: former.person() };
    region.admin.identity.clone().suspend_person(suspend).await?;

    use AccessReason as Why;
    let of_nurse: &[Why] = &[Why::Permitted, Why::Denied, Why::SensitivityNotNamed, Why::NoConsent];
    // Denied holds in the emergency too, but not being assigned is what stands in the way first.
    let people: [(&Session, &[Why]); 5] = [
        (doctor, &[Why::Permitted]),
        (nurse, &of_nurse[..3]),
        (manager, &[Why::NoConsent]),
        (&assistant, &[Why::NotAssigned]),
        (&emergency, &[Why::BreakGlass, Why::NotAssigned]),
    ];
    let listed = list_access(doctor, patient).await?;
    for (session, why) in people {
        let who = &session.me.login_name;
        let own = subject(session, patient, String::new()).await?;
        ensure!(own.subject == session.me.actor && own.explanations.len() == kinds().len(), "{own:?}");
        ensure!(reasons(&own) == why.iter().copied().collect(), "{who}: {:?}", reasons(&own));
        ensure!(
            subject(doctor, patient, session.person()).await? == own,
            "{who}: not what the custodian is told"
        );
        let read: BTreeSet<Kind> = match session.list(patient).await {
            Err(_) => BTreeSet::new(),
            Ok(_) => {
                let entries = session.all_entries(patient).await?;
                let entries = entries.iter().filter(|it| notice_of(it).is_none());
                entries.map(|it| (it.category(), it.sensitivity())).collect()
            }
        };
        ensure!(readable(&own) == read, "{who}: explained {:?}, read {read:?}", readable(&own));
        let in_list: Vec<_> = listed.iter().filter(|it| it.subject == own.subject).collect();
        ensure!(in_list.len() == usize::from(!read.is_empty()), "{who}: {in_list:?}");
        for one in in_list {
            ensure!(readable(one) == read && one.explanations.len() == read.len(), "{who}: {one:?}");
        }
        for explanation in &own.explanations {
            let ruled =
                [Why::Permitted, Why::Denied, Why::SensitivityNotNamed].contains(&explanation.reason());
            ensure!(ruled != explanation.rules.is_empty(), "{who}: {explanation:?}");
        }
    }
    ensure!(listed.len() == 3, "{listed:?}");
    // An emergency is one of treatment; of those without one there is one answer for all purposes.
    let told = explain(doctor, patient, emergency.person()).await?.into_inner().subjects;
    let told = told.into_iter().filter(|it| it.purpose() != PurposeOfUse::Treatment);
    ensure!(told.map(|it| readable(&it)).eq([BTreeSet::new(), BTreeSet::new()]), "another purpose");
    ensure!(explain(doctor, patient, nurse.person()).await?.into_inner().subjects.len() == 1);
    let denied = subject(nurse, patient, String::new()).await?;
    let denied =
        denied.explanations.iter().find(|it| it.category() == Category::CarePlan).context("care plan")?;
    let rules: Vec<_> = denied.rules.iter().map(|it| (it.consent_id.as_str(), it.version, it.rule)).collect();
    ensure!(denied.reason() == Why::Denied && rules == [(consent.as_str(), 1, 1)], "{denied:?}");

    others(
        &circle,
        &[
            (&invited, Why::NotAccepted),
            (&stranger, Why::NotMember),
            (&region.admin, Why::Role),
            (&former, Why::Inactive),
        ],
    )
    .await?;
    whom_to_ask(&circle, &invited, &stranger).await?;
    what_may_be_posted(nurse, patient).await
}

/// What the custodian is told of those who see nothing.
async fn others(circle: &Circle, people: &[(&Session, AccessReason)]) -> Result<()> {
    for (session, why) in people {
        let told = subject(&circle.doctor.session, &circle.patient, session.person()).await?;
        ensure!(reasons(&told) == [*why].into() && readable(&told).is_empty(), "{why:?}: {told:?}");
    }
    Ok(())
}

async fn whom_to_ask(circle: &Circle, invited: &Session, stranger: &Session) -> Result<()> {
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    for session in [&circle.manager.session, invited] {
        let answer = explain(session, patient, String::new()).await?.into_inner();
        ensure!(answer.custodian_organization_id == doctor.organization(), "{answer:?}");
        ensure!(answer.custodian_organization_name == "事業所 asano", "{answer:?}");
    }
    for session in [stranger, &circle.region.admin] {
        expect_refused(explain(session, patient, String::new()).await, Code::NotFound, "NOT_FOUND")?;
    }
    let unknown = explain(doctor, patient, new_id()).await;
    expect_refused(unknown, Code::NotFound, "NOT_FOUND")?;
    let other = explain(nurse, patient, doctor.person()).await;
    expect_refused(other, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    let request = ListAccessRequest { patient_id: patient.clone(), ..Default::default() };
    let answer = nurse.consents.clone().list_access(request.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    for session in [&circle.manager.session, stranger] {
        let answer = session.consents.clone().list_access(request.clone()).await;
        expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    }
    circle
        .manager
        .session
        .patients
        .clone()
        .leave_care_team(renkei_proto::v1::LeaveCareTeamRequest {
            request_id: new_id(),
            patient_id: patient.clone(),
            ..Default::default()
        })
        .await?;
    let left = explain(&circle.manager.session, patient, String::new()).await;
    expect_refused(left, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}

async fn what_may_be_posted(caller: &Session, patient: &str) -> Result<()> {
    let own = subject(caller, patient, String::new()).await?;
    for explanation in &own.explanations {
        let (category, sensitivity) = (explanation.category(), explanation.sensitivity());
        let request = posting_of(patient, category, sensitivity, "訪問");
        let posted = caller.timeline.clone().post_entry(request).await.is_ok();
        ensure!(posted == explanation.post, "posted: {posted}, {explanation:?}");
    }
    Ok(())
}
