//! A server certificate that the operator brought, with real clients: devices trust the region's root and nothing
//! else, and everybody else the CA that signed it. Nothing of it depends on the database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result, ensure};
use rcgen::{CertificateParams, DnType, IsCa, Issuer, KeyPair};
use renkei_proto::v1::{OrganizationKind, Role, WhoAmIRequest};
use renkei_tests::{cli::Cli, database::Engine, server::Server};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{
    account::commands::Computer,
    authority::{TAKEN_UP, ca, reload},
    grpc::Place,
    region::{Member, Region},
    totp::commands::come_in_with_an_app,
};

const SETTINGS: &str = "[tls]\ncertificate = \"brought.pem\"\nkey = \"brought.key\"\n[login]\ntotp = true\n";

/// A CA that is not the region's.
struct Elsewhere {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Elsewhere {
    fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Association CA");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// Lays down a new certificate for the server, with its key.
    fn bring(&self, server: &Server) -> Result<()> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?;
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        fs::write(server.folder().join("brought.pem"), certificate.pem())?;
        write_key(server, &key)
    }
}

fn write_key(server: &Server, key: &KeyPair) -> Result<()> {
    let path = server.folder().join("brought.key");
    fs::write(&path, key.serialize_pem())?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

/// A client of somebody else's, on a new connection, which trusts `authority`.
async fn call(member: &Member, authority: &CertificateDer<'static>) -> Result<()> {
    let mut device = member.device.clone();
    device.place = Place { authority: authority.clone(), ..device.place };
    let session = device.connect_again(&member.session)?;
    session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    Ok(())
}

async fn clinic(region: &Region, name: &str) -> Result<Computer> {
    let code = region.admit(name, OrganizationKind::Clinic, Role::Doctor).await?;
    Computer::enroll(region, name, &code)
}

#[test]
fn devices_trust_the_region_and_others_the_ca_that_was_brought() -> Result<()> {
    crate::block_on(async {
        let (first, second) = (Elsewhere::new()?, Elsewhere::new()?);
        // the region's other clients are enrolled and logged in with nothing but the CA that was brought
        let mut region = Region::open_prepared(Engine::Sqlite, SETTINGS, |server| {
            first.bring(server)?;
            Ok(first.certificate.clone())
        })
        .await?;
        let data = region.server.data_dir();
        ensure!(!data.join("server.pem").exists(), "there is no other certificate");
        let told = ca(&region.server, &["status"])?;
        ensure!(told.contains("ok    tls.certificate      for localhost, 127.0.0.1; ends"), "{told}");
        let own = CertificateDer::from_pem_slice(&fs::read(data.join("ca.pem"))?)?;
        let doctor = region.doctor("iida").await?;
        let office = clinic(&region, "terada").await?;
        office.cli.text(&["whoami"], "")?;
        come_in_with_an_app(&region, "noda").await?;
        call(&doctor, &first.certificate).await?;
        ensure!(call(&doctor, &own).await.is_err(), "its signature is not the region's");

        first.bring(&region.server)?;
        reload(&region.server, TAKEN_UP)?;
        office.cli.text(&["whoami"], "").context("the next certificate")?;
        call(&doctor, &first.certificate).await?;

        second.bring(&region.server)?;
        reload(&region.server, TAKEN_UP)?;
        office.cli.text(&["whoami"], "").context("that of another CA")?;
        call(&doctor, &second.certificate).await?;
        ensure!(call(&doctor, &first.certificate).await.is_err(), "another certificate is shown");
        clinic(&region, "ueno").await.context("an enrolment")?;

        write_key(&region.server, &KeyPair::generate()?)?;
        reload(&region.server, "the old server certificate stays")?;
        office.cli.text(&["whoami"], "")?;
        call(&doctor, &second.certificate).await?;
        region.server.stop()?;
        let refused = format!("{:#}", region.server.start().err().context("it started with another's key")?);
        ensure!(refused.contains("brought.key"), "{refused}");

        // without it, the region's own is made, and devices see no difference
        fs::write(region.server.config_file(), "")?;
        region.server.start()?;
        office.cli.text(&["whoami"], "").context("the region's own certificate")?;
        call(&doctor, &own).await?;
        ensure!(data.join("server.pem").exists());
        Ok(())
    })
}

/// Whoever gets a certificate for the host's name from a CA that everybody trusts is still not the region's server.
#[test]
fn a_good_certificate_of_another_ca_makes_no_server_of_the_region() -> Result<()> {
    crate::block_on(async {
        let region = Region::open(Engine::Sqlite).await?;
        let elsewhere = Elsewhere::new()?;
        let impostor = Region::open_prepared(Engine::Sqlite, SETTINGS, |server| {
            elsewhere.bring(server)?;
            Ok(elsewhere.certificate.clone())
        })
        .await?;
        let office = clinic(&region, "terada").await?;
        let profile = region.server.folder().join("home/terada/profile.json");
        let moved = fs::read_to_string(&profile)?.replace(&region.server.url(), &impostor.server.url());
        fs::write(&profile, moved)?;
        let refused = office.cli.run(&["whoami"], "")?;
        ensure!(!refused.status.success() && refused.stderr.contains("cannot prove"), "{}", refused.stderr);

        let code = region.admit("ueno", OrganizationKind::Clinic, Role::Doctor).await?;
        let path = region.server.folder().join("code");
        fs::write(&path, &code)?;
        let (url, path) = (impostor.server.url(), path.display().to_string());
        let enroll = ["device", "enroll", "--server", &url, "--code-file", &path];
        let other = Cli::new(&region.server.folder().join("home"), "ueno", "en");
        let refused = other.run(&[&enroll[..], &["--password-file", &office.password]].concat(), "")?;
        ensure!(!refused.status.success() && refused.stderr.contains("cannot prove"), "{}", refused.stderr);
        Ok(())
    })
}
