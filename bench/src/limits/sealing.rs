//! Sealing in memory: what the server's library does with the bytes of a file, and nothing else.

use std::{hint::black_box, thread, time::Instant};

use anyhow::{Result, anyhow, ensure};
use renkei_crypto::{
    Entropy as _, OsEntropy,
    blob::{CHUNK_SIZE, HEADER_LEN, PART_SIZE, PartContext, PartOpener, PartSealer, sealed_len},
    key::Key,
};
use sha2::{Digest as _, Sha256};

/// A part of a file, plain and sealed. All parts of what is measured have these bytes.
pub(crate) struct Sealing {
    key: Key,
    plain: Vec<u8>,
    sealed: Vec<u8>,
}

const CONTEXT: PartContext<'static> = PartContext { patient: &[1; 16], attachment: &[2; 16], part: 0 };

impl Sealing {
    /// Random bytes under a random key.
    ///
    /// # Errors
    /// If what was sealed does not open again.
    pub(crate) fn new() -> Result<Self> {
        let mut plain = vec![0; PART_SIZE];
        OsEntropy.fill(&mut plain);
        let mut sealing = Self { key: Key::random(&OsEntropy), plain, sealed: Vec::new() };
        sealing.sealed = sealing.seal_part(&sealing.plain, &mut Sha256::new());
        let mut opened = Vec::new();
        sealing.open_part(PART_SIZE, |chunk| opened.extend_from_slice(chunk))?;
        ensure!(opened == sealing.plain, "what was sealed opens to something else");
        Ok(sealing)
    }

    /// Seals a file of so many bytes on each of `threads`, with the two hashes that the server makes: of the
    /// file for the comparison with what was announced, and of each sealed part for the manifest. Returns the
    /// megabytes per second of all together.
    ///
    /// # Errors
    /// None in practice: sealing cannot fail.
    pub(crate) fn seal(&self, threads: usize, bytes: usize) -> Result<f64> {
        rate(threads, bytes, || {
            let mut hash = Sha256::new();
            for len in parts(bytes) {
                let sealed = self.seal_part(&self.plain[..len], &mut hash);
                black_box((Sha256::digest(&sealed), sealed));
            }
            black_box(hash.finalize());
            Ok(())
        })
    }

    /// Opens a file of so many bytes on each of `threads`. Returns the megabytes per second of all together.
    ///
    /// # Errors
    /// If something does not open.
    pub(crate) fn open(&self, threads: usize, bytes: usize) -> Result<f64> {
        rate(threads, bytes, || {
            parts(bytes).try_for_each(|len| self.open_part(len, |chunk| _ = black_box(chunk)))
        })
    }

    fn seal_part(&self, plain: &[u8], hash: &mut Sha256) -> Vec<u8> {
        let mut sealer = PartSealer::new(&self.key, &CONTEXT, &OsEntropy);
        let mut sealed = sealer.header();
        sealed.reserve(sealed_len(plain.len() as u32) as usize);
        for chunk in plain.chunks(CHUNK_SIZE) {
            hash.update(chunk);
            sealed.extend_from_slice(&sealer.push(chunk));
        }
        sealed.extend_from_slice(&sealer.finish(&[]));
        sealed
    }

    /// Opens the chunks that hold the first `len` bytes of the sealed part.
    fn open_part(&self, len: usize, mut opened: impl FnMut(&[u8])) -> Result<()> {
        let (header, chunks) = self.sealed.split_at(HEADER_LEN);
        let mut opener = PartOpener::new(&self.key, &CONTEXT, header)?;
        let last = PART_SIZE / CHUNK_SIZE - 1;
        let sealed_chunks = chunks.chunks(chunks.len() / (last + 1)).enumerate();
        for (number, chunk) in sealed_chunks.take(len.div_ceil(CHUNK_SIZE)) {
            opened(&opener.open_chunk(chunk, number == last)?);
        }
        Ok(())
    }
}

/// The lengths of the parts of a file.
fn parts(bytes: usize) -> impl Iterator<Item = usize> {
    (0..bytes).step_by(PART_SIZE).map(move |at| PART_SIZE.min(bytes - at))
}

/// Megabytes per second, where each of these threads does what takes so many bytes.
///
/// # Errors
/// The first error of a thread.
pub(crate) fn rate(threads: usize, bytes: usize, work: impl Fn() -> Result<()> + Sync) -> Result<f64> {
    let start = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        running.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?)
    })?;
    Ok((threads * bytes) as f64 / 1e6 / start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_parts() {
        let lengths = |bytes| parts(bytes).collect::<Vec<_>>();
        assert_eq!(lengths(PART_SIZE), [PART_SIZE]);
        assert_eq!(lengths(2 * PART_SIZE + 5), [PART_SIZE, PART_SIZE, 5]);
    }
}
