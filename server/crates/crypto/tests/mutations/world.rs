//! What is stored: files and entries of some patients, and the keys that guard them.

use std::sync::Arc;

use renkei_crypto::blob::{
    CHUNK_SIZE, HEADER_LEN, Manifest, PART_SIZE, PartContext, PartEntry, PartSealer, SEALED_CHUNK_SIZE,
};
use renkei_crypto::key::{Key, WrapContext, derive, wrap};
use renkei_crypto::random;
use renkei_crypto::seal::{Aad, seal};

use crate::common::{Replay, sha256};
use crate::dice::Dice;

pub(crate) type Id = [u8; 16];

/// A row of the database; the reader believes none of it.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) patient: Id,
    pub(crate) attachment: Id,
    pub(crate) key_version: u32,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
}

/// An object of the blob store, as whoever rules the store shows it.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) base: Arc<Vec<u8>>,
    pub(crate) len: usize,
    /// Bytes that are other than the base's, by place.
    pub(crate) patches: Vec<(usize, Vec<u8>)>,
}

impl Object {
    pub(crate) fn new(base: &Arc<Vec<u8>>) -> Self {
        Self { base: Arc::clone(base), len: base.len(), patches: Vec::new() }
    }

    /// As the blob store: everything that was asked for, or nothing.
    pub(crate) fn get(&self, start: usize, end: usize) -> Option<Vec<u8>> {
        let mut bytes = self.base[..self.len].get(start..end)?.to_vec();
        for (at, patch) in &self.patches {
            for (place, byte) in (*at..).zip(patch) {
                if (start..end).contains(&place) {
                    bytes[place - start] = *byte;
                }
            }
        }
        Some(bytes)
    }
}

/// A file, and what is stored of it.
pub(crate) struct File {
    pub(crate) patient: usize,
    pub(crate) plain: Vec<u8>,
    pub(crate) row: Row,
    pub(crate) parts: Vec<Arc<Vec<u8>>>,
    /// The parts of a try before, with other content, under the same key.
    pub(crate) tried: Vec<Arc<Vec<u8>>>,
}

/// The labels and the sealed body of one revision of an entry.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) patient: usize,
    pub(crate) key_version: u32,
    pub(crate) entry: Id,
    pub(crate) revision: u32,
    pub(crate) category: &'static str,
    pub(crate) author: Id,
    pub(crate) sensitivity: Option<&'static str>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) plain: Vec<u8>,
}

impl Body {
    pub(crate) fn aad(&self, world: &World) -> Aad {
        let aad = Aad::new("entry")
            .with(&world.patients[self.patient].id)
            .with(&self.entry)
            .with(&self.revision.to_be_bytes())
            .with(self.category.as_bytes())
            .with(&self.author);
        self.sensitivity.map_or(aad.clone(), |sensitivity| aad.with(sensitivity.as_bytes()))
    }
}

pub(crate) struct Patient {
    pub(crate) id: Id,
    /// Versions 1, 2…
    pub(crate) keys: Vec<Key>,
}

impl Patient {
    pub(crate) fn key(&self, version: u32) -> Option<&Key> {
        self.keys.get((version as usize).checked_sub(1)?)
    }
}

pub(crate) struct World {
    pub(crate) patients: Vec<Patient>,
    pub(crate) files: Vec<File>,
    pub(crate) bodies: Vec<Body>,
}

pub(crate) fn blob_context<'a>(patient: &'a Id, version: u32, attachment: &'a Id) -> WrapContext<'a> {
    WrapContext {
        purpose: "blob-key",
        parent_id: patient,
        parent_version: version,
        patient,
        child_id: attachment,
        child_version: 1,
    }
}

pub(crate) fn manifest_aad(patient: &Id, attachment: &Id) -> Aad {
    Aad::new("manifest").with(patient).with(attachment)
}

impl World {
    /// Three patients with two versions of their key, six files and twelve bodies each.
    pub(crate) fn new(seed: u64) -> Self {
        let (entropy, mut dice) = (Replay::new(seed), Dice(seed));
        let patients: Vec<Patient> = (0..3)
            .map(|_| Patient {
                id: random(&entropy),
                keys: vec![Key::random(&entropy), Key::random(&entropy)],
            })
            .collect();
        let mut world = Self { patients, files: Vec::new(), bodies: Vec::new() };
        for patient in 0..world.patients.len() {
            // the same lengths twice, so that what is swapped differs in its content only
            for len in [1, CHUNK_SIZE, 2 * CHUNK_SIZE + 9, 2 * CHUNK_SIZE + 9, 3 * CHUNK_SIZE] {
                let plain = dice.bytes(len);
                world.add_file(patient, plain, &entropy, &mut dice);
            }
            let plain = dice.bytes(PART_SIZE + CHUNK_SIZE + 1);
            world.add_file(patient, plain, &entropy, &mut dice);
            world.add_bodies(patient, &entropy, &mut dice);
        }
        world
    }

    fn add_file(&mut self, patient: usize, plain: Vec<u8>, entropy: &Replay, dice: &mut Dice) {
        let (id, attachment) = (self.patients[patient].id, random(entropy));
        let key = Key::random(entropy);
        let part = |number: u32, plain: &[u8]| {
            let mut sealer = PartSealer::new(
                &key,
                &PartContext { patient: &id, attachment: &attachment, part: number },
                entropy,
            );
            let (prefix, mut sealed) = (sealer.nonce_prefix(), sealer.header());
            sealer.push_into(plain, &mut sealed);
            sealer.finish_into(b"", &mut sealed);
            (prefix, sealed)
        };
        let (mut parts, mut tried, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for (number, piece) in (0..).zip(plain.chunks(PART_SIZE)) {
            tried.push(Arc::new(part(number, &dice.bytes(piece.len())).1));
            let (prefix, sealed) = part(number, piece);
            entries.push(PartEntry {
                plain_len: piece.len() as u32,
                sealed_len: sealed.len() as u64,
                sealed_sha256: sha256(&sealed),
                nonce_prefix: Some(prefix),
            });
            parts.push(Arc::new(sealed));
        }
        let manifest = Manifest {
            total_len: plain.len() as u64,
            sha256: sha256(&plain),
            parts: entries,
            file_name: "所見.txt".to_owned(),
            content_type: "text/plain".to_owned(),
        };
        let key_version = 1 + dice.below(2) as u32;
        let parent = self.patients[patient].key(key_version).expect("a version of the key");
        let row = Row {
            patient: id,
            attachment,
            key_version,
            wrapped: wrap(parent, &key, &blob_context(&id, key_version, &attachment), entropy),
            manifest: manifest
                .seal(&key, &manifest_aad(&id, &attachment), entropy)
                .expect("a valid manifest"),
        };
        self.files.push(File { patient, plain, row, parts, tried });
    }

    /// Four entries with three revisions each.
    fn add_bodies(&mut self, patient: usize, entropy: &Replay, dice: &mut Dice) {
        for number in 0..4 {
            let (entry, author) = (random(entropy), random(entropy));
            for revision in 1..=3 {
                let mut body = Body {
                    patient,
                    key_version: 1 + dice.below(2) as u32,
                    entry,
                    revision,
                    category: ["MESSAGE", "NURSING"][number % 2],
                    author,
                    sensitivity: [None, Some("ABUSE")][number / 2],
                    sealed: Vec::new(),
                    plain: dice.bytes(40),
                };
                let key = self.patients[patient].key(body.key_version).expect("a version of the key");
                body.sealed = seal(&derive(key, "note"), &body.aad(self), &body.plain, entropy);
                self.bodies.push(body);
            }
        }
    }
}

/// Where chunk `index` begins in a sealed part.
pub(crate) fn chunk_start(index: usize) -> usize {
    HEADER_LEN + index * SEALED_CHUNK_SIZE
}
