use super::*;

fn local(content: &[u8]) -> (tempfile::TempDir, LocalFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wound.JPG");
    std::fs::write(&path, content).unwrap();
    let file = inspect(&path).unwrap();
    (folder, file)
}

fn header(file: &LocalFile) -> UploadHeader {
    UploadHeader {
        size: file.size.cast_signed(),
        sha256: Bytes::copy_from_slice(&file.sha256),
        file_name: file.file_name.clone(),
        ..Default::default()
    }
}

fn frames(header: &UploadHeader, path: &Path) -> (Result<()>, Vec<Frame>) {
    let (sender, mut receiver) = mpsc::channel(100);
    let result = send_frames(header, path, &sender);
    drop(sender);
    let mut frames = Vec::new();
    while let Ok(request) = receiver.try_recv() {
        frames.extend(request.frame);
    }
    (result, frames)
}

#[test]
fn a_file_is_announced_by_its_hash_and_sent_in_frames() {
    let content: Vec<u8> = (0..FRAME * 2 + 5).map(|i| (i % 251) as u8).collect();
    let (_folder, file) = local(&content);
    assert_eq!((file.content_type.as_str(), file.file_name.as_str()), ("image/jpeg", "wound.JPG"));
    let (result, frames) = frames(&header(&file), &file.path);
    result.unwrap();
    let data: Vec<&Bytes> =
        frames.iter().filter_map(|f| if let Frame::Data(data) = f { Some(data) } else { None }).collect();
    assert_eq!(data.iter().map(|d| d.len()).collect::<Vec<_>>(), [FRAME, FRAME, 5]);
    assert_eq!(data.iter().flat_map(|data| data.iter().copied()).collect::<Vec<u8>>(), content);
    assert!(matches!(frames[0], Frame::Header(_)));
}

#[test]
fn a_file_that_changed_is_never_completed() {
    for changed in [&b"second"[..], b"longer than before", b"x"] {
        let (_folder, file) = local(b"first!");
        std::fs::write(&file.path, changed).unwrap();
        let (result, frames) = frames(&header(&file), &file.path);
        assert_eq!(result.unwrap_err().exit(), Exit::LocalFile);
        assert_eq!(frames.len(), 1, "only the header left");
    }
}

#[test]
fn folders_and_empty_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(inspect(folder.path()).unwrap_err().exit(), Exit::LocalFile);
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    assert_eq!(inspect(&folder.path().join("empty")).unwrap_err().exit(), Exit::Usage);
    assert_eq!(inspect(&folder.path().join("none")).unwrap_err().exit(), Exit::LocalFile);
}

#[test]
fn what_arrives_is_verified() {
    let attachment = |content: &[u8]| Attachment {
        size: content.len() as i64,
        sha256: Bytes::copy_from_slice(&Sha256::digest(content)),
        ..Default::default()
    };
    let receive = |announced: &[u8], parts: &[&[u8]]| {
        let mut sink = tempfile::tempfile().unwrap();
        let mut received = Received::new(&mut sink);
        received.begin(attachment(announced)).unwrap();
        parts.iter().try_for_each(|part| received.add(part)).and_then(|()| received.verified())
    };
    assert!(receive(b"abcd", &[b"ab", b"cd"]).is_ok());
    for parts in [&[&b"ab"[..]][..], &[b"abce"], &[b"abcd", b"e"]] {
        assert_eq!(receive(b"abcd", parts).unwrap_err().exit(), Exit::Damaged);
    }
}
