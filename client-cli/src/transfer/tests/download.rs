use std::{fs, sync::atomic::Ordering};

use renkei_proto::v1::Attachment;

use super::world::{Random, World, progress};
use crate::{
    connection::Connection,
    error::{Error, Exit, Result},
    text::msg,
    transfer::{
        download::{Wanted, download},
        part::Part,
    },
};

const ID: &str = "0197f0a0-0000-7000-8000-000000000001";

fn wanted() -> Wanted {
    Wanted { attachment_id: ID.into(), ..Default::default() }
}

/// As the command does it: into a part, then under its name.
async fn fetch(world: &World, connection: &Connection, wanted: &Wanted) -> Result<Vec<u8>> {
    let mut part = Part::open(world.folder.path(), &wanted.part_name(), !wanted.is_range())?;
    download(connection, wanted, &mut part, &progress(), &mut |_: &Attachment| Ok(())).await?;
    let target = world.folder.path().join("target");
    part.keep_as(&target, false)?;
    let content = fs::read(&target).unwrap();
    fs::remove_file(&target).unwrap();
    Ok(content)
}

/// Leaves what an earlier run would have left.
fn leave(world: &World, content: &[u8]) {
    fs::write(world.folder.path().join(wanted().part_name()), content).unwrap();
}

fn is_left(world: &World) -> bool {
    world.folder.path().join(wanted().part_name()).exists()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_ranges_arrive_whole_over_many_breaks() {
    let world = World::new().await;
    let content = Random(1).content(300_000);
    world.fake.put(ID, &content);
    let unlucky = world.unlucky_process(2, 20_000..60_000).await;
    assert!(fetch(&world, &unlucky, &wanted()).await.unwrap() == content);
    let cuts = world.cuts.load(Ordering::SeqCst);
    assert!(cuts >= 5, "{cuts} breaks");
    let mut random = Random(3);
    for _ in 0..5 {
        let offset = random.within(&(1..200_000));
        let range = Wanted { offset, length: random.within(&(1..90_000)), ..wanted() };
        let got = fetch(&world, &unlucky, &range).await.unwrap();
        assert!(got == content[offset as usize..(offset + range.length) as usize]);
    }
    let end = Wanted { offset: 299_999, length: 50, ..wanted() };
    assert_eq!(fetch(&world, &unlucky, &end).await.unwrap(), content[299_999..]);
    let past = Wanted { offset: 300_001, ..wanted() };
    assert_eq!(fetch(&world, &unlucky, &past).await.unwrap_err().exit(), Exit::Usage);
    assert_eq!(fs::read_dir(world.folder.path()).unwrap().count(), 1, "only the profile is left");
}

#[tokio::test]
async fn a_later_run_goes_on_where_the_part_ends() {
    let world = World::new().await;
    let content = Random(4).content(50_000);
    world.fake.put(ID, &content);
    for there in [1, 20_000, 50_000] {
        leave(&world, &content[..there]);
        world.fake.state().downloads.clear();
        assert!(fetch(&world, &world.process(), &wanted()).await.unwrap() == content);
        assert_eq!(world.fake.state().downloads, [there as i64]);
    }
}

#[tokio::test]
async fn a_part_that_is_damaged_is_fetched_once_more() {
    let world = World::new().await;
    let content = Random(5).content(50_000);
    world.fake.put(ID, &content);
    let mut damaged = content[..20_000].to_vec();
    damaged[777] ^= 1;
    for part in [damaged, [&content[..], b"more"].concat(), Random(6).content(50_000)] {
        leave(&world, &part);
        world.fake.state().downloads.clear();
        assert!(fetch(&world, &world.process(), &wanted()).await.unwrap() == content);
        assert_eq!(world.fake.state().downloads, [part.len() as i64, 0]);
    }
}

#[tokio::test]
async fn what_is_not_what_was_announced_is_thrown_away() {
    let world = World::new().await;
    world.fake.put(ID, b"content");
    for (there, calls) in [(&b""[..], 1), (b"con", 2)] {
        for wrong in [&b"contend"[..], b"conten", b"content and more"] {
            world.fake.state().files.get_mut(ID).unwrap().data = wrong.to_vec();
            world.fake.state().downloads.clear();
            leave(&world, there);
            let error = fetch(&world, &world.process(), &wanted()).await.unwrap_err();
            assert_eq!((error.exit(), error.reason()), (Exit::Damaged, None));
            assert_eq!(world.fake.state().downloads.len(), calls);
            assert!(!is_left(&world));
        }
    }
}

#[tokio::test]
async fn what_had_arrived_stays_when_the_server_is_lost_and_nothing_stays_of_what_is_refused() {
    let world = World::new().await;
    let content = Random(7).content(50_000);
    world.fake.put(ID, &content);
    let mut part = Part::open(world.folder.path(), &wanted().part_name(), true).unwrap();
    let mut refuse = |_: &Attachment| Err(Error::usage(msg!("error-binary")));
    let refused = download(&world.process(), &wanted(), &mut part, &progress(), &mut refuse).await;
    assert_eq!(refused.unwrap_err().exit(), Exit::Usage);
    drop(part);
    assert!(!is_left(&world));

    leave(&world, &content[..100]);
    world.fake.state().files.clear();
    assert_eq!(fetch(&world, &world.process(), &wanted()).await.unwrap_err().exit(), Exit::NotFound);
    assert!(is_left(&world));
}
