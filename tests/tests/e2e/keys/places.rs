//! Where the root key is kept, and one that is not the database's.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Result, ensure};
use renkei_tests::{
    database::{Database, Engine},
    server::Server,
};

use super::{keys, keys_refused, number, status};
use crate::region::Region;

crate::on_both_engines!(a_wrong_root_key_is_told_at_the_start, a_credential_is_read_and_never_written);

const OTHER: &str = "2:0202020202020202020202020202020202020202020202020202020202020202\n";

/// What the server says when it does not start.
fn told(server: &mut Server) -> Result<String> {
    ensure!(server.start().is_err(), "it started");
    Ok(server.end_of_log())
}

async fn a_wrong_root_key_is_told_at_the_start(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("asano").await?;
    let patient = doctor.session.register().await?;
    region.server.stop()?;
    let file = region.server.data_dir().join("root.key");
    let right = fs::read(&file)?;
    for (content, wanted) in [
        (vec![7; 32], "version 1 of the root key"),
        (OTHER.as_bytes().to_vec(), "does not hold version 1 of the root key, which this database needs"),
        (vec![0xff; 31], "neither 32 bytes nor a text"),
    ] {
        fs::write(&file, content)?;
        let told = told(&mut region.server)?;
        ensure!(told.contains(wanted) && told.contains("root.key"), "{told}");
        let told = keys_refused(&region.server, &["status"], "").await?;
        ensure!(told.contains(wanted), "{told}");
    }
    fs::write(&file, &right)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640))?;
    ensure!(told(&mut region.server)?.contains("chmod 600"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    region.server.start()?;
    doctor.session.post(&patient, "正しい鍵で").await?;

    // the same from an older program: a database that knows no root key yet
    region.server.stop()?;
    region.server.sql("DELETE FROM root_key")?;
    fs::write(&file, [7; 32])?;
    ensure!(told(&mut region.server)?.contains("does not open the key"));
    ensure!(region.server.sql("SELECT COUNT(*) FROM root_key")? == "0", "a wrong key became the database's");
    fs::write(&file, &right)?;
    region.server.start()?;
    ensure!(number(&status(&region.server).await?, "/current")? == 1);
    ensure!(doctor.session.texts(&patient).await? == ["正しい鍵で"]);
    Ok(())
}

async fn a_credential_is_read_and_never_written(engine: Engine) -> Result<()> {
    // the operator has made a root key elsewhere; `init` takes it
    let outside = renkei_tests::server::private_folder("renkei-credentials-")?;
    let file = outside.path().join("root.key");
    let settings = |line: &str| format!("[keys]\n{line}\n");
    let in_file = settings(&format!("root_file = {:?}", file.display().to_string()));
    let (mut server, _) = Server::init(Database::create(engine)?, &in_file)?;
    ensure!(file.exists() && !server.data_dir().join("root.key").exists());
    server.start()?;
    keys(&server, &["rotate-root"]).await?;
    server.stop()?;

    fs::write(server.config_file(), settings("root_credential = \"renkei-root-key\""))?;
    ensure!(told(&mut server)?.contains("$CREDENTIALS_DIRECTORY/renkei-root-key"));
    let credential = outside.path().join("renkei-root-key");
    fs::rename(&file, &credential)?;
    fs::set_permissions(&credential, fs::Permissions::from_mode(0o440))?;
    let variable = format!("CREDENTIALS_DIRECTORY={}", outside.path().display());
    server.set_wrapper(&["env", &variable]);
    server.start()?;
    let before = fs::read(&credential)?;
    let told = keys_refused(&server, &["rotate-root"], "").await?;
    ensure!(told.contains("`3:` followed by 64 random hexadecimal digits"), "{told}");
    ensure!(fs::read(&credential)? == before, "it was written");

    let third = "3:0303030303030303030303030303030303030303030303030303030303030303\n";
    write(&credential, &[before.as_slice(), third.as_bytes()].concat())?;
    keys(&server, &["rotate-root"]).await?;
    let after = status(&server).await?;
    ensure!(number(&after, "/current")? == 3 && number(&after, "/behind")? == 0, "{after}");
    write(&credential, third.as_bytes())?;
    server.stop()?;
    server.start()?;
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(fs::write(path, content)?)
}
