//! One change of what is stored, and what is then read.

use std::sync::Arc;

use renkei_crypto::blob::{CHUNK_SIZE, HEADER_LEN, PART_SIZE, SEALED_CHUNK_SIZE};

use crate::dice::Dice;
use crate::world::{Body, File, Object, Row, World, chunk_start};

/// How many kinds there are in all.
pub(crate) const KINDS: usize = FILE_KINDS.len() + BODY_KINDS.len();

const FILE_KINDS: [&str; 19] = [
    "wrapped key: bit",
    "wrapped key: cut",
    "wrapped key of another file",
    "manifest: bit",
    "manifest: cut",
    "manifest of another file",
    "row: another version of the key",
    "row said to be another file's",
    "row said to be another patient's",
    "header: bit",
    "chunk: bit",
    "part: cut",
    "part: cut at the border of a chunk",
    "part: a byte put in",
    "chunks swapped in a part",
    "chunk of another file or try",
    "part of another number",
    "part of another file",
    "part of another try",
];

const BODY_KINDS: [&str; 8] = [
    "body: bit",
    "body: cut",
    "body of another revision",
    "body of another entry",
    "body of another patient",
    "body: another version of the key",
    "body: another category or sensitivity",
    "body: another author",
];

/// What is read: bytes `from..to` of file number `of`, which is changed between the two.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) row: Row,
    pub(crate) objects: Vec<Object>,
    pub(crate) of: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Case {
    fn new(world: &World, of: usize, kind: &'static str) -> Self {
        let file = &world.files[of];
        let objects = file.parts.iter().map(Object::new).collect();
        Self { kind, row: file.row.clone(), objects, of, from: 0, to: 1 }
    }

    /// Reads from the chunk before to the end of the one in which byte `place` of the sealed part lies.
    fn touching(mut self, file: &File, part: usize, place: usize) -> Self {
        let chunk = place.saturating_sub(HEADER_LEN) / SEALED_CHUNK_SIZE;
        let start = part * PART_SIZE + chunk * CHUNK_SIZE;
        self.from = start.saturating_sub(CHUNK_SIZE);
        self.to = (start + 1).min(file.plain.len());
        self
    }

    fn patched(mut self, file: &File, part: usize, place: usize, bytes: Vec<u8>) -> Self {
        self.objects[part].patches.push((place, bytes));
        self.touching(file, part, place)
    }
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    let place = dice.below(bytes.len());
    bytes[place] ^= 1 << dice.below(8);
}

fn cut(bytes: &mut Vec<u8>, dice: &mut Dice) {
    bytes.truncate(dice.below(bytes.len()));
}

/// A change of a file of the world.
pub(crate) fn file_case(world: &World, dice: &mut Dice) -> Case {
    let kind = FILE_KINDS[dice.below(FILE_KINDS.len())];
    let files = world.files.len();
    let of = match kind {
        "part of another number" => any(dice, files, |of| world.files[of].parts.len() > 1),
        "chunks swapped in a part" => any(dice, files, |of| world.files[of].plain.len() > 2 * CHUNK_SIZE),
        _ => dice.below(files),
    };
    let file = &world.files[of];
    let mut case = Case::new(world, of, kind);
    let part = dice.below(file.parts.len());
    let sealed = &file.parts[part];
    match kind {
        "wrapped key: bit" => flip(&mut case.row.wrapped, dice),
        "wrapped key: cut" => cut(&mut case.row.wrapped, dice),
        "manifest: bit" => flip(&mut case.row.manifest, dice),
        "manifest: cut" => cut(&mut case.row.manifest, dice),
        "row: another version of the key" => {
            case.row.key_version = [3 - file.row.key_version, 0, 9][dice.below(3)]
        }
        "wrapped key of another file" => {
            case.row.wrapped = world.files[other_than(dice, files, of)].row.wrapped.clone();
        }
        "manifest of another file" => {
            case.row.manifest = world.files[other_than(dice, files, of)].row.manifest.clone();
        }
        "row said to be another file's" => {
            // all of the other file, keys and objects included, under the name of this one
            let other = &world.files[other_than(dice, files, of)];
            case.row =
                Row { attachment: file.row.attachment, patient: file.row.patient, ..other.row.clone() };
            case.objects = other.parts.iter().map(Object::new).collect();
        }
        "row said to be another patient's" => {
            case.row.patient = world.patients[other_than(dice, world.patients.len(), file.patient)].id;
        }
        "header: bit" => {
            let mut header = sealed[..HEADER_LEN].to_vec();
            flip(&mut header, dice);
            case = case.patched(file, part, 0, header);
            (case.from, case.to) = (part * PART_SIZE, part * PART_SIZE + 1);
        }
        "chunk: bit" => {
            let place = HEADER_LEN + dice.below(sealed.len() - HEADER_LEN);
            case = case.patched(file, part, place, vec![sealed[place] ^ 1 << dice.below(8)]);
        }
        "part: cut" => {
            case.objects[part].len = dice.below(sealed.len());
            let len = case.objects[part].len;
            case = case.touching(file, part, len);
        }
        "part: cut at the border of a chunk" => {
            let border = chunk_start(dice.below(chunks(sealed)));
            case.objects[part].len = border;
            case = case.touching(file, part, border);
        }
        "part: a byte put in" => {
            // what follows in the chunk moves by one, as far as it matters here
            let place = HEADER_LEN + dice.below(sealed.len() - HEADER_LEN);
            let end = sealed.len().min(place + SEALED_CHUNK_SIZE);
            let moved = [&[dice.next() as u8], &sealed[place..end - 1]].concat();
            let moved = if moved == sealed[place..end] { vec![!sealed[place]] } else { moved };
            case = case.patched(file, part, place, moved);
            // it can begin with equal bytes: read all chunks that it reaches
            case.to = (case.to + CHUNK_SIZE).min(file.plain.len());
        }
        "chunks swapped in a part" => {
            let part = if sealed.len() > chunk_start(2) { part } else { 0 };
            let sealed = &file.parts[part];
            let full = (sealed.len() - HEADER_LEN) / SEALED_CHUNK_SIZE;
            let one = dice.below(full);
            let other = other_than(dice, full, one);
            let bytes = |index| sealed[chunk_start(index)..chunk_start(index + 1)].to_vec();
            case.objects[part].patches.push((chunk_start(other), bytes(one)));
            case = case.patched(file, part, chunk_start(one), bytes(other));
        }
        "chunk of another file or try" => {
            let index = dice.below(chunks(sealed));
            let end = sealed.len().min(chunk_start(index + 1));
            let from = any_part(world, dice, |other| !Arc::ptr_eq(other, sealed) && other.len() >= end);
            let bytes = from[chunk_start(index)..end].to_vec();
            case = case.patched(file, part, chunk_start(index), bytes);
        }
        "part of another number" => {
            case.objects.swap(0, 1);
            (case.from, case.to) = (part * PART_SIZE, part * PART_SIZE + 1);
        }
        "part of another file" => {
            let other = &world.files[other_than(dice, files, of)].parts;
            case.objects[part] = Object::new(&other[dice.below(other.len())]);
            (case.from, case.to) = (part * PART_SIZE, part * PART_SIZE + 1);
        }
        "part of another try" => {
            case.objects[part] = Object::new(&file.tried[part]);
            // a range that begins anywhere in it
            case.from = part * PART_SIZE + dice.below(sealed.len() - HEADER_LEN - 16 * chunks(sealed));
            case.to = case.from + 1;
        }
        unknown => unreachable!("{unknown}"),
    }
    case
}

/// A change of a body, and the body that was asked for.
pub(crate) fn body_case<'a>(world: &'a World, dice: &mut Dice) -> (&'static str, Body, &'a Body) {
    let kind = BODY_KINDS[dice.below(BODY_KINDS.len())];
    let of = dice.below(world.bodies.len());
    let (asked, count) = (&world.bodies[of], world.bodies.len());
    let mut body = asked.clone();
    let mut take = |fits: &dyn Fn(&Body) -> bool| {
        let other = &world.bodies[any(dice, count, |other| other != of && fits(&world.bodies[other]))];
        (body.sealed, body.key_version) = (other.sealed.clone(), other.key_version);
    };
    match kind {
        "body of another revision" => take(&|other| other.entry == asked.entry),
        "body of another entry" => {
            take(&|other| other.patient == asked.patient && other.entry != asked.entry)
        }
        "body of another patient" => take(&|other| other.patient != asked.patient),
        "body: bit" => flip(&mut body.sealed, dice),
        "body: cut" => cut(&mut body.sealed, dice),
        "body: another version of the key" => body.key_version = [3 - body.key_version, 0, 9][dice.below(3)],
        "body: another category or sensitivity" => match dice.below(3) {
            0 => body.category = if body.category == "MESSAGE" { "NURSING" } else { "MESSAGE" },
            1 => body.category = "REFERRAL",
            _ => body.sensitivity = if body.sensitivity.is_some() { None } else { Some("GENETIC") },
        },
        "body: another author" => body.author[dice.below(16)] ^= 1 << dice.below(8),
        unknown => unreachable!("{unknown}"),
    }
    (kind, body, asked)
}

fn chunks(sealed: &[u8]) -> usize {
    (sealed.len() - HEADER_LEN).div_ceil(SEALED_CHUNK_SIZE)
}

/// One of the numbers below `end` that fit, of which there is one at least.
fn any(dice: &mut Dice, end: usize, fits: impl Fn(usize) -> bool) -> usize {
    let first = dice.below(end);
    (first..end).chain(0..first).find(|number| fits(*number)).expect("one fits")
}

fn any_part<'a>(world: &'a World, dice: &mut Dice, fits: impl Fn(&Arc<Vec<u8>>) -> bool) -> &'a Arc<Vec<u8>> {
    let parts: Vec<_> = world.files.iter().flat_map(|file| file.parts.iter().chain(&file.tried)).collect();
    parts[any(dice, parts.len(), |number| fits(parts[number]))]
}

/// Below `end`, but not `but`; `end` is more than 1.
fn other_than(dice: &mut Dice, end: usize, but: usize) -> usize {
    (but + 1 + dice.below(end - 1)) % end
}
