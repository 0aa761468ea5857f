use std::{fs, path::Path, sync::atomic::Ordering};

use bytes::Bytes;
use renkei_proto::v1::{Attachment, ErrorReason, upload_attachment_request::Frame};
use tokio::sync::mpsc;

use super::world::{Random, World, progress};
use crate::{
    connection::Connection,
    error::{Exit, Result},
    transfer::{
        FRAME,
        local::inspect,
        source::Source,
        upload::{Upload, upload},
    },
};

fn planned(folder: &Path, id: &str, content: &[u8]) -> Upload {
    let path = folder.join(format!("{id}.JPG"));
    fs::write(&path, content).unwrap();
    let file = crate::draft::Attachment::new(inspect(&path).unwrap());
    crate::draft::Attachment { attachment_id: id.into(), ..file }.upload("patient")
}

async fn send(connection: &Connection, file: &Upload) -> Result<Attachment> {
    upload(connection, file.clone(), &progress()).await
}

/// What is sent from there on.
fn frames(upload: &Upload, offset: u64) -> (Result<()>, Vec<Frame>) {
    let (sender, mut receiver) = mpsc::channel(100);
    let bar = progress().bar("x", 1);
    let result = Source::open(upload.clone(), offset).and_then(|source| source.send(&sender, &bar));
    drop(sender);
    let mut frames = Vec::new();
    while let Ok(request) = receiver.try_recv() {
        frames.extend(request.frame);
    }
    (result, frames)
}

#[test]
fn a_file_is_announced_by_its_hash_and_sent_in_frames_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let content = Random(1).content(FRAME * 2 + 5);
    let file = planned(folder.path(), "wound", &content);
    assert_eq!(
        (file.header.content_type.as_str(), file.header.file_name.as_str()),
        ("image/jpeg", "wound.JPG")
    );
    for (offset, lengths) in [
        (0, vec![FRAME, FRAME, 5]),
        (3, vec![FRAME, FRAME, 2]),
        (FRAME * 2 + 4, vec![1]),
        (content.len(), vec![]),
    ] {
        let (result, frames) = frames(&file, offset as u64);
        result.unwrap();
        let (Some(Frame::Header(header)), data) = (frames.first(), &frames[1..]) else {
            panic!("{frames:?}")
        };
        assert_eq!((header.offset, header.size), (offset as i64, content.len() as i64));
        let data: Vec<&Bytes> =
            data.iter().filter_map(|f| if let Frame::Data(d) = f { Some(d) } else { None }).collect();
        assert_eq!(data.iter().map(|data| data.len()).collect::<Vec<_>>(), lengths);
        assert_eq!(data.iter().flat_map(|data| data.iter().copied()).collect::<Vec<u8>>(), content[offset..]);
    }
}

#[test]
fn a_file_that_changed_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    for changed in [&b"second"[..], b"longer than before", b"x"] {
        for offset in [0, 3, 6] {
            let file = planned(folder.path(), "wound", b"first!");
            fs::write(&file.path, changed).unwrap();
            let (result, frames) = frames(&file, offset);
            assert_eq!(result.unwrap_err().exit(), Exit::LocalFile);
            assert!(frames.is_empty(), "{frames:?}");
        }
    }
}

#[test]
fn a_file_that_was_only_touched_or_copied_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = planned(folder.path(), "wound", b"first!");
    fs::copy(&file.path, folder.path().join("copy")).unwrap();
    fs::rename(folder.path().join("copy"), &file.path).unwrap();
    assert_eq!(frames(&file, 3).1.len(), 2);
    file.stamp = None;
    assert_eq!(frames(&file, 3).1.len(), 2, "of a draft of an earlier version");
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_never_completed() {
    let folder = tempfile::tempdir().unwrap();
    let content = Random(2).content(FRAME * 3);
    let file = planned(folder.path(), "wound", &content);
    let source = Source::open(file.clone(), 0).unwrap();
    fs::write(&file.path, Random(3).content(FRAME * 3)).unwrap();
    let (sender, mut receiver) = mpsc::channel(100);
    let result = source.send(&sender, &progress().bar("x", 1));
    assert_eq!(result.unwrap_err().exit(), Exit::LocalFile);
    drop(sender);
    let mut sent = 0;
    while let Ok(request) = receiver.try_recv() {
        sent += usize::from(matches!(request.frame, Some(Frame::Data(_))));
    }
    assert!(sent < 3, "the last frame is held back");
}

#[test]
fn folders_and_empty_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(inspect(folder.path()).unwrap_err().exit(), Exit::LocalFile);
    fs::write(folder.path().join("empty"), b"").unwrap();
    assert_eq!(inspect(&folder.path().join("empty")).unwrap_err().exit(), Exit::Usage);
    assert_eq!(inspect(&folder.path().join("none")).unwrap_err().exit(), Exit::LocalFile);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_arrive_once_and_whole_over_two_hundred_random_breaks() {
    let world = World::new().await;
    let mut random = Random(4);
    let mut uploads = tokio::task::JoinSet::new();
    let mut contents = Vec::new();
    world.fake.state().piece = 1000;
    for number in 0..FILES {
        let content = random.content(420_000 + number as usize);
        let file = planned(world.folder.path(), &format!("file-{number}"), &content);
        contents.push((file.header.attachment_id.clone(), content));
        let connection = world.unlucky_process(number, 20_000..60_000).await;
        uploads.spawn(async move { send(&connection, &file).await });
    }
    while let Some(sent) = uploads.join_next().await {
        world.fake.state().piece = random.within(&(1..20_000)) as usize;
        sent.unwrap().unwrap();
    }
    let cuts = world.cuts.load(Ordering::SeqCst);
    assert!(cuts >= 200, "only {cuts} breaks");
    let state = world.fake.state();
    assert_eq!(state.completed, FILES as usize, "each exactly once");
    for (id, content) in contents {
        assert!(state.files[&id].done && state.files[&id].data == content, "{id}");
    }
    let again = state.uploads.iter().filter(|offset| **offset == 0).count();
    assert!(again < state.uploads.len() / 2, "most tries go on where the last one ended");
}

const FILES: u64 = 24;

#[tokio::test]
async fn another_process_goes_on_and_a_source_that_changed_in_between_is_refused() {
    let world = World::new().await;
    let content = Random(5).content(FRAME * 5);
    let mut file = planned(world.folder.path(), "wound", &content);
    file.fresh = false;
    let stored = || super::fake::Stored {
        header: file.header.clone(),
        data: content[..FRAME + 7].to_vec(),
        ..Default::default()
    };
    world.fake.state().files.insert("wound".into(), stored());

    fs::write(&file.path, Random(6).content(FRAME * 5)).unwrap();
    assert_eq!(send(&world.process(), &file).await.unwrap_err().exit(), Exit::LocalFile);
    assert!(world.fake.state().uploads.is_empty(), "nothing is sent");
    assert_eq!(world.fake.state().files["wound"].data, content[..FRAME + 7], "nothing is mixed");

    fs::write(&file.path, &content).unwrap();
    send(&world.process(), &file).await.unwrap();
    assert_eq!(world.fake.state().uploads, [FRAME as i64 + 7], "only the rest is sent");
    assert_eq!(world.fake.state().files["wound"].data, content);

    send(&world.process(), &file).await.unwrap();
    assert_eq!(world.fake.state().uploads.len(), 1, "what is there is not sent again");
}

#[tokio::test]
async fn a_stored_part_of_another_content_is_replaced() {
    let world = World::new().await;
    let content = Random(7).content(FRAME * 3);
    let file = Upload { fresh: false, ..planned(world.folder.path(), "wound", &content) };
    let data = Random(8).content(FRAME);
    let stored = super::fake::Stored { header: file.header.clone(), data, ..Default::default() };
    world.fake.state().files.insert("wound".into(), stored);
    send(&world.process(), &file).await.unwrap();
    let state = world.fake.state();
    assert_eq!((state.uploads.as_slice(), state.completed), (&[FRAME as i64, 0][..], 1));
    assert_eq!(state.files["wound"].data, content);
}

#[tokio::test]
async fn of_two_processes_the_later_one_goes_on_and_the_other_says_so() {
    let world = World::new().await;
    let content = Random(9).content(FRAME * 20);
    let file = planned(world.folder.path(), "wound", &content);
    world.fake.state().hold = true;
    let (first, mine) = (world.process(), file.clone());
    let first = tokio::spawn(async move { send(&first, &mine).await });
    world.fake.held.notified().await;
    send(&world.process(), &Upload { fresh: false, ..file }).await.unwrap();
    let error = first.await.unwrap().unwrap_err();
    assert!(error.is(ErrorReason::UploadTakenOver), "{error:?}");
    let state = world.fake.state();
    assert_eq!(state.completed, 1);
    assert_eq!(state.files["wound"].data, content);
}

#[tokio::test]
async fn a_server_that_never_agrees_where_to_go_on_is_given_up() {
    let world = World::new().await;
    let file = planned(world.folder.path(), "wound", b"content");
    world.fake.state().confused = true;
    let error = send(&world.process(), &file).await.unwrap_err();
    assert!(error.is(ErrorReason::UploadOffsetMismatch), "{error:?}");
    assert!(world.fake.state().uploads.len() <= 10);
}
