//! What the screen wants, done beside it: a few calls at a time, and none that a key has to wait for.

use std::{panic, sync::Arc};

use renkei_proto::v1::{
    AcknowledgeEntryRequest, Entry, FinalizeEntryRequest, GetEntryRequest, ListEntriesRequest,
    ListInboxRequest, ListPatientsRequest, SearchEntriesRequest, WhoAmIRequest,
    auth_service_client::AuthServiceClient, timeline_service_client::TimelineServiceClient,
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc::UnboundedSender},
    task::{JoinSet, spawn_blocking},
};

use crate::{
    command::{Context, outbox, post, resolve, timeline::mark},
    connection::Connection,
    draft::Draft,
    error::{Error, Exit, Result},
    output::Output,
    profile::{Home, Profile},
    text::{Language, Texts, msg},
    tui::{
        event::{Answer, Effect, Task},
        files::Opened,
        watch,
    },
    witness,
};

/// What is under way.
pub(crate) struct Tasks {
    worker: Worker,
    running: JoinSet<()>,
    /// Is finished also where the screen is locked meanwhile.
    sending: JoinSet<()>,
}

#[derive(Clone)]
struct Worker {
    connection: Connection,
    profile: Profile,
    language: Language,
    opened: Opened,
    answers: UnboundedSender<Answer>,
    calls: Arc<Semaphore>,
}

impl Tasks {
    pub(crate) fn new(
        connection: Connection,
        profile: &Profile,
        language: Language,
        answers: UnboundedSender<Answer>,
    ) -> Self {
        let calls = Arc::new(Semaphore::new(MOST_CALLS));
        let (profile, opened) = (profile.clone(), Opened::new());
        let worker = Worker { connection, profile, language, opened, answers, calls };
        Self { worker, running: JoinSet::new(), sending: JoinSet::new() }
    }

    /// Begins what is wanted.
    pub(crate) fn begin(&mut self, effect: Effect) {
        let worker = self.worker.clone();
        match effect {
            Effect::Begin => {
                let (watching, looking) = (worker.clone(), worker.clone());
                self.running.spawn(async move { watching.watch().await });
                self.running.spawn(async move { looking.look().await });
                self.running.spawn(async move {
                    let error = worker.connection.session().clone().keep_alive().await;
                    worker.answer(Answer::Failed(Task::Other, error));
                });
            }
            Effect::Send { draft, is_kept } => {
                // A thread of its own: the outbox waits for the lock of another process.
                let runtime = Handle::current();
                self.sending.spawn_blocking(move || runtime.block_on(worker.send(*draft, is_kept)));
            }
            Effect::Address { target, typed } => {
                // A thread of its own too: what goes through pages cannot be handed from one to another.
                let runtime = Handle::current();
                self.sending.spawn_blocking(move || {
                    let mentions = runtime.block_on(post::mentions(&worker.connection, &typed));
                    worker.answer(Answer::Addressed { target, typed, mentions });
                });
            }
            effect => {
                self.running.spawn(async move {
                    let _turn = worker.calls.acquire().await;
                    let task = task(&effect);
                    let answer = worker.call(effect).await;
                    worker.answer(answer.unwrap_or_else(|error| Answer::Failed(task, error)));
                });
            }
        }
    }

    /// Goes over to another session, with a connection of its own.
    pub(crate) fn reconnect(&mut self, connection: Connection) {
        self.worker.connection = connection;
    }

    /// Ends everything but what is being sent. The screen is locked or has ended: what was opened does not stay on
    /// the disk.
    pub(crate) fn stop(&mut self) {
        self.running.abort_all();
        self.worker.opened.remove();
    }

    /// Lets go of what is done. A defect in one of them is one of the program.
    pub(crate) fn reap(&mut self) {
        for set in [&mut self.running, &mut self.sending] {
            while let Some(done) = set.try_join_next() {
                if let Err(error) = done
                    && error.is_panic()
                {
                    panic::resume_unwind(error.into_panic());
                }
            }
        }
    }
}

/// What the screen must know if it fails.
fn task(effect: &Effect) -> Task {
    match effect {
        Effect::Me => Task::Me,
        Effect::Patients { .. } | Effect::Inbox { .. } => Task::List,
        Effect::Entries { patient_id, token } => {
            Task::Entries { patient_id: patient_id.clone(), token: token.clone() }
        }
        Effect::MarkRead { patient_id, .. } => Task::Read { patient_id: patient_id.clone() },
        Effect::Search { .. } => Task::Search,
        _ => Task::Other,
    }
}

impl Worker {
    fn answer(&self, answer: Answer) {
        // Nobody listens once the screen is gone.
        let _ = self.answers.send(answer);
    }

    async fn watch(&self) {
        let tell = |watched| self.answer(Answer::Watch(watched));
        let error = watch::follow(self.connection.clone(), tell).await;
        self.answer(Answer::Failed(Task::Other, error));
    }

    /// Looks at the audit log as every command does.
    async fn look(&self) {
        match witness::look_if_due(&self.profile).await {
            Ok(None) => {}
            Ok(Some(unseen)) => self.answer(Answer::Say(unseen)),
            Err(alarm) => self.answer(Answer::Alarm(alarm)),
        }
    }

    async fn call(&self, effect: Effect) -> Result<Answer> {
        let connection = &self.connection;
        match effect {
            Effect::Patients { token, round } => {
                let request =
                    ListPatientsRequest { page_size: PAGE, page_token: token, ..Default::default() };
                let (entries, next) = resolve::list_patients(connection, request).await?;
                Ok(Answer::Patients { entries, next, round })
            }
            Effect::Inbox { view, token, round } => {
                let request = ListInboxRequest { page_size: PAGE, page_token: token, view: view.into() };
                let answer = connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).list_inbox(request).await
                    })
                    .await?;
                Ok(Answer::Inbox { view, entries: answer.entries, next: answer.next_page_token, round })
            }
            Effect::Entries { patient_id, token } => {
                let is_first = token.is_empty();
                let request = ListEntriesRequest {
                    patient_id: patient_id.clone(),
                    page_token: token,
                    ..Default::default()
                };
                let answer = connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).list_entries(request).await
                    })
                    .await?;
                let (entries, next) = (answer.entries, answer.next_page_token);
                Ok(Answer::Entries { patient_id, entries, next, is_first })
            }
            Effect::Entry { patient_id, entry_id } => {
                let request = GetEntryRequest { patient_id, entry_id };
                let answer = connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).get_entry(request).await
                    })
                    .await?;
                answer.entry.map(Box::new).map(Answer::Entry).ok_or_else(no_answer)
            }
            Effect::MarkRead { patient_id, entry_ids } => {
                mark(connection, &patient_id, &entry_ids).await?;
                Ok(Answer::Read { patient_id, entry_ids })
            }
            Effect::Acknowledge { patient_id, entry_id, seq, word } => {
                let request = AcknowledgeEntryRequest {
                    patient_id: patient_id.clone(),
                    entry_id: entry_id.clone(),
                    word,
                };
                connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).acknowledge_entry(request).await
                    })
                    .await?;
                Ok(Answer::Acknowledged { patient_id, entry_id, seq })
            }
            Effect::Finalize { patient_id, entry_id } => {
                let request = FinalizeEntryRequest { patient_id, entry_id };
                let answer = connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).finalize_entry(request).await
                    })
                    .await?;
                answer.entry.map(Box::new).map(Answer::Finalized).ok_or_else(no_answer)
            }
            Effect::Me => {
                let answer = connection
                    .call(WhoAmIRequest {}, async |channel, request| {
                        AuthServiceClient::new(channel).who_am_i(request).await
                    })
                    .await?;
                let actor = answer.identity.and_then(|identity| identity.actor).ok_or_else(no_answer)?;
                Ok(Answer::Me(actor.person_id))
            }
            Effect::Search { patient_id, query, token } => {
                let request = SearchEntriesRequest {
                    patient_id,
                    query: query.clone(),
                    page_token: token,
                    ..Default::default()
                };
                let answer = connection
                    .call(request, async |channel, request| {
                        TimelineServiceClient::new(channel).search_entries(request).await
                    })
                    .await?;
                Ok(Answer::Found { query, entries: answer.entries, next: answer.next_page_token })
            }
            Effect::Open { patient_id, attachment_id } => {
                self.opened.open(connection, patient_id, attachment_id).await
            }
            // The others are no calls: the screen itself does them.
            _ => Err(no_answer()),
        }
    }

    /// Puts the draft into the outbox, and sends it from there, as `renkei post` does.
    async fn send(&self, draft: Draft, is_kept: bool) {
        let draft_id = draft.id.clone();
        let (profile, mut kept) = (self.profile.clone(), draft.clone());
        if !is_kept {
            let saved = spawn_blocking(move || {
                kept.place = profile.take_place()?;
                kept.save(&profile)
            });
            if let Err(error) = saved.await.unwrap_or_else(|_| Err(Error::interrupted())) {
                return self.answer(Answer::NotKept { draft_id, error });
            }
            self.answer(Answer::Kept { draft_id: draft_id.clone() });
        }
        let _turn = self.calls.acquire().await;
        self.answer(match self.pass_on(&draft).await {
            Ok(entry) => Answer::Sent { draft_id, entry: entry.map(Box::new) },
            Err(error) => {
                // One that was discarded meanwhile is not sent again either.
                let is_final =
                    !matches!(Draft::find(&self.profile, &draft_id), Ok(Some(kept)) if !kept.refused);
                Answer::NotSent { draft_id, error, is_final }
            }
        });
    }

    async fn pass_on(&self, draft: &Draft) -> Result<Option<Entry>> {
        let texts = Texts::new(self.language);
        let context = Context {
            texts: &texts,
            out: Output::quiet(),
            home: Home::find()?,
            profile: self.profile.clone(),
        };
        outbox::pass_on_quietly(&context, &self.connection, draft).await
    }
}

fn no_answer() -> Error {
    Error::new(Exit::Other, msg!("error-answer"))
}

/// Calls at once: a slow line is not filled with what nobody waits for.
const MOST_CALLS: usize = 4;
const PAGE: i32 = 100;
