//! The patient on one screen, and measurements over time: of what the caller may see, as it stands now.

use anyhow::{Result, ensure};
use prost_types::Timestamp;
use renkei_proto::v1::{
    Allergy, AllergyList, AuditAction, CarePlan, Category, Coding, Date, Entry, EntryContent,
    GetPatientSummaryRequest, GetPatientSummaryResponse, Interpretation, LaboratoryReport, LaboratoryResult,
    ListAuditEventsRequest, ListObservationsRequest, ListObservationsResponse, Medication, MedicationEvent,
    MedicationItem, Message, MessageIntent, Observation, ObservedValue, Period, PostEntryRequest, Problem,
    ProblemList, Quantity, Sensitivity, VisitNote, VitalSigns, entry_content::Content,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use crate::{
    circle::Circle,
    grpc::Session,
    record::{bury, correction, retraction},
    refusal::{expect_invalid, expect_refused},
    region::{form_organizations, new_id, posting},
};

crate::on_both_engines!(
    the_newest_of_each_kind_is_shown_as_it_stands,
    a_prescription_is_shown_behind_what_is_told_of_its_drugs,
    the_newest_value_of_each_measurement_is_shown,
    measurements_come_in_pages_that_part_no_entry,
    an_old_measurement_is_found_behind_ten_thousand_entries,
    a_summary_passes_over_five_thousand_that_may_hold_measurements,
    what_is_not_permitted_is_in_no_summary,
    a_summary_is_on_record_with_what_it_showed,
);

fn of(content: Content) -> Option<EntryContent> {
    Some(EntryContent { content: Some(content) })
}

async fn post(session: &Session, patient: &str, content: Content) -> Result<Entry> {
    let request = PostEntryRequest { content: of(content), ..posting(patient, "") };
    Ok(session.post_as_asked(request).await?)
}

async fn summary(session: &Session, patient: &str) -> Result<GetPatientSummaryResponse, Status> {
    let request = GetPatientSummaryRequest { patient_id: patient.to_owned() };
    Ok(session.summaries.clone().get_patient_summary(request).await?.into_inner())
}

fn asking(patient: &str) -> ListObservationsRequest {
    ListObservationsRequest { patient_id: patient.to_owned(), ..Default::default() }
}

async fn page(
    session: &Session,
    request: ListObservationsRequest,
) -> Result<ListObservationsResponse, Status> {
    Ok(session.summaries.clone().list_observations(request).await?.into_inner())
}

/// All pages.
async fn observations(session: &Session, request: ListObservationsRequest) -> Result<Vec<ObservedValue>> {
    let (mut all, mut request) = (Vec::new(), request);
    loop {
        let page = page(session, request.clone()).await?;
        all.extend(page.observations);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

fn problems(names: &[&str]) -> Content {
    let problem = |name: &&str| Problem { name: (*name).to_owned(), ..Default::default() };
    let problems = names.iter().map(problem).collect();
    Content::ProblemList(ProblemList { problems, remark: String::new() })
}

fn allergies(substance: &str) -> Content {
    let allergy = Allergy { substance: substance.to_owned(), ..Default::default() };
    Content::AllergyList(AllergyList { allergies: vec![allergy], ..Default::default() })
}

fn drug(event: MedicationEvent, name: &str, day: Option<i32>) -> Content {
    Content::Medication(Medication {
        event: event.into(),
        items: vec![MedicationItem { name: name.to_owned(), ..Default::default() }],
        effective_date: day.map(|day| Date { year: 2026, month: 6, day }),
        ..Default::default()
    })
}

fn question(text: &str) -> Content {
    Content::Message(Message { text: text.to_owned(), intent: MessageIntent::Question.into() })
}

fn coding(code: &str) -> Option<Coding> {
    Some(Coding { system: "http://loinc.org".to_owned(), code: code.to_owned(), display: String::new() })
}

fn quantity(value: &str) -> Option<Quantity> {
    Some(Quantity { value: value.to_owned(), unit: "1".to_owned() })
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

const TEMPERATURE: &str = "8310-5";
const PULSE: &str = "8867-4";
const ALBUMIN: &str = "1751-7";
/// A day in the past.
const DAY: i64 = 1_780_000_000;

fn observed(code: &str, value: &str) -> Observation {
    Observation { code: coding(code), value: quantity(value) }
}

fn vitals(values: &[(&str, &str)], seconds: i64) -> Content {
    let observations = values.iter().map(|(code, value)| observed(code, value)).collect();
    Content::VitalSigns(VitalSigns { observations, measure_time: at(seconds), remark: String::new() })
}

fn ids<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a str> {
    entries.into_iter().map(|entry| entry.entry_id.as_str()).collect()
}

async fn the_newest_of_each_kind_is_shown_as_it_stands(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let nothing = summary(nurse, patient).await?;
    ensure!(nothing == GetPatientSummaryResponse::default(), "{nothing:?}");

    let first = post(doctor, patient, problems(&["高血圧"])).await?;
    let second = post(doctor, patient, problems(&["高血圧", "脳梗塞後遺症"])).await?;
    let penicillin = post(doctor, patient, allergies("ペニシリン")).await?;
    let wrong = post(doctor, patient, allergies("そば")).await?;
    let plan = Content::CarePlan(CarePlan { policy: "自宅で過ごす".to_owned(), ..Default::default() });
    let plan = post(&circle.manager.session, patient, plan).await?;
    let old = post(doctor, patient, drug(MedicationEvent::Prescription, "アムロジピン", Some(20))).await?;
    // posted later, but of an earlier day
    post(doctor, patient, drug(MedicationEvent::Prescription, "以前の処方", Some(2))).await?;
    post(doctor, patient, drug(MedicationEvent::Residual, "残薬", Some(25))).await?;
    let given = post(nurse, patient, drug(MedicationEvent::Dispensing, "酸化マグネシウム", None)).await?;
    let asked = post(nurse, patient, question("眠剤は続けますか")).await?;
    let other = post(doctor, patient, question("熱はありますか")).await?;
    doctor.retract(retraction(&wrong)).await?;

    let found = summary(nurse, patient).await?;
    ensure!(ids(&found.problem_list) == [second.entry_id.as_str()], "{:?}", found.problem_list);
    ensure!(ids(&found.allergy_list) == [penicillin.entry_id.as_str()], "the retracted one counts");
    ensure!(ids(&found.care_plan) == [plan.entry_id.as_str()]);
    ensure!(ids(&found.medications) == ids([&given, &old]), "{:?}", found.medications);
    ensure!(ids(&found.open_questions) == ids([&other, &asked]));

    // what takes the place of another is shown, and no more than that
    let corrected = doctor.correct(correction(&second, of(problems(&["高血圧", "脳出血後遺症"])))).await?;
    let reply = PostEntryRequest {
        reply_to_entry_id: asked.entry_id.clone(),
        content: of(Content::Message(Message {
            text: "はい".to_owned(),
            intent: MessageIntent::Answer.into(),
        })),
        ..posting(patient, "")
    };
    doctor.post_as_asked(reply).await?;
    let found = summary(nurse, patient).await?;
    ensure!(ids(&found.problem_list) == [corrected.entry_id.as_str()]);
    ensure!(found.problem_list.as_ref().is_some_and(|entry| entry.revision == 2 && entry.content.is_some()));
    ensure!(ids(&found.open_questions) == [other.entry_id.as_str()]);
    doctor.retract(retraction(&corrected)).await?;
    let found = summary(nurse, patient).await?;
    ensure!(ids(&found.problem_list) == [first.entry_id.as_str()], "{:?}", found.problem_list);
    Ok(())
}

async fn the_newest_value_of_each_measurement_is_shown(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let result = LaboratoryResult {
        code: coding(ALBUMIN),
        value: quantity("3.1"),
        low: "4.1".to_owned(),
        interpretation: Interpretation::Low.into(),
        ..Default::default()
    };
    let report =
        LaboratoryReport { results: vec![result], collection_time: at(DAY + 500), ..Default::default() };
    post(doctor, patient, Content::LaboratoryReport(report)).await?;
    let late = post(nurse, patient, vitals(&[(TEMPERATURE, "37.9"), (PULSE, "88")], DAY + 200)).await?;
    // handed in later, measured earlier
    let note = VisitNote {
        observations: vec![observed(TEMPERATURE, "36.5"), observed("9279-1", "16")],
        visit_time: at(DAY),
        ..Default::default()
    };
    let early = post(nurse, patient, Content::VisitNote(note)).await?;
    let wrong = post(nurse, patient, vitals(&[(PULSE, "880")], DAY + 300)).await?;
    nurse.retract(retraction(&wrong)).await?;

    let values = summary(doctor, patient).await?.last_observations;
    let shown: Vec<_> = values
        .iter()
        .map(|it| (it.code.as_ref().map_or("", |code| code.code.as_str()), number(it)))
        .collect();
    ensure!(shown == [(TEMPERATURE, "37.9"), (PULSE, "88"), ("9279-1", "16"), (ALBUMIN, "3.1")], "{shown:?}");
    ensure!(values[0].observe_time == at(DAY + 200) && values[0].entry_id == late.entry_id);
    ensure!(values[0].author == nurse.me.actor, "{values:?}");
    ensure!(values[2].entry_id == early.entry_id && values[2].observe_time == at(DAY));
    ensure!(values[3].low == "4.1" && values[3].interpretation() == Interpretation::Low, "{values:?}");

    // by code and by when it was measured
    let list = observations(doctor, asking(patient)).await?;
    let of_list: Vec<_> = list.iter().map(number).collect();
    ensure!(of_list == ["36.5", "16", "37.9", "88", "3.1"], "{of_list:?}");
    let temperature = ListObservationsRequest { codes: vec![TEMPERATURE.to_owned()], ..asking(patient) };
    ensure!(observations(doctor, temperature.clone()).await?.len() == 2);
    let period = Some(Period { start: at(DAY + 200), end: at(DAY + 500) });
    let within = observations(doctor, ListObservationsRequest { period, ..asking(patient) }).await?;
    ensure!(within.len() == 2 && within.iter().all(|it| it.entry_id == late.entry_id), "{within:?}");
    let period = Some(Period { start: at(DAY + 201), end: None });
    ensure!(observations(doctor, ListObservationsRequest { period, ..temperature }).await?.is_empty());
    Ok(())
}

async fn a_prescription_is_shown_behind_what_is_told_of_its_drugs(engine: Engine) -> Result<()> {
    const TOLD: usize = 450;
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let given = post(doctor, patient, drug(MedicationEvent::Prescription, "アムロジピン", None)).await?;
    post(nurse, patient, drug(MedicationEvent::Residual, "アムロジピン", None)).await?;
    bury(&circle.region.server, engine, TOLD)?;
    let shown = summary(doctor, patient).await?.medications;
    ensure!(shown.iter().any(|entry| entry.entry_id == given.entry_id), "{} are shown", shown.len());
    Ok(())
}

async fn measurements_come_in_pages_that_part_no_entry(engine: Engine) -> Result<()> {
    // more than the first slice
    const ENTRIES: usize = 140;
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let mut expected = Vec::new();
    for number in 0..ENTRIES {
        let value = format!("{number}");
        let values = vec![(PULSE, value.as_str()); 1 + number % 3];
        let entry = post(doctor, patient, vitals(&values, DAY + number as i64)).await?;
        expected.splice(0..0, values.iter().map(|_| entry.entry_id.clone()));
        if number % 10 == 0 {
            doctor.post(patient, "変わりなし").await?;
        }
    }
    for page_size in [1, 2, 7, 100, 1_000] {
        let (mut found, mut request) = (Vec::new(), ListObservationsRequest { page_size, ..asking(patient) });
        loop {
            let page = page(nurse, request.clone()).await?;
            let ids: Vec<String> = page.observations.into_iter().map(|it| it.entry_id).collect();
            let is_one = ids.iter().all(|id| *id == ids[0]);
            ensure!(ids.len() <= page_size as usize || is_one, "{page_size}: {ids:?}");
            if let (Some(last), Some(first)) = (found.last(), ids.first()) {
                ensure!(last != first, "{page_size}: parted");
            }
            found.extend(ids);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        ensure!(found == expected, "{page_size}");
    }

    // a token continues this list, of this caller, and no other
    let first = page(nurse, ListObservationsRequest { page_size: 2, ..asking(patient) }).await?;
    let next = ListObservationsRequest { page_token: first.next_page_token, ..asking(patient) };
    for other in [
        ListObservationsRequest { codes: vec![PULSE.to_owned()], ..next.clone() },
        ListObservationsRequest { period: Some(Period { start: at(DAY), end: None }), ..next.clone() },
    ] {
        let answer = nurse.summaries.clone().list_observations(other).await;
        expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    }
    let answer = doctor.summaries.clone().list_observations(next).await;
    expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    let twice = ListObservationsRequest { codes: vec![PULSE.to_owned(); 2], ..asking(patient) };
    expect_invalid(nurse.summaries.clone().list_observations(twice).await, "codes")?;
    Ok(())
}

async fn an_old_measurement_is_found_behind_ten_thousand_entries(engine: Engine) -> Result<()> {
    const OTHERS: usize = 10_000;
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let consent = doctor.consent_to_all(patient).await?;
    let old = post(nurse, patient, vitals(&[(PULSE, "88")], DAY)).await?;
    doctor.post(patient, "変わりなし").await?;
    bury(&circle.region.server, engine, OTHERS)?;
    let (mut request, mut found) = (asking(patient), Vec::new());
    loop {
        let page = page(nurse, request.clone()).await?;
        found.push(page.observations.into_iter().map(|it| it.entry_id).collect::<Vec<_>>());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    ensure!(found == [vec![], vec![], vec![old.entry_id.clone()]], "5,000 places a call: {found:?}");
    // a summary does not count what can hold none
    let shown = summary(nurse, patient).await?.last_observations;
    ensure!(shown.len() == 1 && shown[0].entry_id == old.entry_id, "{shown:?}");

    // who sees only what they wrote is not told how much follows
    doctor.withdraw(patient, &consent, None).await?;
    let own = page(nurse, asking(patient)).await?;
    ensure!(own.observations.len() == 1 && own.next_page_token.is_empty(), "{own:?}");
    Ok(())
}

async fn a_summary_passes_over_five_thousand_that_may_hold_measurements(engine: Engine) -> Result<()> {
    const PASSED_OVER: usize = 5_000;
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let old = post(doctor, patient, vitals(&[(PULSE, "88")], DAY)).await?;
    let restricted = PostEntryRequest {
        sensitivity: Sensitivity::Abuse.into(),
        content: of(vitals(&[(PULSE, "90")], DAY + 1)),
        ..posting(patient, "")
    };
    doctor.post_as_asked(restricted).await?;
    bury(&circle.region.server, engine, PASSED_OVER - 2)?;
    let shown = summary(nurse, patient).await?.last_observations;
    ensure!(shown.len() == 1 && shown[0].entry_id == old.entry_id, "{shown:?}");
    bury(&circle.region.server, engine, 1)?;
    let shown = summary(nurse, patient).await?.last_observations;
    ensure!(shown.is_empty(), "{shown:?}");
    let listed = observations(nurse, asking(patient)).await?;
    ensure!(listed.len() == 1 && listed[0].entry_id == old.entry_id, "{listed:?}");
    Ok(())
}

async fn what_is_not_permitted_is_in_no_summary(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let seen = post(doctor, patient, allergies("ペニシリン")).await?;
    post(doctor, patient, problems(&["うつ病"])).await?;
    post(doctor, patient, vitals(&[(TEMPERATURE, "36.5")], DAY)).await?;
    post(doctor, patient, question("眠剤は続けますか")).await?;
    let not_found = async |session: &Session, patient: &str| -> Result<()> {
        let request = GetPatientSummaryRequest { patient_id: patient.to_owned() };
        let answer = session.summaries.clone().get_patient_summary(request).await;
        expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
        let answer = session.summaries.clone().list_observations(asking(patient)).await;
        expect_refused(answer, Code::NotFound, "NOT_FOUND").map(drop)
    };
    not_found(nurse, patient).await?;
    not_found(nurse, &new_id()).await?;

    let mut form = form_organizations(&[nurse]);
    form.categories = vec![Category::Medication.into()];
    let consent = doctor.consent(patient, form).await?;
    let found = summary(nurse, patient).await?;
    let only = GetPatientSummaryResponse { allergy_list: found.allergy_list.clone(), ..Default::default() };
    ensure!(found == only && ids(&found.allergy_list) == [seen.entry_id.as_str()], "{found:?}");
    let hidden = page(nurse, asking(patient)).await?;
    ensure!(hidden == ListObservationsResponse::default(), "{hidden:?}");

    // a newer one that is not seen leaves the older one in its place
    let hidden = PostEntryRequest {
        category: Category::VisitNote.into(),
        content: of(allergies("そば")),
        ..posting(patient, "")
    };
    doctor.post_as_asked(hidden).await?;
    ensure!(ids(&summary(nurse, patient).await?.allergy_list) == [seen.entry_id.as_str()]);
    doctor.withdraw(patient, &consent, None).await?;
    not_found(nurse, patient).await?;
    Ok(())
}

async fn a_summary_is_on_record_with_what_it_showed(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    doctor.consent_to_all(patient).await?;
    let list = post(doctor, patient, allergies("ペニシリン")).await?;
    doctor.post(patient, "変わりなし").await?;
    let vital = post(doctor, patient, vitals(&[(TEMPERATURE, "36.5")], DAY)).await?;
    let older = post(doctor, patient, vitals(&[(TEMPERATURE, "36.4")], DAY - 1)).await?;
    summary(nurse, patient).await?;
    page(nurse, ListObservationsRequest { page_size: 1, ..asking(patient) }).await?;

    let request =
        ListAuditEventsRequest { patient_id: patient.clone(), page_size: 200, ..Default::default() };
    let mut events = doctor.audit.clone().list_audit_events(request).await?.into_inner().events;
    events.retain(|event| {
        event.action() == AuditAction::EntryRead
            && event.actor.as_ref().is_some_and(|actor| actor.person_id == nurse.person())
    });
    let seqs = |at: usize| -> Vec<i64> {
        events[at].seqs.iter().flat_map(|range| range.first..=range.last).collect()
    };
    ensure!(events.len() == 2, "{events:?}");
    ensure!(seqs(0) == [older.seq], "{events:?}");
    ensure!(seqs(1) == [list.seq, vital.seq], "{events:?}");
    Ok(())
}

fn number(observed: &ObservedValue) -> &str {
    observed.value.as_ref().map_or("", |value| value.value.as_str())
}
