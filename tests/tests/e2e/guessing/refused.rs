//! Passwords that are refused where they are chosen.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::{cli::Cli, database::Engine};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    refusal::expect,
    region::{PASSWORD, Region},
};

crate::on_both_engines!(a_first_password_that_is_easily_guessed_is_refused);

async fn a_first_password_that_is_easily_guessed_is_refused(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, "region = \"つるみ地区\"\n").await?;
    let code = region.admit("kubodera", OrganizationKind::Clinic, Role::Doctor).await?;
    for (password, expected) in [
        ("kort", "must have at least 8 characters"),
        ("password1", "is easily guessed: common words"),
        ("1985-03-12", "is easily guessed: common words"),
        ("ああああああああ", "is easily guessed: common words"),
        ("Kubodera-2026", "by whoever knows the person"),
        ("職員 KUBODERA 職員", "by whoever knows the person"),
        ("ｼｮｸｲﾝ-kubodera", "by whoever knows the person"),
        ("事業所-kubodera", "by whoever knows the person"),
        ("tsurumi-tsurumi!", "by whoever knows the person"),
        ("昭和60年3月12日", "by whoever knows the person"),
    ] {
        let refused = region.place.enroll(&code, password).await.err().context(password.to_owned())?;
        let status = refused.downcast::<Status>()?;
        expect(&status, Code::InvalidArgument, "PASSWORD_REFUSED").context(password.to_owned())?;
        let fields = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        let [field] = fields.as_slice() else { anyhow::bail!("{fields:?}") };
        ensure!(
            field.field == "password" && field.description.contains(expected),
            "{password}: {field:?}, not {expected}"
        );
    }

    // Somebody at a terminal is told in their language what to do instead.
    let folder = region.server.folder();
    for (profile, lang, expected) in [("ja", "ja", "三つ以上"), ("en", "en", "three or more words")] {
        let (code_file, password_file) = (folder.join("code"), folder.join("password"));
        std::fs::write(&code_file, &code)?;
        std::fs::write(&password_file, "sakura1234\n")?;
        let (url, home) = (region.server.url(), folder.join("home"));
        let args = ["device", "enroll", "--server", &url, "--device-name", "tablet", "--code-file"];
        let files = [&code_file, &password_file].map(|file| file.to_str().context("a path"));
        let [code_file, password_file] = files;
        let args = [&args[..], &[code_file?, "--password-file", password_file?]].concat();
        let done = Cli::new(&home, profile, lang).run(&args, "")?;
        ensure!(done.status.code() == Some(2), "{:?}: {}", done.status, done.stderr);
        ensure!(
            done.stderr.contains("[PASSWORD_REFUSED]") && done.stderr.contains(expected),
            "{}",
            done.stderr
        );
    }
    // None of it has used the code up.
    region.place.enroll(&code, PASSWORD).await?.login().await?;
    Ok(())
}
