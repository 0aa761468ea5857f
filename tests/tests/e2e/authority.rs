//! The region's CAs under a running server: the root's key elsewhere, a new issuing CA, and the way over for an
//! installation of the first version. Nothing of it depends on the database.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use renkei_proto::v1::{OrganizationKind, Role, WhoAmIRequest};
use renkei_tests::{
    database::Engine,
    process::{self, Finished},
    server::Server,
    wait,
};
use rustix::process::Signal;
use rustls::pki_types::CertificateDer;

use crate::{account::commands::Computer, region::Region};

/// Runs `renkei-server ca …` beside the server, which must succeed: what it printed.
pub(crate) fn ca(server: &Server, args: &[&str]) -> Result<String> {
    let done = run(server, &[&["ca"], args].concat())?;
    ensure!(done.status.success(), "ca {args:?}: {}", done.stderr);
    Ok(String::from_utf8(done.stdout)?)
}

fn run(server: &Server, args: &[&str]) -> Result<Finished> {
    process::run(&mut server.beside(args)?, b"")
}

/// Makes the server read its certificates, and waits until it says `told` of it.
pub(crate) fn reload(server: &Server, told: &str) -> Result<()> {
    let count = || Ok::<_, anyhow::Error>(fs::read_to_string(server.log_file())?.matches(told).count());
    let before = count()?;
    server.signal(Signal::HUP)?;
    wait::until(told, || Ok((count()? > before).then_some(())))
}

pub(crate) const TAKEN_UP: &str = "the certificates were read again";

fn in_pem(path: &Path) -> Result<usize> {
    Ok(fs::read_to_string(path)?.matches("BEGIN CERTIFICATE").count())
}

#[test]
fn a_server_without_the_roots_key_takes_up_new_issuing_cas() -> Result<()> {
    crate::block_on(async {
        let region = Region::open(Engine::Sqlite).await?;
        let (server, data) = (&region.server, region.server.data_dir());
        let early = region.doctor("iida").await?;
        let safe = server.folder().join("safe");
        fs::create_dir(&safe)?;
        let told = ca(server, &["status"])?;
        ensure!(told.contains("warn  root CA") && told.contains("ca.key lies here"), "{told}");
        fs::rename(data.join("ca.key"), safe.join("ca.key"))?;
        fs::copy(data.join("ca.pem"), safe.join("ca.pem"))?;
        let told = ca(server, &["status"])?;
        ensure!(!told.contains("warn"), "{told}");
        reload(server, TAKEN_UP)?;
        region.doctor("jinbo").await.context("an enrolment without the root's key")?;

        let (root, key) = (safe.join("ca.pem"), safe.join("ca.key"));
        let [root, key] = [&root, &key].map(|path| path.display().to_string());
        let wrong = data.join("issuing.key").display().to_string();
        let refused = run(server, &["ca", "issue", "--root-key", &wrong])?;
        ensure!(refused.status.code() == Some(1) && refused.stderr.contains("is not the key of ca.pem"));
        ca(server, &["issue", "--root-key", &key])?;
        reload(server, TAKEN_UP)?;
        let middle = region.doctor("kimura").await.context("under the second issuing CA")?;

        // the third one is signed on another machine
        let request = safe.join("issuing.csr").display().to_string();
        fs::write(&request, ca(server, &["request"])?)?;
        let signed = safe.join("issuing.pem").display().to_string();
        fs::write(&signed, ca(server, &["sign", "--root", &root, "--root-key", &key, &request])?)?;
        ca(server, &["install", &signed])?;
        reload(server, TAKEN_UP)?;
        let late = region.doctor("sano").await.context("under the third issuing CA")?;
        ensure!(in_pem(&data.join("issuing.pem"))? == 3 && in_pem(&data.join("ca.pem"))? == 1);
        for doctor in [&early, &middle, &late] {
            let session = doctor.device.connect_again(&doctor.session)?;
            session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
        }
        let doctor = run(server, &["doctor"])?;
        let told = String::from_utf8(doctor.stdout)?;
        ensure!(doctor.status.success() && told.matches("a former one").count() == 2, "{told}");
        ensure!(told.contains("server certificate") && told.contains("days"), "{told}");
        Ok(())
    })
}

/// Puts one CA which signs everything in the place of root and issuing CA, as the first version had it. Returns its
/// certificate.
fn make_former(server: &Server) -> Result<CertificateDer<'static>> {
    let data = server.data_dir();
    for name in ["ca.pem", "ca.key", "issuing.pem", "issuing.key", "server.pem", "server.key"] {
        fs::remove_file(data.join(name))?;
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Renkei CA");
    params.distinguished_name.push(DnType::OrganizationName, "local");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params.not_before, params.not_after) =
        (rcgen::date_time_ymd(2025, 1, 1), rcgen::date_time_ymd(2035, 1, 1));
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    fs::write(data.join("ca.pem"), certificate.pem())?;
    fs::write(data.join("ca.key"), key.serialize_pem())?;
    Ok(certificate.der().clone())
}

#[test]
fn an_installation_of_the_first_version_gets_over_and_nobody_enrols_anew() -> Result<()> {
    crate::block_on(async {
        let region = Region::open_prepared(Engine::Sqlite, "", make_former).await?;
        let (server, data) = (&region.server, region.server.data_dir());
        let [first, second] = ["terada", "ueno"];
        let first_code = region.admit(first, OrganizationKind::Clinic, Role::Doctor).await?;
        let second_code = region.admit(second, OrganizationKind::Clinic, Role::Doctor).await?;
        let first = Computer::enroll(&region, first, &first_code)?;
        let told = ca(server, &["status"])?;
        ensure!(told.contains("warn  root CA") && told.contains("signs devices itself"), "{told}");

        let key = data.join("ca.key");
        ca(server, &["issue", "--root-key", &key.display().to_string()])?;
        fs::remove_file(&key)?;
        reload(server, TAKEN_UP)?;
        ensure!(in_pem(&data.join("ca.pem"))? == 2);
        first.cli.text(&["whoami"], "").context("an enrolled device goes on")?;
        let admin = region.admin.auth.clone().who_am_i(WhoAmIRequest {}).await;
        admin.context("and one that is no client of ours")?;
        let second = Computer::enroll(&region, second, &second_code);
        let second = second.context("a code that was handed out before is good")?;

        // with its next certificate a device takes over that of the root
        let trusted = |name: &str| -> Result<String> {
            Ok(fs::read_to_string(server.folder().join("home").join(name).join("ca.pem"))?)
        };
        let before = trusted("terada")?;
        ensure!(before == trusted("ueno")?);
        server.sql("UPDATE device SET expires_at = enrolled_at + 864000000000")?;
        first.cli.text(&["device", "renew"], "")?;
        ensure!(
            trusted("terada")? != before
                && fs::read_to_string(data.join("ca.pem"))?.starts_with(&trusted("terada")?)
        );
        // and so it does when the issuing CA has signed the server's certificate too
        for name in ["server.pem", "server.key"] {
            fs::remove_file(data.join(name))?;
        }
        reload(server, TAKEN_UP)?;
        for computer in [&first, &second] {
            computer.cli.text(&["whoami"], "")?;
        }
        let third = region.admit("wada", OrganizationKind::Clinic, Role::Doctor).await?;
        Computer::enroll(&region, "wada", &third)?;
        ensure!(trusted("wada")? == trusted("terada")?);
        Ok(())
    })
}
