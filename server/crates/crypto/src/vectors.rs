//! Pinned bytes of every format. When one of these fails, data already stored can no longer be read: add a
//! format byte, never change a vector. They were computed by another implementation (Python, from the
//! layouts that the modules state), so they prove the layouts too.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::blob::{
    CHUNK_SIZE, Manifest, PREFIX_LEN, PartContext, PartEntry, PartOpener, PartSealer, sealed_len,
};
use crate::key::{Key, WrapContext, derive, unwrap, wrap};
use crate::password::{Memory, Pepper, hash};
use crate::seal::{Aad, open, seal};
use crate::testing::Replay;
use crate::token::Token;
use crate::{enrollment, fingerprint, index, page_token};

fn key() -> Key {
    Key::from_bytes(std::array::from_fn(|i| i as u8))
}

#[track_caller]
fn pinned(bytes: &[u8], hex: &str) {
    assert_eq!(HEXLOWER.encode(bytes), hex);
}

#[test]
fn wrapped_key() {
    let context = WrapContext {
        purpose: "blob",
        parent_id: &[1; 16],
        parent_version: 2,
        patient: &[3; 16],
        child_id: &[4; 16],
        child_version: 5,
    };
    let wrapped = wrap(&key(), &Key::from_bytes([6; 32]), &context, &Replay::new(1));
    pinned(
        &wrapped,
        "02783825822a6f9e62da2190e828e4c9d2576e5977e3a0b362e2c1a3e4e9c379a399010cd24b287d48b7ba68fc018417d19d4bdde9158f14eac55203a5173d211648310a94c08c4002",
    );
    assert!(unwrap(&key(), &wrapped, &context).is_ok());
}

#[test]
fn derived_key() {
    pinned(
        derive(&key(), "note").expose(),
        "9e4453b47e6bc0fa4c2323f763ebeba1ac8315bc9e6ce1a533c1e326bd43aca7",
    );
}

#[test]
fn sealed_content() {
    let aad = Aad::new("entry").with(&[1; 16]).with(&2u32.to_be_bytes());
    let sealed = seal(&key(), &aad, "訪問".as_bytes(), &Replay::new(1));
    pinned(
        &sealed,
        "01783825822a6f9e62da2190e828e4c9d2576e5977e3a0b3620c6f0f077a4ac712baaa7b6aa9acce5260d618468abc",
    );
    assert_eq!(open(&key(), &aad, &sealed).as_deref(), Ok("訪問".as_bytes()));
}

#[test]
fn sealed_part() {
    let context = PartContext { patient: &[1; 16], attachment: &[2; 16], part: 3 };
    let mut sealer = PartSealer::new(&key(), &context, &Replay::new(1));
    let header = sealer.header();
    let first = [sealer.push(&[4; CHUNK_SIZE]), sealer.push(b"last")].concat();
    let last = sealer.finish(b"");
    pinned(
        &header,
        "524b420185d500c226ebd4e3910dffd4590177ebc7966ef0ffd7beef792f2b0bec7f9755783825822a6f9e62da2190e828e4c9d2576e59",
    );
    pinned(&Sha256::digest(&first), "5040549bc0bfa7fc5fef867bce614ac8fda4b79a6ebc715ef7f16e56de565feb");
    pinned(&last, "b60f77e801c10a3634714bc0b1a706106149cbf1");
    let mut opener = PartOpener::new(&key(), &context, &header).expect("the right key");
    assert!(opener.open_chunk(&first, false).is_ok_and(|chunk| chunk == [4; CHUNK_SIZE]));
    assert_eq!(opener.open_chunk(&last, true).as_deref(), Ok(&b"last"[..]));
}

#[test]
fn sealed_manifest() {
    let part =
        PartEntry { plain_len: 10, sealed_len: sealed_len(10), sealed_sha256: [1; 32], nonce_prefix: None };
    let mut manifest = Manifest {
        total_len: 10,
        sha256: [2; 32],
        parts: vec![part],
        file_name: "傷.png".to_owned(),
        content_type: "image/png".to_owned(),
    };
    pinned(
        &manifest.encode().expect("a valid manifest"),
        "01000000000000000a0202020202020202020202020202020202020202020202020202020202020202000000010000000a0000000000000051010101010101010101010101010101010101010101010101010101010101010100000007e582b72e706e6700000009696d6167652f706e67",
    );
    let aad = Aad::new("manifest").with(&[3; 16]);
    let sealed = manifest.seal(&key(), &aad, &Replay::new(1)).expect("a valid manifest");
    pinned(&Sha256::digest(&sealed), "5fe833fb1318d7096539453e12ec5203ab363b8d5f765e61156e60449f6549b5");
    assert!(Manifest::open(&key(), &aad, &sealed).as_ref() == Ok(&manifest));
    manifest.parts[0].nonce_prefix = Some([4; PREFIX_LEN]);
    pinned(
        &manifest.encode().expect("a valid manifest"),
        "02000000000000000a0202020202020202020202020202020202020202020202020202020202020202000000010000000a000000000000005101010101010101010101010101010101010101010101010101010101010101010404040404040404040404040404040404040400000007e582b72e706e6700000009696d6167652f706e67",
    );
}

#[test]
fn hashed_password() {
    let phc = hash("correct horse 電池", &Pepper(key()), &Replay::new(1), &mut Memory::default());
    assert_eq!(
        phc,
        "$argon2id$v=19$m=65536,t=3,p=1$eDglgipvnmLaIZDoKOTJ0g$h1iutLYgoP9QA4l+PV8180ZMj+Wq7dKREEEgAm1UlEY"
    );
}

#[test]
fn tokens_and_codes() {
    let token = Token::random(&Replay::new(1));
    assert_eq!(token.reveal(), "eDglgipvnmLaIZDoKOTJ0lduWXfjoLNiCwkt-56Zlvo");
    pinned(&token.hash(), "9698b40149658bbd2f1bf8c88d8eae4c7abca6b6eda60315531cc27ef15bf269");
    let code = enrollment::code(&key(), &[1; 16]);
    assert_eq!(
        code.reveal(&[2; 32]),
        "NVMW-FB8B-3HTM-SNAV-73ZH-JD3W.AIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBA"
    );
    pinned(&code.hash(), "f65b0dce537c03a5f258f8ecf544dd25257cddaebb7a768e09477c253d9a4822");
    let page =
        page_token::seal_token(&key(), b"cursor", &[b"caller", b"method"], 1_700_000_000, &Replay::new(1));
    assert_eq!(page, "BHg4JYIqb55i2iGQ6CjkydJXbll346CzYuTHpeKKlo6l_HJ4pyJcUCjh5TBYF3YvEYofP-BPiw");
    assert!(page_token::open_token(&key(), &page, &[b"caller", b"method"], 1_699_999_999).is_some());
}

#[test]
fn indexes_and_fingerprints() {
    pinned(
        &index::blind(&key(), "kana", "やまだはなこ"),
        "d189ddfb156a573660342fc3d364eea9587875c2413c23dd2e87a33f8258567c",
    );
    pinned(
        &fingerprint::request(&key(), "/renkei.v1.TimelineService/PostEntry", b"body"),
        "5ca7daa9f712167bbdda0c2ae6759a1c71999d355430d68013ef85d997ee9901",
    );
}
