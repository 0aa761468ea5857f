//! The administrator makes organisations, people and affiliations, and hands out enrolment codes; each
//! person enrols a device and logs in with two factors.

use anyhow::{Result, ensure};

use super::{
    cast::{ADMIN, ADMIN_PASSWORD, PEOPLE, Person},
    stage::{Stage, field, list},
};

pub(super) fn play(stage: &Stage) -> Result<()> {
    stage.scene(
        "地域の開設：管理者が端末を登録し、ログインする（証明書＋パスワードの二要素）",
        "The region opens: the administrator enrols a device and logs in (certificate + password)",
    );
    ensure!(stage.administrator.login_name == ADMIN, "init named {}", stage.administrator.login_name);
    enroll(stage, ADMIN, "管理用パソコン", &stage.administrator.enrollment_code, ADMIN_PASSWORD)?;

    stage.scene(
        "管理者が事業所・職員・所属を作り、登録コードを手渡す",
        "The administrator creates organisations, people and affiliations, and hands out enrolment codes",
    );
    let mut codes = Vec::new();
    for (number, person) in PEOPLE.iter().enumerate() {
        let is_first = PEOPLE[..number].iter().all(|other| other.organization != person.organization);
        codes.push(admit(stage, person, is_first)?);
    }

    stage.scene("職員がそれぞれ自分の端末を登録する", "Each person enrols a device");
    for (person, code) in PEOPLE.iter().zip(&codes) {
        stage.say(
            &format!("{} {}", person.title.0, person.name),
            &format!("{}, {}", person.name, person.title.1),
        );
        enroll(stage, person.login, person.device, code, person.password)?;
        let me = stage.ask(person.login, &["whoami"])?;
        let actor = &me["identity"]["actor"];
        ensure!(actor["person_name"] == person.name, "whoami of {}: {me}", person.login);
        ensure!(actor["organization_name"] == person.organization, "whoami of {}: {me}", person.login);
    }

    let organizations = stage.ask(ADMIN, &["organization", "list"])?;
    for person in &PEOPLE {
        let found = list(&organizations)?.iter().any(|one| one["name"] == person.organization);
        ensure!(found, "{} is not in {organizations}", person.organization);
    }
    stage.fact(
        "八つの事業所の十人が、それぞれの端末でログインした",
        "Ten people of eight organisations have logged in",
    );
    Ok(())
}

/// Creates a person with everything around it, the organisation with its first person, and returns the
/// enrolment code.
fn admit(stage: &Stage, person: &Person, is_first: bool) -> Result<String> {
    if is_first {
        let what = ["--kind", person.kind, "--name", person.organization];
        stage.show(ADMIN, &[&["organization", "create"], &what[..]].concat())?;
    }
    let names = ["--login-name", person.login, "--name", person.name, "--kana", person.kana];
    stage.show(ADMIN, &[&["person", "create"], &names[..]].concat())?;
    let place = ["--person", person.login, "--organization", person.organization, "--role", person.role];
    stage.show(ADMIN, &[&["affiliation", "create"], &place[..]].concat())?;
    field(&stage.show_json(ADMIN, &["enrollment-code", "create", "--person", person.login])?, "code")
}

fn enroll(stage: &Stage, login: &str, device: &str, code: &str, password: &str) -> Result<()> {
    let code = stage.secret(&format!("{login}.code"), code)?;
    let password = stage.secret(&format!("{login}.password"), password)?;
    let secrets = ["--code-file", &code, "--password-file", &password];
    let server = stage.server.url();
    let args = [&["device", "enroll", "--server", &server, "--device-name", device], &secrets[..]].concat();
    stage.show(login, &args)?;
    stage.show(login, &["login", "--password-file", &password])?;
    Ok(())
}
