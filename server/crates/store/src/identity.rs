//! Organisations, people, affiliations, enrolment codes and devices.

use renkei_domain::Timestamp;
use renkei_domain::id::{AffiliationId, DeviceId, EnrollmentId, OrganizationId, PersonId};
use renkei_domain::identity::{Affiliation, Organization, Person, Role};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    INSERT_ORGANIZATION = "INSERT INTO organization (organization_id, kind, name, created_at) VALUES ($1, $2, $3, $4)";
    ORGANIZATION = "SELECT organization_id, kind, name, created_at FROM organization WHERE organization_id = $1";
    ORGANIZATIONS_AFTER = "SELECT organization_id, kind, name, created_at FROM organization \
        WHERE (name, organization_id) > ($1, $2) ORDER BY name, organization_id LIMIT $3";
    INSERT_PERSON = "INSERT INTO person (person_id, login_name, name, name_kana, created_at) VALUES ($1, $2, $3, $4, $5)";
    PERSON = "SELECT person_id, login_name, name, name_kana, created_at FROM person WHERE person_id = $1";
    PEOPLE_AFTER = "SELECT person_id, login_name, name, name_kana, created_at FROM person \
        WHERE login_name > $1 ORDER BY login_name LIMIT $2";
    PEOPLE_OF_AFTER = "SELECT person_id, login_name, name, name_kana, created_at FROM person p \
        WHERE login_name > $1 AND EXISTS (SELECT 1 FROM affiliation a \
            WHERE a.organization_id = $3 AND a.person_id = p.person_id) \
        ORDER BY login_name LIMIT $2";
    CREDENTIALS = "SELECT person_id, password_hash FROM person WHERE login_name = $1";
    CREDENTIALS_OF = "SELECT login_name, password_hash FROM person WHERE person_id = $1";
    SET_FIRST_PASSWORD = "UPDATE person SET password_hash = $2 WHERE person_id = $1 AND password_hash IS NULL";
    INSERT_AFFILIATION = "INSERT INTO affiliation (affiliation_id, person_id, organization_id, role, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    AFFILIATIONS = "SELECT a.affiliation_id, a.organization_id, o.name AS organization_name, a.role \
        FROM affiliation a JOIN organization o ON o.organization_id = a.organization_id \
        WHERE a.person_id = $1 ORDER BY a.created_at, a.affiliation_id";
    INSERT_ENROLLMENT = "INSERT INTO enrollment (enrollment_id, person_id, code_hash, expires_at, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    ENROLLMENT = "SELECT enrollment_id, person_id, expires_at, device_id FROM enrollment WHERE code_hash = $1";
    ENROLLMENT_EXPIRY = "SELECT expires_at FROM enrollment WHERE enrollment_id = $1";
    USE_ENROLLMENT = "UPDATE enrollment SET used_at = $2, device_id = $3 WHERE enrollment_id = $1 AND used_at IS NULL";
    INSERT_DEVICE = "INSERT INTO device (device_id, person_id, name, public_key_hash, certificate, certificate_hash, \
        expires_at, enrolled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    DEVICE = "SELECT device_id, person_id, public_key_hash, certificate, expires_at, revoked_at FROM device \
        WHERE device_id = $1";
    DEVICE_BY_CERTIFICATE = "SELECT device_id, person_id, public_key_hash, certificate, expires_at, revoked_at \
        FROM device WHERE certificate_hash = $1";
}

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    organization_id: Uuid,
    kind: String,
    name: String,
    created_at: i64,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;
    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: OrganizationId(row.organization_id),
            kind: row.kind.parse()?,
            name: row.name,
            created_at: Timestamp(row.created_at),
        })
    }
}

/// Stores a new organisation.
///
/// # Errors
/// [`StoreError::Unique`] if the id is taken.
pub async fn insert_organization(tx: &mut Tx, organization: &Organization) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_ORGANIZATION,
        organization.id.0,
        organization.kind.as_str(),
        &organization.name,
        organization.created_at.0
    )?;
    Ok(())
}

/// One organisation.
///
/// # Errors
/// As every query: [`StoreError::Unavailable`], [`StoreError::Corrupt`].
pub async fn organization(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    run!(conn, optional OrganizationRow: ORGANIZATION, id.0)?.map(TryInto::try_into).transpose()
}

/// Organisations by name, after `(name, id)`.
///
/// # Errors
/// As every query.
pub async fn organizations(
    conn: &mut Conn,
    after: (&str, OrganizationId),
    limit: i64,
) -> Result<Vec<Organization>, StoreError> {
    run!(conn, all OrganizationRow: ORGANIZATIONS_AFTER, after.0, after.1.0, limit)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_id: Uuid,
    login_name: String,
    name: String,
    name_kana: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct AffiliationRow {
    affiliation_id: Uuid,
    organization_id: Uuid,
    organization_name: String,
    role: String,
}

/// Stores a new person, without a password and without affiliations.
///
/// # Errors
/// [`StoreError::Unique`] if the login name is taken.
pub async fn insert_person(tx: &mut Tx, person: &Person) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_PERSON,
        person.id.0,
        &person.login_name,
        &person.name,
        &person.name_kana,
        person.created_at.0
    )?;
    Ok(())
}

/// One person with affiliations.
///
/// # Errors
/// As every query.
pub async fn person(conn: &mut Conn, id: PersonId) -> Result<Option<Person>, StoreError> {
    match run!(conn, optional PersonRow: PERSON, id.0)? {
        Some(row) => with_affiliations(conn, row).await.map(Some),
        None => Ok(None),
    }
}

/// People by login name, after `after`; only those of `organization` if one is given.
///
/// # Errors
/// As every query.
pub async fn people(
    conn: &mut Conn,
    organization: Option<OrganizationId>,
    after: &str,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    let rows = match organization {
        Some(id) => run!(conn, all PersonRow: PEOPLE_OF_AFTER, after, limit, id.0)?,
        None => run!(conn, all PersonRow: PEOPLE_AFTER, after, limit)?,
    };
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        people.push(with_affiliations(conn, row).await?);
    }
    Ok(people)
}

async fn with_affiliations(conn: &mut Conn, row: PersonRow) -> Result<Person, StoreError> {
    let affiliations = affiliations(conn, PersonId(row.person_id)).await?;
    Ok(Person {
        id: PersonId(row.person_id),
        login_name: row.login_name,
        name: row.name,
        name_kana: row.name_kana,
        affiliations,
        created_at: Timestamp(row.created_at),
    })
}

/// The person's id and password hash, by login name.
///
/// # Errors
/// As every query.
pub async fn credentials(
    conn: &mut Conn,
    login_name: &str,
) -> Result<Option<(PersonId, Option<String>)>, StoreError> {
    let row = run!(conn, optional (Uuid, Option<String>): CREDENTIALS, login_name)?;
    Ok(row.map(|(id, hash)| (PersonId(id), hash)))
}

/// The person's login name and password hash.
///
/// # Errors
/// As every query.
pub async fn credentials_of(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    run!(conn, optional (String, Option<String>): CREDENTIALS_OF, person.0)
}

/// Sets the first password; says whether there was none before.
///
/// # Errors
/// As every query.
pub async fn set_first_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<bool, StoreError> {
    Ok(run!(tx, SET_FIRST_PASSWORD, person.0, hash)? == 1)
}

/// Stores a new affiliation.
///
/// # Errors
/// [`StoreError::Unique`] if the person has this role there; [`StoreError::ForeignKey`] if person or
/// organisation do not exist.
pub async fn insert_affiliation(
    tx: &mut Tx,
    id: AffiliationId,
    person: PersonId,
    organization: OrganizationId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(tx, INSERT_AFFILIATION, id.0, person.0, organization.0, role.as_str(), now.0)?;
    Ok(())
}

/// A person's affiliations, oldest first.
///
/// # Errors
/// As every query.
pub async fn affiliations(conn: &mut Conn, person: PersonId) -> Result<Vec<Affiliation>, StoreError> {
    run!(conn, all AffiliationRow: AFFILIATIONS, person.0)?
        .into_iter()
        .map(|row| {
            Ok(Affiliation {
                id: AffiliationId(row.affiliation_id),
                organization: OrganizationId(row.organization_id),
                organization_name: row.organization_name,
                role: row.role.parse()?,
            })
        })
        .collect()
}

/// An enrolment code as it is stored: never the code itself.
pub struct Enrollment {
    /// Its id.
    pub id: EnrollmentId,
    /// Whose device it enrols.
    pub person: PersonId,
    /// End of the code.
    pub expires_at: Timestamp,
    /// The device that it enrolled.
    pub device: Option<DeviceId>,
}

/// Stores a new enrolment code.
///
/// # Errors
/// [`StoreError::ForeignKey`] if the person does not exist.
pub async fn insert_enrollment(
    tx: &mut Tx,
    enrollment: &Enrollment,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_ENROLLMENT,
        enrollment.id.0,
        enrollment.person.0,
        code_hash.to_vec(),
        enrollment.expires_at.0,
        now.0
    )?;
    Ok(())
}

/// The enrolment with this code.
///
/// # Errors
/// As every query.
pub async fn enrollment(conn: &mut Conn, code_hash: [u8; 32]) -> Result<Option<Enrollment>, StoreError> {
    let row = run!(conn, optional (Uuid, Uuid, i64, Option<Uuid>): ENROLLMENT, code_hash.to_vec())?;
    Ok(row.map(|(id, person, expires_at, device)| Enrollment {
        id: EnrollmentId(id),
        person: PersonId(person),
        expires_at: Timestamp(expires_at),
        device: device.map(DeviceId),
    }))
}

/// When an enrolment code ends.
///
/// # Errors
/// As every query.
pub async fn enrollment_expiry(conn: &mut Conn, id: EnrollmentId) -> Result<Option<Timestamp>, StoreError> {
    Ok(run!(conn, optional (i64,): ENROLLMENT_EXPIRY, id.0)?.map(|(expires_at,)| Timestamp(expires_at)))
}

/// Uses an enrolment code up; says whether it was unused.
///
/// # Errors
/// As every query.
pub async fn use_enrollment(
    tx: &mut Tx,
    id: EnrollmentId,
    device: DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, USE_ENROLLMENT, id.0, now.0, device.0)? == 1)
}

/// An enrolled device.
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// SHA-256 of its public key (SPKI, DER).
    pub public_key_hash: Vec<u8>,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// End of the certificate.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    device_id: Uuid,
    person_id: Uuid,
    public_key_hash: Vec<u8>,
    certificate: Vec<u8>,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: DeviceId(row.device_id),
            person: PersonId(row.person_id),
            public_key_hash: row.public_key_hash,
            certificate: row.certificate,
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

/// Stores a new device.
///
/// # Errors
/// [`StoreError::Unique`] if the certificate is known.
pub async fn insert_device(
    tx: &mut Tx,
    device: &Device,
    name: &str,
    certificate_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_DEVICE,
        device.id.0,
        device.person.0,
        name,
        &device.public_key_hash,
        &device.certificate,
        certificate_hash.to_vec(),
        device.expires_at.0,
        now.0
    )?;
    Ok(())
}

/// One device.
///
/// # Errors
/// As every query.
pub async fn device(conn: &mut Conn, id: DeviceId) -> Result<Option<Device>, StoreError> {
    Ok(run!(conn, optional DeviceRow: DEVICE, id.0)?.map(Into::into))
}

/// The device with this certificate.
///
/// # Errors
/// As every query.
pub async fn device_by_certificate(
    conn: &mut Conn,
    certificate_hash: [u8; 32],
) -> Result<Option<Device>, StoreError> {
    Ok(run!(conn, optional DeviceRow: DEVICE_BY_CERTIFICATE, certificate_hash.to_vec())?.map(Into::into))
}
