//! Ranges of a file: byte-identical, whatever is asked for.

use std::{env, ops::Range};

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Source, doctor_of, ensure_same, expect_no, noise};
use crate::region::Region;

crate::on_both_engines!(random_ranges_are_byte_identical);

/// In the suite; `RENKEI_RANGES` says how many otherwise.
const RANGES: usize = 300;

async fn random_ranges_are_byte_identical(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let content = noise(17_000_003, 19);
    let source = Source::new(&patient, "a.bin", "application/octet-stream", content.clone());
    source.send(&doctor, 0).await?;
    let count = env::var("RENKEI_RANGES").ok().map_or(Ok(RANGES), |count| count.parse())?;
    let len = content.len() as u64;
    let mut ranges = vec![0..1, len - 1..len, 65_535..65_537, 8_388_607..8_388_609, 0..len, len..len];
    let mut state = 23_u64;
    let mut dice = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 20) % sides
    };
    while ranges.len() < count {
        let from = dice(len);
        // short ones mostly, as readers of videos ask
        let most = [2, 1_000, 70_000, 700_000][dice(4) as usize];
        ranges.push(from..(from + 1 + dice(most)).min(len));
    }
    let (source, doctor, content) = (&source, &doctor, &content);
    let check = |range: Range<u64>| async move {
        let wanted = &content[range.start as usize..range.end as usize];
        // a length of 0 is all that follows, which at the end is nothing
        let got = source.download(doctor, range.start, range.end - range.start).await;
        let got = got.with_context(|| format!("{range:?}"))?;
        ensure_same(&format!("{range:?}"), &got, wanted)
    };
    stream::iter(ranges).map(check).buffer_unordered(4).try_collect::<()>().await?;
    ensure_same(
        "to the end",
        &source.download(doctor, len - 5, 1_000_000).await?,
        &content[content.len() - 5..],
    )?;
    expect_no(source.download(doctor, len + 1, 1).await, Code::InvalidArgument, "REQUEST_INVALID")
}
