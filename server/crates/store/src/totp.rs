//! Authenticator apps: their sealed seeds, which codes were taken, recovery codes, and what waits to be confirmed.

use renkei_domain::Timestamp;
use renkei_domain::id::{DeviceId, EnrollmentId, PersonId, SessionId};
use uuid::Uuid;

use crate::account::revoke_device;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

/// Whether the device of `$1` is not revoked.
macro_rules! is_good {
    () => {
        "EXISTS (SELECT 1 FROM device d WHERE d.device_id = $1 AND d.revoked_at IS NULL)"
    };
}

statements! {
    AUTHENTICATOR = "SELECT t.device_id, t.seed, t.last_step FROM totp t JOIN device d ON d.device_id = t.device_id \
        WHERE t.person_id = $1 AND d.revoked_at IS NULL ORDER BY t.device_id DESC LIMIT 1";
    // one statement: of all who have the same code, only the first finds an earlier step
    TAKE_STEP = concat!("UPDATE totp SET last_step = $2 WHERE device_id = $1 AND last_step < $2 AND ", is_good!());
    HAS_RECOVERY_CODE = "SELECT 1 FROM recovery_code WHERE device_id = $1 AND code_hash = $2 AND used_at IS NULL";
    USE_RECOVERY_CODE = concat!(
        "UPDATE recovery_code SET used_at = $3 WHERE device_id = $1 AND code_hash = $2 AND used_at IS NULL AND ",
        is_good!()
    );
    RECOVERY_CODES_LEFT = "SELECT COUNT(*) FROM recovery_code WHERE device_id = $1 AND used_at IS NULL";
    REMOVE_RECOVERY_CODES = "DELETE FROM recovery_code WHERE device_id = $1";
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_code (device_id, code_hash) VALUES ($1, $2)";
    KEEP_OFFER = "INSERT INTO totp_offer (person_id, token_hash, device_id, name, seed, enrollment_id, password_hash, \
        session_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (person_id) DO UPDATE SET \
        token_hash = excluded.token_hash, device_id = excluded.device_id, name = excluded.name, \
        seed = excluded.seed, enrollment_id = excluded.enrollment_id, password_hash = excluded.password_hash, \
        session_id = excluded.session_id, expires_at = excluded.expires_at";
    OFFER = "SELECT person_id, device_id, name, seed, enrollment_id, password_hash, session_id FROM totp_offer \
        WHERE token_hash = $1 AND expires_at > $2";
    TAKE_OFFER = "DELETE FROM totp_offer WHERE token_hash = $1";
    OF_PERSON = "SELECT device_id FROM device WHERE person_id = $1 AND kind = 'TOTP' AND revoked_at IS NULL";
    INSERT_DEVICE = "INSERT INTO device (device_id, person_id, name, kind, enrolled_at) VALUES ($1, $2, $3, 'TOTP', $4)";
    INSERT = "INSERT INTO totp (device_id, person_id, seed, last_step) VALUES ($1, $2, $3, $4)";
}

/// A person's authenticator app.
#[derive(Clone)]
pub struct Authenticator {
    /// Its id among the devices.
    pub device: DeviceId,
    /// Its seed, sealed.
    pub seed: Vec<u8>,
    /// The last step of time whose code was taken.
    pub last_step: i64,
}

/// The person's authenticator app, if there is one that is not revoked.
///
/// # Errors
/// As every query.
pub async fn authenticator(conn: &mut Conn, person: PersonId) -> Result<Option<Authenticator>, StoreError> {
    let row = run!(conn, optional (Uuid, Vec<u8>, i64): AUTHENTICATOR, person.0)?;
    Ok(row.map(|(device, seed, last_step)| Authenticator { device: DeviceId(device), seed, last_step }))
}

/// Takes the code of this step, if none of this or a later one was taken and the app is not revoked; says whether it was
/// taken. However many have the same code, it is one of them.
///
/// # Errors
/// As every query.
pub async fn take_step(tx: &mut Tx, device: DeviceId, step: i64) -> Result<bool, StoreError> {
    Ok(run!(tx, TAKE_STEP, device.0, step)? == 1)
}

/// Whether the app has this recovery code, unused.
///
/// # Errors
/// As every query.
pub async fn has_recovery_code(
    conn: &mut Conn,
    device: DeviceId,
    hash: [u8; 32],
) -> Result<bool, StoreError> {
    Ok(run!(conn, optional (i32,): HAS_RECOVERY_CODE, device.0, hash.to_vec())?.is_some())
}

/// Uses a recovery code up; says whether it was unused and the app is not revoked.
///
/// # Errors
/// As every query.
pub async fn use_recovery_code(
    tx: &mut Tx,
    device: DeviceId,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, USE_RECOVERY_CODE, device.0, hash.to_vec(), now.0)? == 1)
}

/// How many recovery codes of the app are unused.
///
/// # Errors
/// As every query.
pub async fn recovery_codes_left(conn: &mut Conn, device: DeviceId) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): RECOVERY_CODES_LEFT, device.0)?.0)
}

/// Puts these recovery codes in the place of all that the app has.
///
/// # Errors
/// [`StoreError::ForeignKey`] if there is no such device.
pub async fn replace_recovery_codes(
    tx: &mut Tx,
    device: DeviceId,
    hashes: &[[u8; 32]],
) -> Result<(), StoreError> {
    run!(tx, REMOVE_RECOVERY_CODES, device.0)?;
    for hash in hashes {
        run!(tx, INSERT_RECOVERY_CODE, device.0, hash.to_vec())?;
    }
    Ok(())
}

/// What an offer rests on.
#[derive(Clone)]
pub enum Ground {
    /// An enrolment code, and the hash of the password: the one that was compared, or the first one.
    Code {
        /// The code.
        enrollment: EnrollmentId,
        /// The hash.
        password: String,
    },
    /// A session of the person.
    Session(SessionId),
}

/// An authenticator app that waits to be confirmed.
#[derive(Clone)]
pub struct Offer {
    /// Whose.
    pub person: PersonId,
    /// The id that it gets among the devices.
    pub device: DeviceId,
    /// What the person calls it.
    pub name: String,
    /// Its seed, sealed.
    pub seed: Vec<u8>,
    /// What it rests on.
    pub ground: Ground,
}

#[derive(sqlx::FromRow)]
struct OfferRow {
    person_id: Uuid,
    device_id: Uuid,
    name: String,
    seed: Vec<u8>,
    enrollment_id: Option<Uuid>,
    password_hash: Option<String>,
    session_id: Option<Uuid>,
}

impl TryFrom<OfferRow> for Offer {
    type Error = StoreError;
    fn try_from(row: OfferRow) -> Result<Self, StoreError> {
        let ground = match (row.enrollment_id, row.password_hash, row.session_id) {
            (Some(enrollment), Some(password), None) => {
                Ground::Code { enrollment: EnrollmentId(enrollment), password }
            }
            (None, None, Some(session)) => Ground::Session(SessionId(session)),
            _ => return Err(StoreError::Corrupt("totp_offer")),
        };
        let OfferRow { person_id, device_id, name, seed, .. } = row;
        Ok(Self { person: PersonId(person_id), device: DeviceId(device_id), name, seed, ground })
    }
}

/// Keeps an offer in the place of the person's one before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if there is no such person.
pub async fn keep_offer(
    tx: &mut Tx,
    offer: &Offer,
    token_hash: [u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let (enrollment, password, session) = match &offer.ground {
        Ground::Code { enrollment, password } => (Some(enrollment.0), Some(password.as_str()), None),
        Ground::Session(session) => (None, None, Some(session.0)),
    };
    run!(
        tx,
        KEEP_OFFER,
        offer.person.0,
        token_hash.to_vec(),
        offer.device.0,
        offer.name.as_str(),
        &offer.seed,
        enrollment,
        password,
        session,
        expires_at.0
    )?;
    Ok(())
}

/// The offer with this token, if it has not expired.
///
/// # Errors
/// As every query.
pub async fn offer(
    conn: &mut Conn,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Offer>, StoreError> {
    let row = run!(conn, optional OfferRow: OFFER, token_hash.to_vec(), now.0)?;
    row.map(TryInto::try_into).transpose()
}

/// Makes what was offered an authenticator app of the person, in the place of the one before, whose sessions end: they
/// are named. The code of this step is taken. `None`: the offer was confirmed before, or another one took its place.
///
/// # Errors
/// As every query.
pub async fn enroll(
    tx: &mut Tx,
    offer: &Offer,
    token_hash: [u8; 32],
    step: i64,
    now: Timestamp,
) -> Result<Option<Vec<SessionId>>, StoreError> {
    // one at a time for a person: of two, the later one must find the other
    dialect::lock_person(tx, offer.person).await?;
    if run!(tx, TAKE_OFFER, token_hash.to_vec())? != 1 {
        return Ok(None);
    }
    let mut ended = Vec::new();
    for (before,) in run!(tx, all (Uuid,): OF_PERSON, offer.person.0)? {
        ended.extend(revoke_device(tx, DeviceId(before), now).await?);
    }
    run!(tx, INSERT_DEVICE, offer.device.0, offer.person.0, offer.name.as_str(), now.0)?;
    run!(tx, INSERT, offer.device.0, offer.person.0, &offer.seed, step)?;
    Ok(Some(ended))
}
