//! Looking at a file of any length through small windows.
//!
//! What is read is at most [`WINDOW`] + [`LOOKAHEAD`] bytes at a time, whatever the file claims about itself.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::memmem::Finder;

use crate::Patch;

/// Bytes that a scan reads at once.
const WINDOW: usize = 256 * 1024;
/// Bytes after the beginning of a hit that a scan shows, as far as the file has them: the longest header of a
/// member of a ZIP with its name and its extra fields.
pub(crate) const LOOKAHEAD: usize = 130 * 1024;

/// What may be read of a short file, jumps included: 2,000 of these.
const SPARE: u64 = 512 * 1024 * 1024;

/// A file, seen as it would be with the patches applied.
pub(crate) struct Source<'a, F> {
    file: &'a mut F,
    length: u64,
    patches: Vec<Patch>,
    /// Where the last read ended.
    at: u64,
    /// What may still be read, in bytes; a jump counts as a window.
    left: u64,
}

/// What a scan does after a hit.
pub(crate) enum Next {
    GoOn,
    Stop,
}

impl<'a, F: Read + Seek> Source<'a, F> {
    pub(crate) fn new(file: &'a mut F) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        let left = length.saturating_mul(4).saturating_add(SPARE);
        Ok(Self { file, length, patches: Vec::new(), at: 0, left })
    }

    /// Whether more was to be read than files of this length give cause for: what reads it runs after what the
    /// file claims about itself.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    /// In bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// From now on the file is seen with these patches only; none of them reaches past its end.
    pub(crate) fn set_patches(&mut self, patches: Vec<Patch>) {
        self.patches = patches;
    }

    pub(crate) fn take_patches(&mut self) -> Vec<Patch> {
        std::mem::take(&mut self.patches)
    }

    /// Whether a patch has any byte of `start..end`.
    pub(crate) fn is_patched(&self, start: u64, end: u64) -> bool {
        self.patches.iter().any(|patch| patch.offset < end && patch.offset + patch.bytes.len() as u64 > start)
    }

    /// The bytes from `offset` on: `length` of them, fewer at the end of the file, none behind it.
    pub(crate) fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let length =
            usize::try_from(self.length.saturating_sub(offset)).map_or(length, |rest| rest.min(length));
        let mut bytes = vec![0; length];
        let jump = if offset == self.at { 0 } else { WINDOW as u64 };
        self.left = self.left.saturating_sub(length as u64 + jump);
        if self.is_exhausted() {
            return Err(io::Error::other("the file makes its reader run about"));
        }
        self.at = offset + length as u64;
        if length > 0 {
            self.file.seek(SeekFrom::Start(offset))?;
            self.file.read_exact(&mut bytes)?;
        }
        for patch in &self.patches {
            apply(patch, offset, &mut bytes);
        }
        Ok(bytes)
    }

    /// The `N` bytes at `offset`, if the file has them.
    pub(crate) fn array<const N: usize>(&mut self, offset: u64) -> io::Result<Option<[u8; N]>> {
        Ok(self.read(offset, N)?.try_into().ok())
    }

    /// Calls `hit` for every place where one of `needles` stands, with its offset, which needle it is, and the
    /// bytes from there on: up to [`LOOKAHEAD`]. Needles are of 3 to 64 bytes. Hits come window by window, needle by
    /// needle.
    pub(crate) fn scan(
        &mut self,
        needles: &[&[u8]],
        mut hit: impl FnMut(u64, usize, &[u8]) -> Next,
    ) -> io::Result<()> {
        let finders: Vec<Finder<'_>> = needles.iter().map(Finder::new).collect();
        let mut offset = 0;
        let mut bytes = self.read(offset, WINDOW + LOOKAHEAD)?;
        loop {
            for (needle, finder) in finders.iter().enumerate() {
                // A needle that begins in this window may end in the next.
                let end = bytes.len().min(WINDOW + needles[needle].len() - 1);
                for at in finder.find_iter(&bytes[..end]) {
                    let shown = &bytes[at..bytes.len().min(at + LOOKAHEAD)];
                    if matches!(hit(offset + at as u64, needle, shown), Next::Stop) {
                        return Ok(());
                    }
                }
            }
            if bytes.len() <= WINDOW {
                return Ok(());
            }
            offset += WINDOW as u64;
            bytes.drain(..WINDOW);
            bytes.extend(self.read(offset + bytes.len() as u64, WINDOW)?);
        }
    }
}

/// Writes what `patch` has for the bytes that stand at `offset`.
fn apply(patch: &Patch, offset: u64, bytes: &mut [u8]) {
    let end = offset + bytes.len() as u64;
    let patch_end = patch.offset + patch.bytes.len() as u64;
    let (from, to) = (patch.offset.max(offset), patch_end.min(end));
    if from < to {
        let target = &mut bytes[(from - offset) as usize..(to - offset) as usize];
        target.copy_from_slice(&patch.bytes[(from - patch.offset) as usize..(to - patch.offset) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_scan_finds_what_lies_across_two_windows() {
        let mut bytes = vec![b'.'; WINDOW * 2 + 100];
        for at in [0, WINDOW - 2, WINDOW * 2 + 96] {
            bytes[at..at + 4].copy_from_slice(b"here");
        }
        let mut file = Cursor::new(bytes);
        let mut found = Vec::new();
        let mut source = Source::new(&mut file).expect("a cursor can seek");
        let scanned = source.scan(&[b"here"], |offset, _, shown| {
            assert!(shown.starts_with(b"here"));
            found.push(offset);
            Next::GoOn
        });
        assert!(scanned.is_ok());
        assert_eq!(found, [0, WINDOW as u64 - 2, WINDOW as u64 * 2 + 96]);
    }

    #[test]
    fn patches_are_seen_wherever_a_reading_begins_and_ends() {
        let mut file = Cursor::new(b"0123456789".to_vec());
        let mut source = Source::new(&mut file).expect("a cursor can seek");
        source.set_patches(vec![Patch { offset: 3, bytes: b"abc".to_vec() }]);
        for (offset, length, expected) in [
            (0, 10, &b"012abc6789"[..]),
            (0, 4, b"012a"),
            (4, 1, b"b"),
            (5, 9, b"c6789"),
            (6, 2, b"67"),
            (20, 1, b""),
        ] {
            assert_eq!(source.read(offset, length).expect("a cursor can be read"), expected);
        }
    }
}
