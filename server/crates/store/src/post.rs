//! Posting: the place in the timeline, the entry, its audit event and the mark of its request, all or nothing and
//! in one go. It is part of [`crate::timeline`].

use futures::future::BoxFuture;
use renkei_domain::Permit;
use renkei_domain::access::Write;
use renkei_domain::audit::{Act, Decision};
use renkei_domain::id::AttachmentId;
use renkei_domain::timeline::Mark;

use crate::audit::Stamp;
use crate::engine::Kind;
use crate::request::RequestMark;
use crate::row::actor_binds;
use crate::session::has_not_ended;
use crate::sql::{Value, run, statements, values};
use crate::timeline::{Addressee, NewEntry};
use crate::{Store, StoreError, Tx, attachment, dialect, entry_addressee, entry_mark};

statements! {
    STANDS = concat!(
        "SELECT n.epoch FROM person n WHERE n.person_id = $1 AND n.epoch = $2 AND ",
        has_not_ended!("$3")
    );
}

/// An entry to be posted.
pub struct Post {
    /// What is needed to post it, in the epochs that it was decided in.
    pub permit: Permit<Write>,
    /// The entry.
    pub entry: NewEntry,
    /// Its attachments, in their order: free ones of the permit's person, and those that what it amends shows.
    pub attachments: Vec<AttachmentId>,
    /// To whom it is addressed.
    pub addressees: Vec<Addressee>,
    /// The place of the entry that it takes the place of, and how.
    pub amends: Option<(i64, Mark)>,
    /// The place of the question that it answers.
    pub answers: Option<i64>,
    /// What the client asked for.
    pub mark: RequestMark,
    /// When, and the id of the audit event.
    pub stamp: Stamp,
    /// The audit event; it gets the place of the entry.
    pub act: Act,
}

/// What came of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It stands at this place.
    At(i64),
    /// One of its attachments is not complete, another's or taken, and none of what it amends: nothing was kept.
    AttachmentNotUsable,
    /// What it was to take the place of was amended already: nothing was kept.
    AlreadyAmended,
}

/// Posts an entry, if nobody's access to the patient and nothing of the author's standing changed since the
/// permit's snapshot. When this returns it is durable.
///
/// # Errors
/// [`StoreError::EpochChanged`]: decide again. [`StoreError::Unique`] if the patient has an entry with this id, or
/// the request was done already.
pub async fn post(store: &Store, post: Post) -> Result<Posted, StoreError> {
    if post.attachments.is_empty()
        && post.addressees.is_empty()
        && post.amends.is_none()
        && post.answers.is_none()
    {
        return store.write_post(post).await?.map(Posted::At).ok_or(StoreError::EpochChanged);
    }
    let claimed = store
        .write(move |tx| {
            Box::pin(async move {
                let seq = append(tx, &post).await?;
                for (place, id) in (0..).zip(&post.attachments) {
                    let kept = match post.amends {
                        Some((amended, _)) => {
                            attachment::keep_for_entry(tx, &post.permit, *id, amended, (seq, place)).await?
                        }
                        None => false,
                    };
                    if !kept && !attachment::claim_for_entry(tx, &post.permit, *id, seq, place).await? {
                        return Err(Kept::NotUsable);
                    }
                }
                entry_addressee::insert(tx, &post.permit, seq, &post.addressees).await?;
                let now = post.stamp.time;
                if let Some((amended, mark)) = post.amends
                    && !entry_mark::amend(tx, &post.permit, (amended, mark, seq), now).await?
                {
                    return Err(Kept::Amended);
                }
                if let Some(question) = post.answers {
                    entry_mark::answer(tx, &post.permit, (question, seq), now).await?;
                }
                Ok(seq)
            })
        })
        .await;
    match claimed {
        Ok(seq) => Ok(Posted::At(seq)),
        Err(Kept::NotUsable) => Ok(Posted::AttachmentNotUsable),
        Err(Kept::Amended) => Ok(Posted::AlreadyAmended),
        Err(Kept::Failed(error)) => Err(error),
    }
}

/// Why a transaction is not kept.
enum Kept {
    NotUsable,
    Amended,
    Failed(StoreError),
}

impl From<StoreError> for Kept {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

async fn append(tx: &mut Tx, post: &Post) -> Result<i64, StoreError> {
    Post::write(tx, std::slice::from_ref(post)).await?.pop().flatten().ok_or(StoreError::EpochChanged)
}

impl Kind for Post {
    /// Its place.
    type Answer = i64;

    fn write<'a>(tx: &'a mut Tx, posts: &'a [Self]) -> BoxFuture<'a, Result<Vec<Option<i64>>, StoreError>> {
        let values = posts.iter().map(Self::values).collect();
        Box::pin(async move {
            tx.has_event();
            let places = dialect::post(tx).run(tx, values).await?;
            if tx.is_postgres() {
                for post in posts {
                    post.stands(tx).await?;
                }
            }
            Ok(places)
        })
    }
}

impl Post {
    /// On PostgreSQL the statement sees everything but the patient's row as it was before it waited for that row: so
    /// the author's standing and session are compared again, in a statement of its own.
    async fn stands(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let (person, epoch) = (self.permit.subject().person.0, self.permit.person_epoch());
        let session = self.stamp.session.map(|session| session.0);
        let found = run!(tx, optional (i64,): STANDS, person, epoch, session)?;
        found.map(|_| ()).ok_or(StoreError::EpochChanged)
    }

    fn values(&self) -> Vec<Value> {
        let Self { permit, entry, mark, stamp, act, .. } = self;
        let (person, organization, role) = actor_binds(permit.subject());
        let consents: Vec<String> = act.consents.iter().map(ToString::to_string).collect();
        values![
            permit.patient().0,
            permit.epoch(),
            person,
            permit.person_epoch(),
            entry.id.0,
            entry.category.as_str(),
            entry.sensitivity.as_str(),
            organization,
            role,
            entry.reply_to.map(|id| id.0),
            i64::from(entry.urgent),
            i64::from(entry.body.key_version),
            entry.body.bytes.clone(),
            stamp.time.0,
            stamp.id.0,
            stamp.session.map(|session| session.0),
            act.action.as_str(),
            Decision::Permit.as_str(),
            consents.join(","),
            act.purpose().as_str(),
            act.break_glass.map(|id| id.0),
            mark.id.0,
            mark.fingerprint.to_vec(),
            act.stored.map(|stored| stored.hash.to_vec()),
            stamp.service.map(|id| id.0),
            entry.kind.as_str(),
            entry.revision,
            entry.occurred_at.0,
        ]
    }
}
