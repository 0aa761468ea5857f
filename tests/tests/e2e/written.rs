//! What clinicians write and do with the real client: every kind of entry by its form, and what is done to entries.

mod files;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::database::Engine;
use serde_json::{Value, json};

use crate::{account::commands::Computer, region::Region};

crate::on_both_engines!(
    every_kind_is_written_by_its_form_and_read_as_it_was_written,
    a_question_is_asked_answered_and_acknowledged,
    what_was_wrong_is_corrected_and_taken_back,
    what_a_clerk_enters_waits_for_the_doctor,
);

/// A clinic with a patient, a doctor and a clerk, each at a computer.
struct Clinic {
    region: Region,
    doctor: Computer,
    clerk: Computer,
    patient: String,
}

impl Clinic {
    async fn open(engine: Engine) -> Result<Self> {
        let region = Region::open(engine).await?;
        let code = region.admit("hana", OrganizationKind::Clinic, Role::Doctor).await?;
        let doctor = Computer::enroll(&region, "hana", &code)?;
        let me = doctor.cli.json(&["whoami"])?;
        let clinic = me["identity"]["actor"]["organization_id"].as_str().context("organization_id")?;
        let code = region.employ(clinic, "ema", Role::Nurse).await?;
        let clerk = Computer::enroll(&region, "ema", &code)?;
        let birth = ["--birth-date", "1941-02-03", "--sex", "female", "--local-id", "71"];
        let name = ["patient", "register", "--name", "山田 花", "--kana", "ヤマダ ハナ"];
        let patient = text(&doctor.cli.json(&[&name[..], &birth].concat())?, "patient_id")?;
        Ok(Self { region, doctor, clerk, patient })
    }

    fn shown(&self, by: &Computer, filter: &[&str]) -> Result<Vec<Value>> {
        let show = ["timeline", "show", &self.patient, "--no-mark-read"];
        let entries = by.cli.json(&[&show[..], filter].concat())?;
        let entries = entries.as_array().context("entries")?;
        Ok(entries.iter().filter(|entry| entry["kind"] != "notice").cloned().collect())
    }
}

fn text(document: &Value, field: &str) -> Result<String> {
    Ok(document[field].as_str().with_context(|| format!("no {field} in {document}"))?.to_owned())
}

/// A kind, what is set, and a part of what it then says.
type Case = (&'static str, &'static [&'static str], Value);

fn cases() -> Vec<Case> {
    vec![
        ("visit_note", &["S=#1 褥瘡", "V=bp=128/76 temp=36.8"], json!({"subjective": "#1 褥瘡"})),
        ("message", &["text=了解"], json!({"text": "了解"})),
        ("vital_signs", &["observations=体温=36.80 spo2=97"], json!({"remark": ""})),
        (
            "medication",
            &["event=処方", "item=アムロジピン錠5mg||1回1錠|1日1回 朝食後|14", "effective_date=2026-07-01"],
            json!({"event": "prescription", "effective_date": "2026-07-01"}),
        ),
        (
            "laboratory_report",
            &["result=code=K; value=5.9 mmol/L; low=3.6; high=4.8; interpretation=H", "laboratory=架空検査"],
            json!({"laboratory": "架空検査"}),
        ),
        (
            "nursing_instruction",
            &[
                "type=特別訪問看護指示書",
                "first_date=2026-07-01",
                "last_date=2026-07-14",
                "diagnosis=肺炎",
                "instruction=毎日訪問",
            ],
            json!({"type": "special", "last_date": "2026-07-14"}),
        ),
        (
            "referral_letter",
            &["recipient_organization=架空病院", "purpose=精査", "diagnosis=貧血"],
            json!({"purpose": "精査"}),
        ),
        (
            "care_plan",
            &[
                "care_level=要介護2",
                "goal=need=歩きたい; short_term=トイレまで",
                "service=訪問看護|架空|週1回",
            ],
            json!({"care_level": "care_2"}),
        ),
        (
            "daily_life",
            &["scores=食事=10 移乗=15", "disability_level=Ａ２", "dementia_level=Ⅱa"],
            json!({"disability_level": "a2", "dementia_level": "iia"}),
        ),
        (
            "conference_minutes",
            &[
                "type=サービス担当者会議",
                "hold_time=2026-07-01 14:00",
                "participant=架空 鈴木",
                "participant=架空 田中",
                "conclusion=継続",
            ],
            json!({"type": "service", "participants": ["架空 鈴木", "架空 田中"]}),
        ),
        ("admission_information", &["hospital=架空病院", "living=独居"], json!({"living": "独居"})),
        (
            "discharge_summary",
            &["hospital=架空病院", "discharge_date=2026-06-30", "diagnosis=肺炎"],
            json!({"discharge_date": "2026-06-30"}),
        ),
        ("wound", &["series=仙骨部", "length_mm=３２", "width_mm=20"], json!({"length_mm": 32})),
        ("memo", &["title=鍵", "text=玄関の左"], json!({"title": "鍵"})),
        ("document", &["title=同意書の写し", "issue_date=2026-06-01"], json!({"issue_date": "2026-06-01"})),
        ("problem_list", &["problem=高血圧症|icd10#I10|2019年頃|治療中・継続"], json!({"remark": ""})),
        ("allergy_list", &["none_known=はい"], json!({"none_known": true})),
    ]
}

async fn every_kind_is_written_by_its_form_and_read_as_it_was_written(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let file = clinic.region.server.folder().join("copy.txt");
    fs::write(&file, "写し")?;
    let file = file.display().to_string();
    for (kind, fields, part) in cases() {
        let mut args = vec!["post", &clinic.patient, "--kind", kind];
        args.extend(fields.iter().flat_map(|field| ["--set", field]));
        if kind == "document" {
            args.extend(["--attach", &file]);
        }
        let posted = clinic.doctor.cli.json(&args)?;
        ensure!(posted["kind"] == kind, "{posted}");
        let said = &posted["content"][kind];
        for (name, value) in part.as_object().context("a part")? {
            ensure!(said[name] == *value, "{kind}.{name}: {said}");
        }

        // what was posted is what a correction begins with: nothing of it is lost on the way
        let entry = text(&posted, "entry_id")?;
        let correct = ["entry", "correct", &clinic.patient, &entry, "--reason", "確かめる"];
        let (field, value) = fields[0].split_once('=').context("an assignment")?;
        if !["item", "result", "problem", "observations", "scores", "V"].contains(&field) {
            let same = format!("{field}={value}");
            let corrected = clinic.doctor.cli.json(&[&correct[..], &["--set", &same]].concat())?;
            ensure!(corrected["content"] == posted["content"], "{corrected}\nis not\n{posted}");
        }
    }
    let current = clinic.shown(&clinic.clerk, &["--current", "--limit", "1000"])?;
    ensure!(current.len() == cases().len(), "{} entries", current.len());
    let medication = clinic.shown(&clinic.clerk, &["--kind", "medication"])?;
    ensure!(medication[0]["content"]["medication"]["items"][0]["days"] == 14, "{medication:?}");
    let files = clinic.shown(&clinic.clerk, &["--with-attachments"])?;
    ensure!(files.iter().all(|entry| entry["kind"] == "document") && !files.is_empty(), "{files:?}");

    let show = ["timeline", "show", &clinic.patient, "--limit", "1000", "--no-mark-read"];
    let printed = clinic.clerk.cli.text(&show, "")?;
    for words in ["アムロジピン錠5mg", "5.9 mmol/L  3.6–4.8    H", "25 points in 2 items", "care level 2"]
    {
        ensure!(printed.contains(words), "{words} is not in\n{printed}");
    }
    Ok(())
}

async fn a_question_is_asked_answered_and_acknowledged(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let ask = ["post", &clinic.patient, "--message", "眠剤は？", "--question", "--mention", "role:doctor"];
    let question = clinic.clerk.cli.json(&ask)?;
    ensure!(
        question["question_state"] == "open" && question["mentions"][0]["role"] == "doctor",
        "{question}"
    );
    let entry = text(&question, "entry_id")?;
    for view in ["mentions", "open_questions"] {
        let waits = clinic.doctor.cli.json(&["inbox", "--view", view])?;
        ensure!(waits[0]["entry_id"] == entry.as_str(), "{view}: {waits}");
    }
    let word = ["entry", "acknowledge", &clinic.patient, &entry, "--word", "明日見ます"];
    clinic.doctor.cli.text(&word, "")?;
    let answer = ["post", &clinic.patient, "--message", "半量に", "--answer", "--reply-to", &entry];
    clinic.doctor.cli.text(&answer, "")?;
    let answered = clinic.clerk.cli.json(&["entry", "show", &clinic.patient, &entry])?;
    ensure!(answered["question_state"] == "answered", "{answered}");
    let readers = clinic.clerk.cli.json(&["timeline", "readers", &clinic.patient, &entry])?;
    ensure!(readers["acknowledgements"][0]["word"] == "明日見ます", "{readers}");
    let printed = clinic.clerk.cli.text(&["timeline", "readers", &clinic.patient, &entry], "")?;
    ensure!(printed.contains("Acknowledged by 1") && printed.contains("明日見ます"), "{printed}");
    Ok(())
}

async fn what_was_wrong_is_corrected_and_taken_back(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let posted = clinic.doctor.cli.json(&["post", &clinic.patient, "--subjective", "右膝が痛い"])?;
    let entry = text(&posted, "entry_id")?;
    let none = clinic.doctor.code(&["entry", "correct", &clinic.patient, &entry, "--set", "S=左膝が痛い"])?;
    ensure!(none == Some(2), "a correction wants a reason: {none:?}");
    let reason = ["entry", "correct", &clinic.patient, &entry, "--set", "S=左膝が痛い", "--reason", "左右"];
    let corrected = clinic.doctor.cli.json(&reason)?;
    ensure!(corrected["revision"] == 2 && corrected["amendment"]["reason"] == "左右", "{corrected}");
    ensure!(clinic.doctor.code(&reason)? == Some(6), "a correction has its own correction");
    let newest = text(&corrected, "entry_id")?;
    let retract = ["entry", "retract", &clinic.patient, &newest, "--reason", "別の患者", "--yes"];
    clinic.doctor.cli.text(&retract, "")?;
    let history = clinic.clerk.cli.json(&["entry", "show", &clinic.patient, &newest, "--history"])?;
    let stands: Vec<_> =
        history.as_array().context("history")?.iter().map(|one| one["status"].clone()).collect();
    ensure!(stands == ["corrected", "entered_in_error", "final"], "{history}");
    let printed = clinic.clerk.cli.text(&["entry", "show", &clinic.patient, &newest, "--history"], "")?;
    for words in ["右膝が痛い", "左膝が痛い", "entered in error", "revision 2", "(reason: 別の患者)"]
    {
        ensure!(printed.contains(words), "{words} is not in\n{printed}");
    }
    ensure!(clinic.shown(&clinic.clerk, &["--current"])?.is_empty(), "nothing stands any more");
    let left = clinic.doctor.cli.json(&["outbox", "list"])?;
    ensure!(left[0]["state"] == "refused", "the second correction waits for its author: {left}");
    Ok(())
}

async fn what_a_clerk_enters_waits_for_the_doctor(engine: Engine) -> Result<()> {
    let clinic = Clinic::open(engine).await?;
    let enter = ["post", &clinic.patient, "--kind", "memo", "--set", "text=口述", "--for", "hana"];
    let entered = clinic.clerk.cli.json(&enter)?;
    ensure!(entered["status"] == "preliminary", "{entered}");
    let entry = text(&entered, "entry_id")?;
    let printed = clinic.doctor.cli.text(&["inbox", "--view", "to_finalize"], "")?;
    ensure!(printed.contains("not finalised") && printed.contains("to finalise: 1"), "{printed}");
    let finalised = clinic.doctor.cli.json(&["entry", "finalize", &clinic.patient, &entry])?;
    ensure!(finalised["status"] == "final", "{finalised}");
    let printed = clinic.clerk.cli.text(&["entry", "show", &clinic.patient, &entry], "")?;
    ensure!(printed.contains("entered by 職員 ema for 職員 hana"), "{printed}");
    Ok(())
}
