//! Files to look at.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Where the samples say they were taken: 35° 39' 30" N, 139° 44' 43" E, as rationals.
pub(crate) const LATITUDE: [(u32, u32); 3] = [(35, 1), (39, 1), (3012, 100)];
pub(crate) const LONGITUDE: [(u32, u32); 3] = [(139, 1), (44, 1), (4312, 100)];

/// A picture with a red left half and a blue right half.
pub(crate) fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::from(RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }
    }))
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("the picture can be encoded");
    bytes.into_inner()
}

/// An entry of a directory of an EXIF block.
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: Vec<u8>,
}

/// Bytes in one of the two orders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Big,
    Little,
}

impl Order {
    pub(crate) fn short(self, value: u16) -> [u8; 2] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    pub(crate) fn long(self, value: u32) -> [u8; 4] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    fn entry_short(self, tag: u16, value: u16) -> Entry {
        Entry { tag, kind: 3, count: 1, value: self.short(value).to_vec() }
    }

    fn entry_long(self, tag: u16, value: u32) -> Entry {
        Entry { tag, kind: 4, count: 1, value: self.long(value).to_vec() }
    }

    fn entry_text(tag: u16, text: &str) -> Entry {
        let value = [text.as_bytes(), b"\0"].concat();
        Entry { tag, kind: 2, count: value.len() as u32, value }
    }

    fn entry_rationals(self, tag: u16, values: &[(u32, u32)]) -> Entry {
        let value =
            values.iter().flat_map(|(one, two)| [self.long(*one), self.long(*two)].concat()).collect();
        Entry { tag, kind: 5, count: values.len() as u32, value }
    }

    /// A directory that stands at `offset`, with its long values behind it.
    fn directory(self, offset: u32, entries: &[Entry], next: u32) -> Vec<u8> {
        let mut table = self.short(entries.len() as u16).to_vec();
        let mut values: Vec<u8> = Vec::new();
        let behind = offset + 2 + entries.len() as u32 * 12 + 4;
        for entry in entries {
            table.extend(self.short(entry.tag));
            table.extend(self.short(entry.kind));
            table.extend(self.long(entry.count));
            if entry.value.len() <= 4 {
                table.extend(&entry.value);
                table.resize(table.len() + 4 - entry.value.len(), 0);
            } else {
                table.extend(self.long(behind + values.len() as u32));
                values.extend(&entry.value);
            }
        }
        table.extend(self.long(next));
        table.extend(values);
        table
    }

    fn gps(self, offset: u32) -> Vec<u8> {
        let entries = [
            Entry { tag: 0, kind: 1, count: 4, value: vec![2, 3, 0, 0] },
            Self::entry_text(1, "N"),
            self.entry_rationals(2, &LATITUDE),
            Self::entry_text(3, "E"),
            self.entry_rationals(4, &LONGITUDE),
        ];
        self.directory(offset, &entries, 0)
    }

    /// An EXIF block as phones write it: camera, orientation, time, the position if wanted, and a second directory,
    /// for a small picture, with a position of its own.
    pub(crate) fn exif(self, orientation: u16, has_position: bool) -> Vec<u8> {
        let (sub, gps, second, second_gps) = (300, 500, 800, 1000);
        let mut entries = vec![
            Self::entry_text(0x010F, "Invented Camera Works"),
            self.entry_short(0x0112, orientation),
            Self::entry_text(0x0132, "2026:11:22 09:00:00"),
            self.entry_long(0x8769, sub),
        ];
        let mut second_entries = vec![self.entry_short(0x0112, orientation)];
        if has_position {
            entries.push(self.entry_long(0x8825, gps));
            second_entries.push(self.entry_long(0x8825, second_gps));
        }
        let inner = [Self::entry_text(0x9003, "2026:11:22 08:59:59")];
        let mut block = match self {
            Self::Big => b"MM\0*".to_vec(),
            Self::Little => b"II*\0".to_vec(),
        };
        block.extend(self.long(8));
        block.extend(self.directory(8, &entries, second));
        for (offset, directory) in [
            (sub, self.directory(sub, &inner, 0)),
            (gps, self.gps(gps)),
            (second, self.directory(second, &second_entries, 0)),
            (second_gps, self.gps(second_gps)),
        ] {
            assert!(block.len() <= offset as usize);
            block.resize(offset as usize, 0);
            block.extend(directory);
        }
        block
    }
}

/// An XMP packet that tells the position.
pub(crate) fn xmp() -> String {
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF><rdf:Description exif:GPSVersionID=\"2.3.0.0\" \
     exif:GPSLatitude=\"35,39.502N\" tiff:Make=\"Invented\"><exif:GPSLongitude>139,44.718E</exif:GPSLongitude>\
     </rdf:Description></rdf:RDF></x:xmpmeta>"
        .to_owned()
}

/// A segment of a JPEG.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xFF, marker][..], &(content.len() as u16 + 2).to_be_bytes(), content].concat()
}

/// `jpeg` with these blocks behind its beginning.
pub(crate) fn jpeg_with(jpeg: &[u8], exif: Option<&[u8]>, xmp: Option<&str>) -> Vec<u8> {
    let mut with = jpeg[..2].to_vec();
    if let Some(exif) = exif {
        with.extend(segment(0xE1, &[b"Exif\0\0", exif].concat()));
    }
    if let Some(xmp) = xmp {
        with.extend(segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat()));
    }
    with.extend(&jpeg[2..]);
    with
}

pub(crate) fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [kind, content].concat();
    let checksum = crc32fast::hash(&checked).to_be_bytes();
    [&(content.len() as u32).to_be_bytes()[..], &checked, &checksum].concat()
}

/// `png` with further chunks behind its header.
pub(crate) fn png_with(png: &[u8], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let (header, rest) = png.split_at(33);
    let chunks = chunks.iter().flat_map(|(kind, content)| png_chunk(kind, content));
    header.iter().copied().chain(chunks).chain(rest.iter().copied()).collect()
}

/// A WebP of the extended form with an EXIF chunk, of one of the simple form.
pub(crate) fn webp_with(webp: &[u8], width: u32, height: u32, exif: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let mut chunk = [&kind[..], &(content.len() as u32).to_le_bytes(), content].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let mut head = vec![0x08, 0, 0, 0];
    head.extend(&(width - 1).to_le_bytes()[..3]);
    head.extend(&(height - 1).to_le_bytes()[..3]);
    let content =
        [b"WEBP".to_vec(), chunk(b"VP8X", &head), webp[12..].to_vec(), chunk(b"EXIF", exif)].concat();
    [b"RIFF".to_vec(), (content.len() as u32).to_le_bytes().to_vec(), content].concat()
}

fn iso_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// A HEIC that has nothing but its EXIF item, with `prefix` between the item's own offset field and the block.
pub(crate) fn heic(prefix: &[u8], exif: &[u8]) -> Vec<u8> {
    let item = [&(prefix.len() as u32).to_be_bytes()[..], prefix, exif].concat();
    let head = iso_box(b"ftyp", b"heic\0\0\0\0mif1heic");
    let meta = |offset: u32| {
        let handler = iso_box(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let entry = iso_box(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0");
        let info = iso_box(b"iinf", &[b"\0\0\0\0\0\x01", &entry[..]].concat());
        let place = [
            &b"\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01"[..],
            &offset.to_be_bytes(),
            &(item.len() as u32).to_be_bytes(),
        ]
        .concat();
        iso_box(b"meta", &[b"\0\0\0\0", &handler[..], &info, &iso_box(b"iloc", &place)].concat())
    };
    let offset = (head.len() + meta(0).len() + 8) as u32;
    [head, meta(offset), iso_box(b"mdat", &item)].concat()
}

/// A ZIP with these members, all compressed or none.
pub(crate) fn zip(members: &[(&str, &[u8])], is_packed: bool) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let mut packed = content.to_vec();
        if is_packed {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).expect("memory can be written");
            packed = encoder.finish().expect("memory can be written");
        }
        let mut common = vec![20, 0, 0, 0, if is_packed { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc32fast::hash(content).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let offset = file.len() as u32;
        file.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10]].concat());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = (members.len() as u16).to_le_bytes();
    let offset = (file.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    file.extend(directory);
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &length, &offset, &[0, 0]].concat());
    file
}

/// A compound file with these storages and streams.
pub(crate) fn compound(storages: &[&str], streams: &[&str]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("memory can be written");
    for storage in storages {
        file.create_storage(storage).expect("the storage can be made");
    }
    for stream in streams {
        let mut stream = file.create_stream(stream).expect("the stream can be made");
        stream.write_all(b"invented").expect("the stream can be written");
    }
    file.flush().expect("memory can be written");
    file.into_inner().into_inner()
}

/// A PDF of one page of 200 × 100 points, the left half of it red.
pub(crate) fn pdf() -> Vec<u8> {
    let drawing = "0.9 0.1 0.1 rg 0 0 100 100 re f";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "xref\n0 5\n0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = file.len();
    file.push_str(&format!("{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}
