//! Text that would do something elsewhere (SQL, HTML, terminals, shells, paths) is only text here, and the
//! client shows it without letting it act on the terminal.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    CreateOrganizationRequest, Demographics, InviteCareTeamMemberRequest, ListOrganizationsRequest,
    ListPatientsRequest, OrganizationKind, RegisterPatientRequest, Role,
};
use renkei_tests::{cli::Cli, database::Engine, fixtures};
use tonic::Code;

use crate::{
    refusal::{expect, expect_invalid},
    region::{PASSWORD, Region, demographics, invitation, message, new_id, posting, text_of},
};

crate::on_both_engines!(hostile_text_is_only_text, the_client_lets_no_text_act_on_the_terminal);

const HOSTILE: [&str; 13] = [
    "'; DROP TABLE patients; --",
    "\"; DELETE FROM entry; --",
    "' OR '1'='1",
    "\\'; SELECT pg_sleep(10); --",
    "$1 ? :name @x {0} %s %n",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${jndi:ldap://127.0.0.1/a} #{1+1}",
    "`reboot` $(reboot) | reboot",
    "=cmd|' /C calc'!A0",
    "\u{feff}\u{200b}見えない\u{200d}文字",
    "𠮷野家 か\u{3099} 👨‍👩‍👧‍👦 ﷽",
    "../../../etc/passwd",
    "../ %2e%2e%2f ..\\..\\",
];

/// Harmless in a message, which the client shows with care; refused in names, which could pass for others, and taken out of
/// names of files.
const TURNING: &str = "\u{202e}gnp.exe\u{2066}";

/// Control characters, which could act on a terminal: refused.
const CONTROL: [&str; 3] =
    ["\u{1b}[2J\u{1b}[31mred\u{1b}]0;title\u{7}", "a\rb\u{8}\u{8}c", "\u{9b}31m\u{85}next"];

async fn hostile_text_is_only_text(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sugita").await?.session;
    let patient = doctor.register().await?;

    for text in HOSTILE {
        let stored = doctor.post(&patient, text).await.with_context(|| format!("{text:?}"))?;
        ensure!(text_of(&stored) == text, "{text:?} became {:?}", text_of(&stored));
    }
    for name in CONTROL.into_iter().chain([TURNING]) {
        let who = Demographics { name: name.to_owned(), ..demographics() };
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(who) };
        expect_invalid(doctor.patients.clone().register_patient(request).await, "demographics.name")?;
        let status = doctor.upload(&patient, name, fixtures::PHOTO).await.err();
        // of a file's name such characters are taken out: what is left must be told by what it is
        let reason = if name == TURNING { "CONTENT_EXECUTABLE" } else { "REQUEST_INVALID" };
        expect(&status.context("a hostile file name was taken")?, Code::InvalidArgument, reason)?;
    }
    for text in CONTROL {
        expect_invalid(doctor.timeline.clone().post_entry(posting(&patient, text)).await, "content")?;
    }
    let entries = doctor.all_entries(&patient).await?;
    ensure!(entries.iter().map(text_of).eq(HOSTILE), "{entries:?}");

    for (number, text) in HOSTILE.iter().enumerate() {
        let who = Demographics {
            name: (*text).to_owned(),
            name_kana: format!("カナ{number}"),
            local_identifier: format!("'--{number}"),
            ..demographics()
        };
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(who.clone()) };
        let answer = doctor.patients.clone().register_patient(request).await;
        let patient = answer.with_context(|| format!("{text:?}"))?.into_inner().patient;
        ensure!(
            patient.as_ref().and_then(|patient| patient.demographics.as_ref()) == Some(&who),
            "{patient:?}"
        );
        for (find, count) in [(who.local_identifier.as_str(), 1), ("'OR'1'='1", 0)] {
            let request = ListPatientsRequest { local_identifier: find.to_owned(), ..Default::default() };
            let found = doctor.patients.clone().list_patients(request).await?.into_inner().patients;
            ensure!(found.len() == count, "{find} found {}", found.len());
        }
        let request = CreateOrganizationRequest {
            request_id: new_id(),
            kind: OrganizationKind::Clinic.into(),
            name: (*text).to_owned(),
        };
        region
            .admin
            .identity
            .clone()
            .create_organization(request)
            .await
            .with_context(|| format!("{text:?}"))?;
    }
    let all = region.admin.identity.clone().list_organizations(ListOrganizationsRequest::default()).await?;
    let names: Vec<&str> = all.get_ref().organizations.iter().map(|one| one.name.as_str()).collect();
    for text in HOSTILE {
        ensure!(names.contains(&text), "{text:?} is not among {names:?}");
    }
    Ok(())
}

async fn the_client_lets_no_text_act_on_the_terminal(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sugita").await?.session;
    let patient = doctor.register().await?;
    for text in HOSTILE.into_iter().chain([TURNING]) {
        doctor.post(&patient, text).await?;
    }
    let file = doctor.upload(&patient, "<b>$(reboot)';--.jpg", fixtures::PHOTO).await?;
    let mut request = posting(&patient, "写真");
    request.content = message("写真");
    request.attachment_ids = vec![file.attachment_id.clone()];
    doctor.timeline.clone().post_entry(request).await?;

    // A nurse of another organisation reads it with the real client.
    let nurse = region.admit("terada", OrganizationKind::HomeVisitNursing, Role::Nurse).await?;
    let secrets = region.server.folder().join("secrets");
    fs::create_dir(&secrets)?;
    let (code, password) = (secrets.join("code"), secrets.join("password"));
    fs::write(&code, nurse)?;
    fs::write(&password, PASSWORD)?;
    let (code, password) = (code.display().to_string(), password.display().to_string());
    let cli = Cli::new(&region.server.folder().join("home"), "terada", "ja");
    let server = region.server.url();
    let secrets = ["--code-file", &code, "--password-file", &password];
    cli.text(&[&["device", "enroll", "--server", &server], &secrets[..]].concat(), "")?;
    cli.text(&["login", "--password-file", &password], "")?;
    let me = cli.json(&["whoami"])?;
    let organization = me["identity"]["actor"]["organization_id"].as_str().context("whoami")?.to_owned();
    let request = InviteCareTeamMemberRequest {
        message: "\u{202e}ianatak\u{202c} <b>".to_owned(),
        ..invitation(&patient, organization)
    };
    doctor.patients.clone().invite_care_team_member(request).await?;
    let mut shown = vec![cli.text(&["care-team", "invitations"], "")?];
    cli.text(&["care-team", "accept", &patient], "")?;
    doctor.consent_to_all(&patient).await?;

    shown.push(cli.text(&["inbox"], "")?);
    shown.push(cli.text(&["timeline", "show", &patient], "")?);
    for output in &shown {
        let acting = |letter: char| {
            (letter.is_control() && letter != '\n')
                || ('\u{202a}'..='\u{202e}').contains(&letter)
                || ('\u{2066}'..='\u{2069}').contains(&letter)
        };
        ensure!(
            !output.contains(acting),
            "{:?} reaches the terminal in {output:?}",
            output.chars().find(|&c| acting(c))
        );
    }
    let timeline = cli.json(&["timeline", "show", &patient])?;
    let texts: Vec<&str> = timeline
        .as_array()
        .context("a list")?
        .iter()
        .filter_map(|entry| entry["content"]["message"]["text"].as_str())
        .collect();
    for text in HOSTILE.into_iter().chain([TURNING]) {
        ensure!(texts.contains(&text), "{text:?} did not arrive as it was");
    }
    Ok(())
}
