//! What a person sees who has not enrolled yet, asks for help, or mistypes: transcripts of the real
//! program. Everything that needs a server is tested end to end elsewhere.

#[test]
fn transcripts() {
    let home = tempfile::tempdir().expect("a folder for the profiles");
    trycmd::TestCases::new()
        .env("RENKEI_HOME", home.path().to_string_lossy())
        .env("RENKEI_LANG", "en")
        .env("TZ", "Asia/Tokyo")
        .case("tests/cmd/*.trycmd");
}
