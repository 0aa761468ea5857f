//! The vectors of docs/sealed-format.md. What another team implements from must not drift from the code:
//! the file is made anew here and compared. `RENKEI_WRITE_VECTORS=1` writes it.

#[path = "../common/mod.rs"]
mod common;
mod refused;

use common::{Replay, sha256};
use data_encoding::HEXLOWER;
use renkei_crypto::blob::{HEADER_LEN, Manifest, PART_SIZE, PREFIX_LEN, PartContext, PartEntry, PartSealer};
use renkei_crypto::key::{Key, WrapContext, derive, wrap};
use renkei_crypto::random;
use renkei_crypto::seal::{Aad, seal};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/sealed-format.vectors.json");
/// Sealed parts that are not longer than this stand there in full.
const SHORT: usize = 1000;

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Byte i = ((i·i) >> 3 XOR i) AND 255.
fn content(len: usize) -> Vec<u8> {
    (0..len as u64).map(|i| (((i * i) >> 3) ^ i) as u8).collect()
}

/// Ids and keys of the vectors.
struct World {
    entropy: Replay,
    root: Key,
    patient: [u8; 16],
    patient_key: Key,
    attachment: [u8; 16],
    blob_key: Key,
}

impl World {
    fn new() -> Self {
        let entropy = Replay::new(20);
        Self {
            root: Key::random(&entropy),
            patient: random(&entropy),
            patient_key: Key::random(&entropy),
            attachment: random(&entropy),
            blob_key: Key::random(&entropy),
            entropy,
        }
    }

    fn wrapped(&self, name: &str, parent: &Key, child: &Key, context: &WrapContext<'_>) -> Value {
        json!({
            "name": name,
            "parent": hex(parent.expose()),
            "purpose": context.purpose,
            "parent_id": hex(context.parent_id),
            "parent_version": context.parent_version,
            "patient": hex(context.patient),
            "child_id": hex(context.child_id),
            "child_version": context.child_version,
            "child": hex(child.expose()),
            "wrapped": hex(&wrap(parent, child, context, &self.entropy)),
        })
    }

    fn chain(&self) -> Vec<Value> {
        let server = WrapContext {
            purpose: "server-key",
            parent_id: b"root",
            parent_version: 1,
            patient: b"",
            child_id: b"index",
            child_version: 1,
        };
        let patient = WrapContext {
            purpose: "patient-key",
            patient: &self.patient,
            child_id: &self.patient,
            child_version: 2,
            ..server
        };
        let blob = WrapContext {
            purpose: "blob-key",
            parent_id: &self.patient,
            parent_version: 2,
            patient: &self.patient,
            child_id: &self.attachment,
            child_version: 1,
        };
        vec![
            self.wrapped("server key", &self.root, &Key::random(&self.entropy), &server),
            self.wrapped("patient key", &self.root, &self.patient_key, &patient),
            self.wrapped("blob key", &self.patient_key, &self.blob_key, &blob),
        ]
    }

    fn derived(&self) -> Vec<Value> {
        let derived = |key: &Key, label: &str| json!({ "key": hex(key.expose()), "label": label, "derived": hex(derive(key, label).expose()) });
        let labels = ["blob stream", "blob commitment", "blob manifest", "blob preview", "blob upload"];
        let of_blob = labels.map(|label| derived(&self.blob_key, label));
        [vec![derived(&self.patient_key, "note")], of_blob.to_vec()].concat()
    }

    fn sealed(&self) -> Vec<Value> {
        let note = derive(&self.patient_key, "note");
        let [entry, author, consent, organization, emergency]: [[u8; 16]; 5] =
            std::array::from_fn(|_| random(&self.entropy));
        let (revision, version) = (1u32.to_be_bytes(), 3i32.to_be_bytes());
        let value = |name: &str, purpose: &str, parts: &[&[u8]], content: &str| {
            let aad = parts.iter().fold(Aad::new(purpose), |aad, part| aad.with(part));
            json!({
                "name": name,
                "key": hex(note.expose()),
                "purpose": purpose,
                "parts": parts.iter().map(|part| hex(part)).collect::<Vec<_>>(),
                "content": hex(content.as_bytes()),
                "sealed": hex(&seal(&note, &aad, content.as_bytes(), &self.entropy)),
            })
        };
        let body = r#"{"kind":"message","text":"明日の訪問は10時です"}"#;
        let person = r#"{"name":"見本 花子","name_kana":"ミホン ハナコ","birth_date":"1940-02-29","sex":"FEMALE","local_identifier":"N-1"}"#;
        let patient = &self.patient[..];
        vec![
            value("body", "entry", &[patient, &entry, &revision, b"MESSAGE", &author], body),
            value(
                "body of a restricted entry",
                "entry",
                &[patient, &entry, &revision, b"NURSING", &author, b"MENTAL_HEALTH"],
                body,
            ),
            value("demographics", "demographics", &[patient], person),
            value("invitation", "invitation", &[patient, &organization], ""),
            value("signer", "signer", &[patient, &consent, &version], "見本 太郎"),
            value("emergency", "break-glass", &[patient, &emergency, b"text"], "救急搬送"),
            value("review", "break-glass", &[patient, &emergency, b"review"], "確認した"),
        ]
    }

    fn file(&self, name: &str, len: usize, kind: Kind) -> Sealed {
        let key = match kind {
            Kind::Preview => derive(&self.blob_key, "blob preview"),
            _ => self.blob_key.clone(),
        };
        let plain = content(len);
        let (mut parts, mut entries) = (Vec::new(), Vec::new());
        for (number, plain) in (0..).zip(plain.chunks(PART_SIZE)) {
            let part = self.part(&key, number, plain);
            entries.push(PartEntry {
                plain_len: plain.len() as u32,
                sealed_len: part.len() as u64,
                sealed_sha256: sha256(&part),
                nonce_prefix: (!matches!(kind, Kind::WithoutPrefixes))
                    .then(|| part[HEADER_LEN - PREFIX_LEN..HEADER_LEN].try_into().expect("19 bytes")),
            });
            parts.push(part);
        }
        let manifest = Manifest {
            total_len: len as u64,
            sha256: sha256(&plain),
            parts: entries,
            file_name: "傷.png".to_owned(),
            content_type: "image/png".to_owned(),
        };
        let purpose = if matches!(kind, Kind::Preview) { "preview-manifest" } else { "manifest" };
        let aad = Aad::new(purpose).with(&self.patient).with(&self.attachment);
        let sealed = manifest.seal(&key, &aad, &self.entropy).expect("a valid manifest");
        let listed = parts.iter().map(|part| {
            let mut listed = json!({
                "header": hex(&part[..HEADER_LEN]),
                "sealed_length": part.len(),
                "sealed_sha256": hex(&sha256(part)),
            });
            if part.len() <= SHORT {
                listed["sealed"] = hex(part).into();
            }
            listed
        });
        let value = json!({
            "name": name,
            "length": len,
            "sha256": hex(&manifest.sha256),
            "file_name": manifest.file_name,
            "content_type": manifest.content_type,
            "blob_key": hex(key.expose()),
            "patient": hex(&self.patient),
            "attachment": hex(&self.attachment),
            "purpose": purpose,
            "manifest": hex(&sealed),
            "manifest_plain": hex(&manifest.encode().expect("a valid manifest")),
            "parts": listed.collect::<Vec<_>>(),
        });
        Sealed { manifest, value }
    }

    fn part(&self, key: &Key, number: u32, plain: &[u8]) -> Vec<u8> {
        let context = PartContext { patient: &self.patient, attachment: &self.attachment, part: number };
        let mut sealer = PartSealer::new(key, &context, &self.entropy);
        let mut part = sealer.header();
        sealer.push_into(plain, &mut part);
        sealer.finish_into(b"", &mut part);
        part
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Usual,
    WithoutPrefixes,
    Preview,
}

struct Sealed {
    manifest: Manifest,
    value: Value,
}

fn vectors() -> Value {
    let world = World::new();
    let (wrapped, derived, sealed) = (world.chain(), world.derived(), world.sealed());
    let mut files: Vec<Sealed> = [1, 65_535, 65_536, 65_537, PART_SIZE + 1]
        .map(|len| world.file(&format!("{len} byte{}", if len == 1 { "" } else { "s" }), len, Kind::Usual))
        .into();
    files.push(world.file("1 byte, another try", 1, Kind::Usual));
    files.push(world.file("version 01", 300, Kind::WithoutPrefixes));
    files.push(world.file("preview", 200, Kind::Preview));
    let refused = [
        refused::values(&world, &wrapped, &sealed),
        refused::manifests(&files[0].manifest, &files[4].manifest),
        refused::files(&world),
    ]
    .concat();
    json!({
        "about": "Test vectors of docs/sealed-format.md. Everybody and everything in them is invented.",
        "plaintext_rule": "byte i = ((i*i) >> 3 XOR i) AND 255",
        "root_key": hex(world.root.expose()),
        "wrapped": wrapped,
        "derived": derived,
        "sealed": sealed,
        "files": files.into_iter().map(|file| file.value).collect::<Vec<_>>(),
        "refused": refused,
    })
}

#[test]
fn the_vectors_are_those_of_the_document() {
    let made = vectors();
    if std::env::var_os("RENKEI_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("JSON");
        std::fs::write(FILE, text + "\n").expect("the folder is there");
    }
    let kept = std::fs::read_to_string(FILE).expect("the vectors are kept");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert!(made == kept, "sealed data of before could no longer be read, or it is described wrongly");
}
