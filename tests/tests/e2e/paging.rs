//! A page of 50 entries costs the same out of 10,000 as out of 100.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use renkei_proto::v1::ListEntriesRequest;
use renkei_tests::database::Engine;
use tokio::task::JoinSet;

use crate::{grpc::Session, region::Region};

crate::on_both_engines!(a_page_out_of_ten_thousand_costs_as_much_as_out_of_a_hundred);

const PAGE: i32 = 50;
/// Generous, because other programs run meanwhile; a scan of the whole timeline would cost a hundred times.
const MOST: f64 = 2.0;

async fn a_page_out_of_ten_thousand_costs_as_much_as_out_of_a_hundred(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("maeda").await?.session;
    let (small, large) = (doctor.register().await?, doctor.register().await?);
    let start = Instant::now();
    fill(&doctor, &small, 100).await?;
    fill(&doctor, &large, 10_000).await?;
    println!("filled in {:.1} s", start.elapsed().as_secs_f64());

    // The first page, and one in the midst of the long timeline. Measured in turns, so that what else
    // happens on the machine happens to all.
    let first = |patient: &str| ListEntriesRequest {
        patient_id: patient.to_owned(),
        page_size: PAGE,
        page_token: String::new(),
        ..Default::default()
    };
    let mut deep = first(&large);
    for _ in 0..100 {
        deep.page_token =
            doctor.timeline.clone().list_entries(deep.clone()).await?.into_inner().next_page_token;
    }
    let (mut of_small, mut of_large, mut of_deep) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..41 {
        of_small.push(time(&doctor, first(&small)).await?);
        of_large.push(time(&doctor, first(&large)).await?);
        of_deep.push(time(&doctor, deep.clone()).await?);
    }
    let [small, large, deep] = [of_small, of_large, of_deep].map(median);
    println!("page of 50: of 100 {small:?}, of 10,000 {large:?}, in the midst of 10,000 {deep:?}");
    for (what, time) in [("the first page", large), ("a page in the midst", deep)] {
        let ratio = time.as_secs_f64() / small.as_secs_f64();
        ensure!(ratio < MOST, "{what} of 10,000 costs {ratio:.1} times one of 100");
    }
    Ok(())
}

async fn fill(session: &Session, patient: &str, count: usize) -> Result<()> {
    const AT_ONCE: usize = 50;
    let mut posts = JoinSet::new();
    for number in 0..count {
        if posts.len() == AT_ONCE
            && let Some(post) = posts.join_next().await
        {
            post??;
        }
        let (session, patient) = (session.clone(), patient.to_owned());
        posts.spawn(async move { session.post(&patient, &format!("記録 {number}")).await });
    }
    while let Some(post) = posts.join_next().await {
        post??;
    }
    Ok(())
}

async fn time(session: &Session, request: ListEntriesRequest) -> Result<Duration> {
    let start = Instant::now();
    let page = session.timeline.clone().list_entries(request).await?.into_inner();
    let time = start.elapsed();
    ensure!(page.entries.len() == 50, "a page of {}", page.entries.len());
    Ok(time)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
