//! One patient, one watcher, one withdrawal after the other.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, bail};
use renkei_proto::v1::Category;

use super::{
    connect,
    figures::Figures,
    ledger,
    load::Load,
    random,
    stream::{Event, Seen, Stream, What},
};
use crate::{
    grpc::{Device, Place, Session},
    region::{Member, form_organizations},
};

/// Entries that the random moment waits for, below.
const ENTRIES: u32 = 8;
/// And how long it waits then, below: about two posts.
const MILLISECONDS: u32 = 20;

/// A patient whose record somebody of another organisation watches.
pub(super) struct Lane {
    pub(super) patient: String,
    /// Of the custodian organisation, over a connection of its own.
    pub(super) custodian: Session,
    /// The same person, posting over another one.
    pub(super) poster: Session,
    /// The member's calls.
    pub(super) watcher: Session,
    pub(super) device: Device,
    /// The member's streams.
    pub(super) watching: Session,
}

/// The moment at which access was gone.
#[derive(Clone, Copy)]
pub(super) struct Ack {
    pub(super) at: Instant,
    pub(super) clock: SystemTime,
}

impl Ack {
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), clock: SystemTime::now() }
    }
}

/// A withdrawal, and what came before the stream said that access had ended.
pub(super) struct Withdrawal {
    pub(super) consent: String,
    pub(super) ack: Ack,
    pub(super) entries: Vec<Seen>,
}

impl Lane {
    /// Registers a patient. The watcher is not in the care team yet.
    pub(super) async fn open(doctor: &Member, watcher: Member, watched_at: &Place) -> Result<Self> {
        let custodian = doctor.device.connect_again(&doctor.session)?;
        Ok(Self {
            patient: custodian.register().await?,
            custodian,
            poster: doctor.device.connect_again(&doctor.session)?,
            watching: connect(&watcher, watched_at)?,
            watcher: watcher.session,
            device: watcher.device,
        })
    }

    /// Makes `trials` withdrawals under load, and judges them. If the load pauses, every other one is made
    /// when there is nothing left to send, so that nothing else makes the server look.
    pub(super) async fn withdrawals(self, trials: usize, pauses: bool) -> Result<Figures> {
        let mut load = Load::new(&self.poster, &self.patient, &[Category::Message]);
        let mut figures = Figures::default();
        let made = self.make_withdrawals(trials, pauses, &mut load, &mut figures).await;
        // what went wrong may be the load
        load.stop().await?;
        figures.posts = load.posts;
        ledger::judge(&self, &made?, &mut figures).await?;
        Ok(figures)
    }

    async fn make_withdrawals(
        &self,
        trials: usize,
        pauses: bool,
        load: &mut Load,
        figures: &mut Figures,
    ) -> Result<Vec<Withdrawal>> {
        let mut stream = Stream::open(&self.watching).await?;
        let mut made = Vec::new();
        for number in 0..trials {
            load.go_on();
            let form = form_organizations(&[&self.watcher]);
            let consent = self.custodian.consent(&self.patient, form).await?;
            self.access_starts(&mut stream, figures).await?;
            let mut entries = Vec::new();
            self.random_moment(&mut stream, &mut entries).await?;
            if pauses && number % 2 == 1 {
                self.silence(load, &mut stream, &mut entries).await?;
            }
            self.custodian.withdraw(&self.patient, &consent, None).await?;
            let ack = Ack::now();
            let ended = self.access_ends(&mut stream, &mut entries).await?;
            figures.trials += 1;
            figures.ends.push(ended.saturating_duration_since(ack.at));
            made.push(Withdrawal { consent, ack, entries });
        }
        Ok(made)
    }

    /// Waits for the beginning of access. Whatever else comes before it is a violation.
    pub(super) async fn access_starts(&self, stream: &mut Stream, figures: &mut Figures) -> Result<()> {
        loop {
            match stream.next().await?.what {
                What::Started(patient) if patient == self.patient => return Ok(()),
                What::Entry(seen) if seen.patient == self.patient => {
                    figures.violations.push(format!("entry {} came without access", seen.seq));
                }
                What::Closed(status) => bail!("the stream ended: {status:?}"),
                _ => {}
            }
        }
    }

    /// Waits for a moment that nobody can foresee, while entries come.
    pub(super) async fn random_moment(&self, stream: &mut Stream, entries: &mut Vec<Seen>) -> Result<()> {
        for _ in 0..=random(ENTRIES) {
            match stream.next().await?.what {
                What::Entry(seen) => entries.push(seen),
                What::Closed(status) => bail!("the stream ended: {status:?}"),
                What::Started(_) => {}
                What::Ended(_) => bail!("access ended by itself"),
            }
        }
        tokio::time::sleep(Duration::from_millis(random(MILLISECONDS).into())).await;
        Ok(())
    }

    /// Stops the load, and waits until all of it has come.
    pub(super) async fn silence(
        &self,
        load: &mut Load,
        stream: &mut Stream,
        entries: &mut Vec<Seen>,
    ) -> Result<()> {
        let last = load.stop().await?;
        while entries.iter().all(|seen| seen.seq < last) {
            match stream.next().await?.what {
                What::Entry(seen) => entries.push(seen),
                What::Closed(status) => bail!("the stream ended: {status:?}"),
                What::Started(_) => {}
                What::Ended(_) => bail!("access ended by itself"),
            }
        }
        Ok(())
    }

    /// When the stream said that access had ended; the entries before it are added to `entries`.
    pub(super) async fn access_ends(&self, stream: &mut Stream, entries: &mut Vec<Seen>) -> Result<Instant> {
        loop {
            let Event { at, what } = stream.next().await?;
            match what {
                What::Ended(patient) if patient == self.patient => return Ok(at),
                What::Entry(seen) => entries.push(seen),
                What::Closed(status) => bail!("the stream ended: {status:?}"),
                _ => {}
            }
        }
    }
}
