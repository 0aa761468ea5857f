//! Sealed data in the hands of somebody who rules the database and the blob store, but has no key: whatever is
//! changed, cut, swapped or put back is refused, and every byte that came out before was the file's.
//!
//! 3,000 mutations; `RENKEI_MUTATIONS=100000` for more, `RENKEI_MUTATIONS_SEED` repeats a run.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/dice.rs"]
mod dice;
mod mutate;
mod world;

use std::collections::BTreeMap;

use dice::{Dice, setting};
use mutate::{Case, body_case, file_case};
use renkei_crypto::OpenError;
use renkei_crypto::blob::{
    CHUNK_SIZE, HEADER_LEN, Manifest, PART_SIZE, PartContext, PartOpener, SEALED_CHUNK_SIZE, chunk_count,
    chunk_range, is_last_chunk, locate,
};
use renkei_crypto::key::{derive, unwrap};
use renkei_crypto::seal::open;
use world::{Body, Object, Row, World, blob_context, manifest_aad};

/// Reads bytes `from..to` of the file that the row and the objects are said to be, as the server does it: only the
/// chunks that are needed, each given out as soon as it opened.
fn read(
    world: &World,
    row: &Row,
    objects: &[Object],
    from: usize,
    to: usize,
    out: &mut Vec<u8>,
) -> Result<(), OpenError> {
    let damaged = OpenError::Damaged;
    let patient = world.patients.iter().find(|patient| patient.id == row.patient).ok_or(damaged)?;
    let parent = patient.key(row.key_version).ok_or(damaged)?;
    let key = unwrap(parent, &row.wrapped, &blob_context(&row.patient, row.key_version, &row.attachment))?;
    let manifest = Manifest::open(&key, &manifest_aad(&row.patient, &row.attachment), &row.manifest)?;
    let mut offset = from;
    while offset < to.min(manifest.total_len as usize) {
        let at = locate(offset as u64).ok_or(damaged)?;
        let entry = manifest.parts.get(at.part as usize).ok_or(damaged)?;
        let object = objects.get(at.part as usize).ok_or(damaged)?;
        let header = object.get(0, HEADER_LEN).ok_or(damaged)?;
        let context = PartContext { patient: &row.patient, attachment: &row.attachment, part: at.part };
        let opener = PartOpener::of_entry(&key, &context, entry, &header)?;
        for index in at.chunk..chunk_count(entry.plain_len) {
            let range = chunk_range(entry.plain_len, index).ok_or(damaged)?;
            let sealed = object.get(range.start as usize, range.end as usize).ok_or(damaged)?;
            let plain = opener.open_chunk_at(index, &sealed, is_last_chunk(entry.plain_len, index))?;
            let skip = if index == at.chunk { at.skip } else { 0 };
            out.extend_from_slice(&plain[skip..]);
            offset += plain.len() - skip;
            if offset >= to {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read_body(world: &World, body: &Body) -> Result<Vec<u8>, OpenError> {
    let key = world.patients[body.patient].key(body.key_version).ok_or(OpenError::Damaged)?;
    open(&derive(key, "note"), &body.aad(world), &body.sealed)
}

#[test]
fn what_was_changed_is_refused_and_nothing_unverified_comes_out() {
    let (count, seed) = (setting("RENKEI_MUTATIONS", 3000), setting("RENKEI_MUTATIONS_SEED", 20_261_122));
    println!("seed {seed}");
    let (world, mut dice) = (World::new(seed), Dice(seed));
    let mut kinds = BTreeMap::<&str, u64>::new();
    let (mut out, mut came_out) = (Vec::new(), 0);
    for number in 0..count {
        out.clear();
        let (kind, opened, truth) = if dice.below(4) == 0 {
            let (kind, body, truth) = body_case(&world, &mut dice);
            let opened = read_body(&world, &body).map(|plain| out.extend_from_slice(&plain));
            (kind, opened, truth.plain.as_slice())
        } else {
            let Case { kind, row, objects, of, from, to } = file_case(&world, &mut dice);
            let opened = read(&world, &row, &objects, from, to, &mut out);
            (kind, opened, &world.files[of].plain[from..])
        };
        assert!(opened.is_err(), "mutation {number} of seed {seed} opens: {kind}");
        assert!(truth.starts_with(&out), "mutation {number} of seed {seed}: unverified bytes: {kind}");
        came_out += out.len();
        *kinds.entry(kind).or_default() += 1;
    }
    for (kind, cases) in &kinds {
        println!("{cases:>6} {kind}");
    }
    println!("{count} mutations refused; {came_out} bytes came out before, all of them the files' own");
    assert_eq!(kinds.len(), mutate::KINDS, "every kind of mutation was tried");
    assert!(came_out > 0, "also behind a beginning that is whole");
}

#[test]
fn at_every_border_of_chunks_a_cut_is_refused() {
    let world = World::new(setting("RENKEI_MUTATIONS_SEED", 20_261_122));
    let mut cuts = 0;
    for file in &world.files {
        for number in 0..file.parts.len() {
            let sealed = file.parts[number].len();
            let borders = (0..).map(world::chunk_start).take_while(|border| *border < sealed);
            for border in borders.chain([0, HEADER_LEN - 1]) {
                let mut objects: Vec<Object> = file.parts.iter().map(Object::new).collect();
                objects[number].len = border;
                let chunk = border.saturating_sub(HEADER_LEN) / SEALED_CHUNK_SIZE;
                let touched = number * PART_SIZE + chunk * CHUNK_SIZE;
                let from = touched.saturating_sub(CHUNK_SIZE);
                let mut out = Vec::new();
                let opened = read(&world, &file.row, &objects, from, touched + 1, &mut out);
                assert_eq!(opened, Err(OpenError::Damaged), "part {number} cut at {border}");
                assert!(file.plain[from..].starts_with(&out) && out.len() <= touched - from);
                cuts += 1;
            }
        }
    }
    assert!(cuts > 3 * 129, "{cuts}");
}

/// Without this, everything would be refused by a reader that can not read.
#[test]
fn what_was_not_changed_opens() {
    let world = World::new(1);
    for file in &world.files {
        let objects: Vec<Object> = file.parts.iter().map(Object::new).collect();
        for from in [0, file.plain.len() / 2, file.plain.len() - 1] {
            let mut out = Vec::new();
            assert_eq!(read(&world, &file.row, &objects, from, file.plain.len(), &mut out), Ok(()));
            assert!(out == file.plain[from..]);
        }
        // the try before is as good as any, but for the manifest
        let tried: Vec<Object> = file.tried.iter().map(Object::new).collect();
        let mut out = Vec::new();
        assert_eq!(read(&world, &file.row, &tried, 0, 1, &mut out), Err(OpenError::Damaged));
        assert!(out.is_empty());
    }
    for body in &world.bodies {
        assert_eq!(read_body(&world, body).as_ref(), Ok(&body.plain));
    }
}
