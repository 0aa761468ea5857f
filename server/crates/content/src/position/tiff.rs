//! EXIF blocks, which are TIFF files in small: directories (IFD) of entries of 12 bytes, in either byte order. The
//! position is a directory of its own, to which an entry of another one points (EXIF 2.32, 4.6.3 and 4.6.6).

use std::collections::HashSet;
use std::io::{self, Read, Seek};

use super::{MOST_PATCHED, Patches, Stuck};
use crate::Patch;
use crate::source::Source;

/// How a block begins, in both byte orders.
pub(super) const MAGIC: &[&[u8]] = &[b"II*\0", b"MM\0*"];

/// Entries that point to further directories: EXIF's own, and those of pictures in other sizes.
const EXIF: u16 = 0x8769;
const SUB: u16 = 0x014A;
const GPS: u16 = 0x8825;
/// An entry that says nothing (Microsoft's padding), for a directory that would be empty.
const PADDING: u16 = 0xEA1C;
const UNDEFINED: u16 = 7;
/// The last tag of the position's directory. The first one, 0, tells its version only.
const LAST_GPS_TAG: u16 = 0x1F;

/// More entries than a directory has; what has more is none.
const MOST_ENTRIES: u16 = 1000;
const MOST_DIRECTORIES: usize = 64;
/// Longest value of an entry of the position's directory, in bytes.
const MOST_VALUE: u64 = 64 * 1024;

/// Bytes of each type's values, by the type's number.
const SIZES: [u64; 14] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/// What may still be spent on this file.
pub(super) struct Budget {
    /// Entries that are looked at.
    entries: usize,
    /// Bytes that are patched.
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { entries: 200_000, bytes: MOST_PATCHED }
    }
}

impl Budget {
    fn spend(&mut self, entries: usize, bytes: usize) -> Result<(), Stuck> {
        self.entries = self.entries.checked_sub(entries).ok_or(Stuck)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Stuck)?;
        Ok(())
    }
}

/// Whether it is a TIFF with offsets of 8 bytes.
pub(super) fn is_big(head: &[u8]) -> bool {
    head == b"II+\0" || head == b"MM\0+"
}

/// A block in a file.
struct Block<'a, 'f, F> {
    source: &'a mut Source<'f, F>,
    /// Where it begins; its offsets count from here.
    base: u64,
    /// Where it ends at the latest.
    end: u64,
    is_big_endian: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: u32,
}

/// The patches that take the position out of the block that begins at `base`, with none if it has none or is none.
pub(super) fn patches<F: Read + Seek>(
    source: &mut Source<'_, F>,
    base: u64,
    budget: &mut Budget,
) -> io::Result<Patches> {
    let end = end_of_block(source, base)?;
    let Some(header) = source.array::<8>(base)? else { return Ok(Ok(Vec::new())) };
    let mut block = Block { source, base, end, is_big_endian: header[0] == b'M' };
    let mut waiting = vec![block.long(&header[4..])];
    let mut seen = HashSet::new();
    let mut patches = Vec::new();
    while let Some(offset) = waiting.pop() {
        if seen.len() >= MOST_DIRECTORIES || !seen.insert(offset) {
            continue;
        }
        let Some(table) = block.table(offset)? else { continue };
        let entries: Vec<Entry> = table[2..].chunks_exact(12).map(|entry| block.entry(entry)).collect();
        if budget.spend(entries.len(), 0).is_err() {
            return Ok(Err(Stuck));
        }
        let mut telling = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let is_pointer = matches!(entry.kind, 4 | 13) && entry.count > 0;
            match entry.tag {
                EXIF if is_pointer => waiting.push(entry.value),
                SUB if is_pointer => waiting.extend(block.pointers(entry)?),
                GPS if is_pointer => match block.position(entry.value, budget)? {
                    Ok(emptied) if emptied.is_empty() => {}
                    Ok(emptied) => {
                        patches.extend(emptied);
                        telling.push(index);
                    }
                    Err(Stuck) => return Ok(Err(Stuck)),
                },
                _ => {}
            }
        }
        waiting.push(block.long(&table[table.len() - 4..]));
        if !telling.is_empty() {
            if budget.spend(0, table.len()).is_err() {
                return Ok(Err(Stuck));
            }
            patches.push(block.without(offset, &table, &telling));
        }
    }
    Ok(Ok(patches))
}

/// Where the container says that the block at `base` ends: an offset behind it would point into the picture.
fn end_of_block<F: Read + Seek>(source: &mut Source<'_, F>, base: u64) -> io::Result<u64> {
    let start = base.saturating_sub(14);
    let before = source.read(start, (base - start) as usize)?;
    let (marked, prefix) = match before.strip_suffix(b"Exif\0\0") {
        Some(marked) => (marked, 6),
        None => (&before[..], 0),
    };
    let from = base - prefix;
    let stated = match marked {
        // JPEG; the length counts itself.
        [.., 0xFF, 0xE1, high, low] if prefix > 0 => {
            Some(from - 2 + u64::from(u16::from_be_bytes([*high, *low])))
        }
        // PNG
        [.., a, b, c, d, b'e', b'X', b'I', b'f'] => {
            Some(from + u64::from(u32::from_be_bytes([*a, *b, *c, *d])))
        }
        // WebP
        [.., b'E', b'X', b'I', b'F', a, b, c, d] => {
            Some(from + u64::from(u32::from_le_bytes([*a, *b, *c, *d])))
        }
        _ => None,
    };
    Ok(stated.unwrap_or(u64::MAX).min(source.length()))
}

impl<F: Read + Seek> Block<'_, '_, F> {
    fn short(&self, bytes: &[u8]) -> u16 {
        let two = [bytes[0], bytes[1]];
        if self.is_big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
    }

    fn long(&self, bytes: &[u8]) -> u32 {
        let four = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.is_big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    }

    fn short_bytes(&self, value: u16) -> [u8; 2] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn entry(&self, bytes: &[u8]) -> Entry {
        Entry {
            tag: self.short(bytes),
            kind: self.short(&bytes[2..]),
            count: self.long(&bytes[4..]),
            value: self.long(&bytes[8..]),
        }
    }

    /// `length` bytes at `offset` of the block, if it has them.
    fn read(&mut self, offset: u64, length: u64) -> io::Result<Option<Vec<u8>>> {
        let start = self.base + offset;
        if start + length > self.end {
            return Ok(None);
        }
        Ok(Some(self.source.read(start, length as usize)?).filter(|bytes| bytes.len() as u64 == length))
    }

    /// A directory: the number of entries, the entries, and the offset of the next one, if it can be one.
    fn table(&mut self, offset: u32) -> io::Result<Option<Vec<u8>>> {
        let Some(count) = self.read(offset.into(), 2)? else { return Ok(None) };
        let count = self.short(&count);
        if offset < 8 || count == 0 || count > MOST_ENTRIES {
            return Ok(None);
        }
        self.read(offset.into(), 2 + u64::from(count) * 12 + 4)
    }

    /// The offsets of the directories that `entry` points to.
    fn pointers(&mut self, entry: &Entry) -> io::Result<Vec<u32>> {
        if entry.count == 1 {
            return Ok(vec![entry.value]);
        }
        let count = u64::from(entry.count).min(MOST_DIRECTORIES as u64);
        let offsets = self.read(entry.value.into(), count * 4)?.unwrap_or_default();
        Ok(offsets.chunks_exact(4).map(|offset| self.long(offset)).collect())
    }

    /// The patches that empty the position's directory at `offset`; none if it tells nothing.
    fn position(&mut self, offset: u32, budget: &mut Budget) -> io::Result<Patches> {
        let Some(table) = self.table(offset)? else { return Ok(Ok(Vec::new())) };
        Ok(self.emptied(offset, &table, budget))
    }

    fn emptied(&self, offset: u32, table: &[u8], budget: &mut Budget) -> Patches {
        let entries: Vec<Entry> = table[2..].chunks_exact(12).map(|entry| self.entry(entry)).collect();
        if !entries.iter().any(|entry| (1..=LAST_GPS_TAG).contains(&entry.tag)) {
            return Ok(Vec::new());
        }
        budget.spend(entries.len(), table.len())?;
        let mut patches = Vec::new();
        for entry in &entries {
            let size = SIZES.get(usize::from(entry.kind)).copied().unwrap_or(0) * u64::from(entry.count);
            if size > MOST_VALUE || entry.kind == 0 || usize::from(entry.kind) >= SIZES.len() {
                return Err(Stuck);
            }
            // Longer values stand elsewhere; one that stands nowhere is read by nobody.
            let offset = self.base + u64::from(entry.value);
            if size > 4 && offset + size <= self.end {
                budget.spend(0, size as usize)?;
                patches.push(Patch { offset, bytes: vec![0; size as usize] });
            }
        }
        patches.push(Patch { offset: self.base + u64::from(offset), bytes: vec![0; table.len() - 4] });
        Ok(patches)
    }

    /// The directory at `offset` without the entries at the `dropped` indices: the others move up.
    fn without(&self, offset: u32, table: &[u8], dropped: &[usize]) -> Patch {
        let (entries, next) = table[2..].split_at(table.len() - 6);
        let mut kept: Vec<u8> = entries
            .chunks_exact(12)
            .enumerate()
            .filter(|(index, _)| !dropped.contains(index))
            .flat_map(|(_, entry)| entry.iter().copied())
            .collect();
        if kept.is_empty() {
            kept.extend(self.short_bytes(PADDING));
            kept.extend(self.short_bytes(UNDEFINED));
            let count = if self.is_big_endian { [0, 0, 0, 4] } else { [4, 0, 0, 0] };
            kept.extend(count.into_iter().chain([0; 4]));
        }
        let mut bytes = self.short_bytes((kept.len() / 12) as u16).to_vec();
        bytes.append(&mut kept);
        bytes.extend_from_slice(next);
        bytes.resize(table.len(), 0);
        Patch { offset: self.base + u64::from(offset), bytes }
    }
}
