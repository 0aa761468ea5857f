//! What does not come in.

use image::ImageFormat;
use renkei_content::Refusal;

use crate::samples::{compound, encoded, picture, zip};
use crate::{content_type, inspected};

/// Why a harmless text is refused under this name.
fn by_name(name: &str) -> Option<Refusal> {
    inspected(b"harmless", name, "text/plain").err()
}

#[test]
fn a_program_is_refused_by_its_content() {
    for program in [
        &b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF"[..],
        b"\x7FELF\x02\x01\x01\0",
        b"\xCF\xFA\xED\xFE\x07\0\0\x01",
        b"\xCA\xFE\xBA\xBE\0\0\0\x34",
        b"\0asm\x01\0\0\0",
        b"dex\n035\0",
    ] {
        assert_eq!(inspected(program, "photo.jpg", "image/jpeg").err(), Some(Refusal::Executable));
    }
    // A DICOM file leaves 128 bytes free, where a program may stand.
    let mut polyglot = b"MZ\x90\0\x03\0\0\0".to_vec();
    polyglot.resize(128, 0);
    polyglot.extend(b"DICM");
    assert_eq!(content_type(&polyglot, ""), Err(Refusal::Executable));
}

#[test]
fn a_name_that_a_double_click_runs_is_refused() {
    for name in ["a.exe", "a.SCR", "a.com", "a.msi", "a.jar", "a.dll", "a.exe. .", "a.e\u{200B}xe", "a.appx"]
    {
        assert_eq!(by_name(name), Some(Refusal::Executable), "{name:?}");
    }
    for name in
        ["a.bat", "a.ps1", "a.vbs", "a.js", "a.hta", "a.lnk", "a.sh", "a.py", "a.reg", "a.html", "a.svg"]
    {
        assert_eq!(by_name(name), Some(Refusal::Script), "{name:?}");
    }
    for name in ["a.docm", "a.xlsm", "a.pptm", "a.xlsb"] {
        assert_eq!(by_name(name), Some(Refusal::Macro), "{name:?}");
    }
    for name in ["a.7z", "a.rar", "a.tar.gz", "a.iso", "a.lzh"] {
        assert_eq!(by_name(name), Some(Refusal::Archive), "{name:?}");
    }
    for name in ["a.txt", "a.exe.txt", "exe", "a.csv", "a"] {
        assert_eq!(by_name(name), None, "{name:?}");
    }
}

#[test]
fn scripts_and_active_pages_are_refused_by_their_content() {
    let utf16: Vec<u8> =
        "\u{FEFF}<html><script>x</script>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for script in [
        &b"#!/bin/sh\necho"[..],
        b"\xEF\xBB\xBF#!/usr/bin/env python3\n",
        b"#!/bin/sh\nexec\0\0\x01\x02",
        b"<!DOCTYPE html><p>x",
        b"  \n<HTML><body>",
        b"<!-- x --><script>alert(1)</script>",
        b"<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"x\" \"y\"><svg/>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x\"/>",
        b"<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>",
        b"<!DOCTYPE x [ <!ENTITY a \"b\"> ]><svg/>",
        b"<note><h:script xmlns:h=\"http://www.w3.org/1999/xhtml\">x</h:script></note>",
        b"<?php echo 1;",
        b"%!PS-Adobe-3.0",
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0",
        &utf16,
    ] {
        assert_eq!(content_type(script, "text/plain"), Err(Refusal::Script), "{}", script.escape_ascii());
    }
}

#[test]
fn a_script_far_behind_in_xml_is_found() {
    let mut page = b"<?xml version=\"1.0\"?><note>".to_vec();
    page.resize(900_000, b' ');
    page.extend(b"<script xmlns=\"http://www.w3.org/1999/xhtml\"/>");
    assert_eq!(content_type(&page, "application/xml"), Err(Refusal::Script));
}

#[test]
fn macros_in_compound_files_are_refused() {
    for storages in [&["/Macros", "/Macros/VBA"][..], &["/_VBA_PROJECT_CUR"], &["/VBA"]] {
        let file = compound(storages, &["/WordDocument"]);
        assert_eq!(
            inspected(&file, "a.doc", "application/msword").err(),
            Some(Refusal::Macro),
            "{storages:?}"
        );
    }
    assert_eq!(content_type(&compound(&[], &["/EncryptedPackage"]), ""), Err(Refusal::Macro));
    // The words in a text of the file are not its directory.
    let mut talk = compound(&[], &["/WordDocument"]);
    talk.extend("About Macros\0 and VBA\0 in general".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(content_type(&talk, "").as_deref(), Ok("application/msword"));
    let mut slides = compound(&[], &["/PowerPoint Document"]);
    slides.extend(b"\x1F\0\xFF\x03\x14\0\0\0\x02\0\0\x04\x0C\0\0\0\x07\0\0\0\x01\0\0\0\x02\0\0\0");
    assert_eq!(content_type(&slides, ""), Err(Refusal::Macro));
    let flag = slides.len() - 8;
    slides[flag] = 0;
    assert_eq!(content_type(&slides, "").as_deref(), Ok("application/vnd.ms-powerpoint"));
}

#[test]
fn an_installer_in_a_compound_file_is_a_program() {
    let mut installer = compound(&[], &["/Installation"]);
    let root: Vec<u8> = "Root Entry".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = (0..installer.len()).find(|at| installer[*at..].starts_with(&root)).expect("it has a root");
    installer[at + 80..at + 96].copy_from_slice(b"\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46");
    assert_eq!(content_type(&installer, ""), Err(Refusal::Executable));
}

#[test]
fn macros_in_office_zips_are_refused() {
    let plain = b"<Types><Override PartName=\"/word/document.xml\"/></Types>";
    let types = ("[Content_Types].xml", &plain[..]);
    let body = ("word/document.xml", &b"<x/>"[..]);
    for macros in
        ["word/vbaProject.bin", "WORD\\VBAPROJECT.BIN", "word/embeddings/a.xlsm", "xl/macrosheets/sheet1.xml"]
    {
        let file = zip(&[types, body, (macros, b"x")], true);
        assert_eq!(inspected(&file, "a.docx", "").err(), Some(Refusal::Macro), "{macros}");
    }
    // Under another name, which only the list of content types tells.
    for list in [
        "<Types><Override ContentType=\"application/vnd.ms-office.vbaProject\" PartName=\"/word/x.bin\"/></Types>",
        "<Types><Override ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/></Types>",
        "<Types><Override ContentType=\"application/vnd.ms-office.vba&#80;roject\"/></Types>",
    ] {
        for is_packed in [false, true] {
            let file = zip(&[("[Content_Types].xml", list.as_bytes()), body], is_packed);
            assert_eq!(inspected(&file, "a.docx", "").err(), Some(Refusal::Macro), "{list}");
        }
    }
    let bomb = vec![b' '; 4_000_000];
    let file = zip(&[("[Content_Types].xml", &bomb), body], true);
    assert_eq!(inspected(&file, "a.docx", "").err(), Some(Refusal::Macro));
    for member in ["Basic/Standard/Module1.xml", "Scripts/python/a"] {
        let file = zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), (member, b"x")], false);
        assert_eq!(inspected(&file, "a.odt", "").err(), Some(Refusal::Macro));
    }
    // Office files have pictures and sheets of the old kind in them; a plain archive may not.
    let file = zip(&[types, body, ("word/media/a.svg", b"<svg/>"), ("word/embeddings/a.xls", b"x")], true);
    assert!(inspected(&file, "a.docx", "").is_ok());
    assert_eq!(inspected(&file, "a.zip", "").err(), Some(Refusal::Archive));
}

#[test]
fn an_archive_is_refused_for_what_its_names_hide() {
    for member in [
        "run.exe",
        "x/y/RUN.BAT",
        "a.docm",
        "word/vbaProject.bin",
        "inner.zip",
        "a.7z",
        "a.svg",
        "old.xls",
        "a.exe\0.txt",
    ] {
        let file = zip(&[("harmless.txt", b"x"), (member, b"x")], true);
        assert_eq!(content_type(&file, ""), Err(Refusal::Archive), "{member:?}");
    }
    let mut encrypted = zip(&[("a.txt", b"x")], false);
    encrypted[6] |= 1;
    assert_eq!(content_type(&encrypted, ""), Err(Refusal::Archive));
    // A picture that is opened as an archive, because of its name.
    let photo = encoded(&picture(8, 8), ImageFormat::Jpeg);
    let both = [photo, zip(&[("run.exe", b"x")], false)].concat();
    assert_eq!(inspected(&both, "a.zip", "").err(), Some(Refusal::Archive));
    assert!(inspected(&both, "a.jpg", "").is_ok());
}

#[test]
fn a_member_that_the_tables_do_not_name_counts() {
    // Only the central header says so, then only the local one.
    let file = zip(&[("harmless.txt", b"x")], false);
    let replace = |last: bool| {
        let mut file = file.clone();
        let mut places = (0..file.len()).filter(|at| file[*at..].starts_with(b"harmless.txt"));
        let at = if last { places.next_back() } else { places.next() }.expect("it is named");
        file[at + 9..at + 12].copy_from_slice(b"exe");
        file
    };
    for last in [false, true] {
        assert_eq!(content_type(&replace(last), ""), Err(Refusal::Archive));
    }
    // A name in an extra field, which some take instead.
    let mut file = b"PK\x03\x04\x14\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\x0E\0a.txt".to_vec();
    file.extend(b"\x75\x70\x0A\0\x01\0\0\0\0a.exe");
    assert_eq!(content_type(&file, ""), Err(Refusal::Archive));
}

#[test]
fn what_cannot_be_looked_into_is_refused() {
    let mut tape = vec![b'x'; 600];
    tape[257..262].copy_from_slice(b"ustar");
    let mut disc = vec![0; 0x8001];
    disc.extend(b"CD001");
    let mut disk = vec![0; 2048];
    disk[1536..1544].copy_from_slice(b"koly\0\0\0\x04");
    for archive in [
        &b"7z\xBC\xAF\x27\x1C\0\x04"[..],
        b"Rar!\x1A\x07\x01\0",
        b"\x1F\x8B\x08\0",
        b"BZh91AY&SY\x01\x02\0",
        b"\xFD7zXZ\0",
        b"MSCF\0\0\0\0",
        b"\x20\x5A-lh5-\x01\0",
        &tape,
        &disc,
        &disk,
    ] {
        assert_eq!(content_type(archive, ""), Err(Refusal::Archive), "{}", archive[..8].escape_ascii());
    }
}
