# The values of the proto in words, and the headings of columns.

role-doctor = doctor
role-dentist = dentist
role-pharmacist = pharmacist
role-nurse = nurse
role-care-manager = care manager
role-therapist = therapist
role-dietitian = dietitian
role-care-worker = care worker
role-social-worker = social worker
role-coordinator = coordination office
role-administrator = administrator

category-visit-note = visit note
category-vital-signs = vital signs
category-medication = medication
category-laboratory = laboratory
category-nursing = nursing
category-care-plan = care plan
category-daily-life = daily life
category-conference = conference
category-referral = referral
category-message = message
category-document = document
category-notice = notice

sensitivity-normal = normal
sensitivity-mental-health = mental health
sensitivity-substance-use = substance use
sensitivity-infection = infection
sensitivity-genetic = genetic
sensitivity-abuse = abuse

position-none = it does not tell where it was taken
position-kept = it tells where it was taken
position-removed = where it was taken was removed from it

purpose-treatment = treatment and care
purpose-care-management = care coordination
purpose-quality-improvement = quality improvement and training
purpose-emergency = emergency

kind-hospital = hospital
kind-clinic = clinic
kind-dental-clinic = dental clinic
kind-pharmacy = pharmacy
kind-home-visit-nursing = home-visit nursing station
kind-care-management = care-management office
kind-care-service = care service
kind-community-support-center = community support centre
kind-coordination-office = coordination office
position-keep = kept
position-remove = removed

sex-male = male
sex-female = female
sex-other = other
sex-unknown = unknown

membership-invited = invited
membership-accepted = accepted
membership-declined = declined
membership-left = left
membership-removed = removed

staff-all = all staff
staff-assigned = assigned staff only

notice-consent-recorded = { $actor } recorded a consent of the patient.
notice-consent-amended = { $actor } replaced a consent of the patient by a newer form.
notice-consent-withdrawn-in-part = { $actor } recorded that the patient withdrew a part of a consent.
notice-consent-withdrawn = { $actor } recorded that the patient withdrew a consent.
notice-member-invited = { $actor } invited { $about } to the care team.
notice-member-joined = { $actor } accepted the invitation: { $about } is in the care team now.
notice-member-declined = { $actor } declined the invitation: { $about } does not join the care team.
notice-member-left = { $actor } ended the membership: { $about } has left the care team.
notice-member-removed = { $actor } removed { $about } from the care team.
notice-custodian-offered = { $actor } asked { $about } to become the custodian organisation.
notice-custodian-offer-ended = { $actor } declined or took back the hand-over: { $about } does not become the custodian organisation.
notice-custodian-changed = { $actor } accepted the hand-over: { $about } is the custodian organisation now.
notice-break-glass = { $actor } opened this patient's record by emergency access.
notice-break-glass-reviewed = { $actor } reviewed the emergency access of { $about }.
notice-person-of = { $person } ({ $organization })
notice-not-named = (not named)
notice-text = Reason: { $text }

decision-permit = permitted
decision-deny = refused

effect-permit = permits
effect-deny = denies

signer-patient = patient
signer-representative = representative

relation-spouse = spouse
relation-child = child
relation-parent = parent
relation-sibling = sibling
relation-guardian = legal guardian
relation-other-relative = other relative
relation-other = other

why-permitted = permitted by consent
why-break-glass = emergency access
why-denied = denied by the patient
why-no-consent = no consent permits it
why-sensitivity-not-named = no consent names the sensitivity
why-not-accepted = the invitation is not accepted yet
why-not-member = not in the care team
why-not-assigned = not assigned by their organisation
why-role = the role sees no patient data
why-inactive = suspended, or the affiliation has ended

emergency-life-threatening = life or health in danger
emergency-emergency-transport = sudden change, ambulance
emergency-disaster = disaster
emergency-patient-unable = the patient cannot be asked

verdict-justified = justified
verdict-not-justified = not justified

action-device-enroll = device enrolled
action-login = login
action-logout = logout
action-organization-create = organisation created
action-person-create = person created
action-affiliation-create = affiliation created
action-enrollment-code-create = enrolment code made
action-patient-register = patient registered
action-patient-read = demographics read
action-care-team-invite = invited to care team
action-care-team-answer = invitation answered
action-care-team-read = care team read
action-consent-record = consent recorded
action-consent-withdraw = consent withdrawn
action-consent-read = consents read
action-entry-post = entry posted
action-entry-read = entries read
action-entry-mark-read = marked as read
action-readers-read = readers listed
action-attachment-upload = attachment uploaded
action-attachment-read = attachment read
action-audit-read = audit log read
action-session-revoke = session revoked
action-consent-amend = consent amended
action-care-team-leave = left care team
action-care-team-remove = removed from care team
action-care-team-staff = assigned staff set
action-custodian-offer = custodianship offered or taken back
action-custodian-answer = custodianship answered
action-person-suspend = person suspended
action-person-reinstate = suspension lifted
action-affiliation-end = affiliation ended
action-break-glass = emergency access
action-break-glass-read = emergency accesses listed
action-break-glass-review = emergency access reviewed
action-access-read = access looked up
action-provision-read = record of provision read
action-entry-search = entries searched
action-patient-shred = patient's keys destroyed
action-organization-update = organisation's rules for files changed

vital-blood-pressure = blood pressure
vital-8480-6 = systolic
vital-8462-4 = diastolic
vital-8310-5 = temperature
vital-8867-4 = pulse
vital-9279-1 = respiration
vital-2708-6 = SpO2
vital-29463-7 = weight
vital-8302-2 = height
vital-2339-0 = glucose

column-action = Action
column-actor = Who
column-affiliation-id = Affiliation
column-assigned = Assigned
column-birth-date = Born
column-category = Category
column-certificate-until = Certificate until
column-changes = Changes
column-content = Content
column-custodian = Custodian
column-decision = Decision
column-draft-id = Draft
column-ground = Ground
column-id = ID
column-invited = Invited
column-items = Items
column-kind = Kind
column-local-identifier = Local ID
column-logged-in = Logged in
column-login-name = Login name
column-member = Member
column-name = Name
column-name-kana = Reading
column-object = Object
column-offered-custodian = Hand-over
column-organization = Organisation
column-patient = Patient
column-person = Person
column-profile = Profile
column-provision-day = Day
column-purpose = Purpose
column-read = Read
column-recipient = To
column-registered = Registered
column-role = Role
column-server = Server
column-sex = Sex
column-since = Since
column-staff = Seen by
column-status = Status
column-through = Through
column-time = Time
