# What commands print for people, what they ask, and what they say on standard error.

actor = { $name } ({ $role }, { $organization })
list-separator = ,{" "}
word-yes = yes
word-no = no

prompt-password = Password:{" "}
prompt-password-again = Password again:{" "}
prompt-new-password = New password:{" "}
prompt-code = Enrolment code:{" "}
prompt-totp-code = Code that the app shows:{" "}
prompt-second = Code of your authenticator app (or a recovery code):{" "}
prompt-confirm = {" "}[y/N]:{" "}

note-certificate = The certificate of this device ends on { $until }. Ask your administrator for a new code in time: renkei device enroll --replace
note-step-up = This needs your password again.
note-log-unseen = For { $days } days this computer could not check that the server's audit log goes on from what it has seen. renkei audit verify says why.
note-recovery-codes = A recovery code was used; left: { $left }. If the phone is lost: renkei totp enroll
note-more = { $shown } shown, there are more: --limit N

device-default-name = computer
totp-default-name = authenticator app
totp-scan = Scan this with your authenticator app, or type the secret of the address into it. It is as secret as a password.
totp-again = The app does not show this code now. Is the clock of the phone right?
totp-enrolled = The authenticator app is enrolled for { $login }. The one before, if there was one, is revoked.
totp-enrolled-next = Next: renkei login --totp, with the next code that the app shows
recovery-codes = Recovery codes, for when the phone is lost. Each works once; keep them on paper, apart from the phone. They are not shown again:
device-enrolled = This computer is enrolled for { $login } until { $until }.
device-enrolled-next = Next: renkei login
logged-in = Logged in as { $actor }, until { $until } at the latest.
logged-out = Logged out.
locked = Locked: the session has ended. To go on: renkei login
locked-here = Locked here. The server could not be told: the session ends by itself when it is not used.
sessions-ended = Sessions ended: { $count }
device-revoked = Revoked { $name }: its sessions have ended, and it opens nothing any more.
device-revoked-since = revoked { $time }
device-this = this device
device-renewed = The certificate of this device is renewed until { $until }.
confirm-revoke = Revoke the device { $device }? Its sessions end at once, and only a new enrolment brings it back.
confirm-revoke-this = Revoke THIS device? Your session ends at once, and only a new enrolment code brings it back.
password-changed = Password changed. Other sessions ended: { $count }
password-reset = For { $person }, once, until { $until }. Hand it over in person or by post; then: renkei password set
password-set = Password set. Next: renkei login
confirm-reset-password = Take the password of { $person } away? All sessions end at once, and codes that were not used are good for nothing.
whoami-actor = { $actor }
whoami-login = { $login } at { $server }
whoami-purpose = Purpose of use: { $purpose }
whoami-until = Session until { $until } at the latest
whoami-service = Through the service account { $name }
actor-through = { $actor }, through { $service }

organization-created = Created { $name }: { $id }
policy-position = Positions in images: { $position }
policy-space = Space for files: { $used } of { $quota } ({ $percent }%)
person-created = Created { $name } ({ $login }): { $id }
person-created-next = Next: renkei affiliation create --person { $login } …, then renkei enrollment-code create --person { $login }
person-suspended = Suspended { $name } ({ $login }): all sessions and access have ended. To lift it: renkei person reinstate { $login }
person-suspended-since = suspended since { $time }
person-reinstated = Lifted the suspension of { $name } ({ $login }), who logs in again.
confirm-offboard = Let { $person } leave { $organization }? Sessions and access there end at once.
person-offboarded = { $name } ({ $login }) has left { $organization }. What was written stays.
offboard-ends = Affiliations that end, with sessions and access: { $roles }
offboard-devices = It is the last affiliation: devices revoked: { $devices }, enrolment codes made void: { $codes }
offboard-handed-over = { $person } takes over as assigned staff of these patients:
offboard-assigned = The assignment to these patients ends:
offboard-unstaffed = Nobody of the organisation sees these patients then. renkei care-team staff PATIENT --assign PERSON:
offboard-personal = Stays in the care teams of these patients in person. Their custodian organisation ends it: renkei care-team remove PATIENT --person PERSON:
affiliation-created = { $person } is { $role } at { $organization }: { $id }
affiliation-ended = Ended the affiliation of { $name } ({ $login }), with its sessions and access. What was written stays.
enrollment-code-created = For { $person }, once, until { $until }. Hand it over in person or by post.
service-created = Created the service account { $name }: { $id }
service-created-next = Next: renkei service code { $id }. It can do nothing until a person allows it: renkei service allow { $id }
service-code-created = Good once, until { $until }. Hand it to whoever runs the program: renkei service enroll
service-ended = Ended { $name }: its certificates open nothing any more, and nobody allows it anything.
service-ended-since = ended { $time }
confirm-service-end = End the service account { $id } for good? Its sessions end at once.
service-allowed = The service account may act for you now, and see what you see. You withdraw that with: renkei service disallow
service-allowed-next = The program begins with your affiliation: { $affiliation }
service-disallowed = Withdrawn. Sessions that ended: { $count }
service-enrolled = This profile is that of the service account { $name } until { $until }.
service-enrolled-next = Next: renkei login --as AFFILIATION

patient-registered = Registered { $name }: { $id }
patient-registered-next = Next: renkei care-team invite { $id } --organization ORG --message TEXT, and renkei consent record { $id } …
patient-offered = { $organization } was asked and has not answered
patient-born = born { $day }

care-team-invited = Invited { $member }. The patient is seen after the invitation is accepted and a consent permits it.
care-team-accepted = Accepted. What the patient's consent permits can be seen now: renkei timeline show { $patient }
care-team-accepted-assigned = Accepted. Only assigned staff see the patient, at first you: renkei care-team staff { $patient } --assign PERSON
care-team-declined = Declined the invitation for { $patient }.
care-team-left = Left the care team of patient { $patient }. Access by this membership has ended.
care-team-removed = Removed { $member } from the care team. Access by this membership has ended.
care-team-person = person
care-team-staff-all = All staff of your organisation see the patient, as far as consent permits.
care-team-staff-assigned = Only these persons of your organisation see the patient, as far as consent permits:
care-team-staff-nobody = Nobody is assigned: nobody of your organisation sees the patient. renkei care-team staff PATIENT --assign PERSON, or --all
confirm-leave = Leave the care team of patient { $patient }? The access of your organisation ends at once.
confirm-leave-personal = Leave the care team of patient { $patient }? Your access as a person ends at once.
confirm-remove = Remove { $member } from the care team of patient { $patient }? Access by this membership ends at once.
hand-over-offered = Asked { $organization } to become the custodian organisation. Yours remains it until the offer is accepted: renkei care-team take-over { $patient }
hand-over-taken-back = Your organisation remains the custodian organisation of patient { $patient }.
take-over-accepted = Your organisation is the custodian organisation of patient { $patient } now.
take-over-declined = Declined to become the custodian organisation of patient { $patient }.
invitations-none = No invitation waits for an answer.
invitation-organization = to { $organization }
invitation-person = to you as a person
invitation-answer = → renkei care-team accept { $patient }   (or decline)
invitation-answer-personal = → renkei care-team accept { $patient } --personal   (or decline)

consent-all-members = every member of the care team
consent-all-categories = all categories
consent-custodian = custodian organisation
consent-period = from { $from } until { $until }
consent-period-open = from { $from }, without end
consent-recorded = Consent recorded.
consent-recorded-by = recorded { $time } by { $actor }
consent-withdrawn-by = withdrawn { $time } by { $actor }
consent-withdrawn = Withdrawn: nothing more is shown under the consent { $id }.
consent-paper = paper: { $attachment }
consent-amended = Consent amended: version { $version } holds now.
consent-withdrawn-in-part = Withdrawn in part. What is left stands as version { $version }:
consents-none = No consents.
consent-version = version { $version }
consent-categories = Categories: { $values }
consent-sensitivities = Sensitivities: { $values }
consent-roles = Roles: { $values }
consent-purposes = Purposes: { $values }
consent-organizations = Organisations: { $values }
consent-people = People: { $values }
consent-exception = Exception { $number }: { $what }
condition-separator = ;{" "}
consent-signed = Signed { $day }: { $signer }
consent-signer-unknown = Signed: by whom is not on record
consent-representative = { $name } ({ $kind }, { $relation })
consent-review = To be reviewed: { $day }
consent-review-due = To be reviewed: { $day } (soon)
consent-review-overdue = To be reviewed: { $day } (OVERDUE)
state-in-force = in force
state-not-begun = not begun
state-ended = ended
state-withdrawn = withdrawn
state-superseded = replaced

access-no-affiliation = This person has no affiliation, and sees nothing.
access-nobody = Nobody can see anything.
access-what-restricted-too = { $categories } (restricted content too)
access-what-sensitivities = { $categories } ({ $sensitivities })
access-ground = { $why }: { $rules }
access-rule = { $consent } v{ $version }
access-rule-exception = { $consent } v{ $version } (exception { $number })
access-restricted = Restricted content is not shown ({ $sensitivities }): { $reasons }
access-post = May post: { $what }
access-post-nothing = May not post.
access-for = { $who }, asking for: { $purpose }
access-changes = This will change by itself at { $time }: a consent begins or ends, or an emergency access ends.
access-next-consent = Ask the custodian organisation, { $custodian }, to record the patient's consent.
access-next-denied = The patient has denied it. Ask the custodian organisation: { $custodian }
access-next-accept = Answer the invitation: renkei care-team accept { $patient }   (your own: --personal)
access-next-invite = Ask the custodian organisation, { $custodian }, for an invitation to the care team.
access-next-assign = Ask somebody of your organisation who assigns staff: renkei care-team staff
access-next-role = With another affiliation: renkei login --affiliation UUID
access-next-inactive = Ask your administrator.
access-next-emergency = Only if it cannot wait: renkei access break-glass { $patient } --reason … --text …

break-glass-warning =
    EMERGENCY ACCESS to the record of the patient { $patient }
      Reason: { $reason }
    - Your name, role and organisation, the time, the reason and your text are recorded.
    - The whole care team is told at once, as urgent.
    - The custodian organisation reviews it within 72 hours. If it finds it not justified, it ends at once.
    - You can read for 60 minutes, but not post. What the patient has denied explicitly stays closed.
break-glass-confirm = Open the record?
break-glass-open = Emergency access is open until { $until }.
break-glass-limits = You can read, but not post. What the patient has denied explicitly stays closed. The care team has been told.
break-glass-next = Next: renkei timeline show { $patient }
break-glass-access = emergency access { $id }

review-recorded = Recorded: { $verdict }.
reviews-none = No emergency access waits for review.
reviews-none-at-all = No emergency accesses.
review-period = { $from } to { $until }
review-overdue = OVERDUE
review-patient = Patient: { $patient }
review-due = To be reviewed until { $time }
review-how = → renkei access review { $patient } { $id } --justified   (or --not-justified --text …)
review-found = { $verdict }: { $actor }, { $time }

provision-demographics = demographics
provision-entries = { $category } ({ $count })
provision-files = files ({ $count })
provisions-none = Nothing was provided.
document-written = Written: { $path }
document-language = en
document-title = Record of provision to third parties
document-patient = Patient
document-patient-id = Patient UUID
document-period = Period
document-print-time = Printed
document-printed-by = Printed by
document-from-until = from { $from } until { $until }
document-from = from { $from } until it was printed
document-until = from the beginning until { $until }
document-always = from the beginning until it was printed
document-recipient = { $name } ({ $role })
document-notes = A row holds what was provided to one person on one day on the same ground. Numbers of entries count an entry each time it was provided. Grounds are UUIDs of consents, or of an emergency access.

posted = Posted as #{ $seq } at { $time }.
draft-kept = Not sent. It is kept: renkei draft send { $draft }
draft-discarded = Discarded the draft { $draft }.
draft-consent = (consent with its paper)
draft-amendment = (amended consent with its paper)
draft-former-consent = (consent of an earlier version: cannot be sent)
drafts-none = No drafts.

profiles-none = No profiles yet: renkei device enroll --server https://HOST:PORT

timeline-empty = No entries.
entry-urgent = URGENT
entry-unread = unread
entry-restricted = [restricted: { $sensitivity }]
entry-damaged = (damaged: does not open)
entry-unknown = (a kind of entry that this version does not know)
entry-reply-to = ↳ reply to { $entry }
entry-visit-time = Visit: { $time }
entry-vital-signs = Vital signs
entry-attachment = Attachment
marked-read = Marked { $count } as read.
readers-none = Nobody has read it yet.
search-none = Nothing was found.
inbox-empty = Everything is read.
inbox-count = { $count } unread

watch-watching = Patients watched: { $count }. Ctrl-C ends.
watch-disconnected = Connection lost ({ $reason }); connecting again …
watch-reconnected = Connected again.
watch-access-started = ● You can see { $patient } now.
watch-access-ended = ○ You cannot see { $patient } any longer.

progress-left = left
uploaded = Uploaded { $file }: { $id }
uploaded-next = Name them within 24 hours: renkei post { $patient } --attachment ID …. What nothing names is removed then.
uploaded-position = { $file }: { $position }
uploaded-type = { $file }: its content is { $stored }, not { $expected }
upload-kept = Run the same command again: it goes on where it was, under the same ids.
downloaded = Saved and verified: { $path }
downloaded-range = Saved bytes { $first } to { $last }: { $path }
download-kept = What has arrived is kept: the same command goes on with it.
man-written = Manual pages written to { $path }

form-introduction =
    Visit note: { $patient }
    Lines that begin with # are left out. An empty form posts nothing.
form-subjective = S: what the patient and the family say
form-objective = O: what was found
form-assessment = A: what it means
form-plan = P: what will be done
form-vital = Vital signs, for example bp=128/76 temp=36.8 pulse=72 spo2=97

log-empty = Nothing is in the audit log yet.
log-first-seen = The audit log has { $size } events. This computer sees it for the first time and compares with it from now on.
log-goes-on = The audit log has { $size } events and goes on from the { $since } that this computer has seen.
log-events = { $included } of the patient's events are in the log as they are listed; { $waiting } wait for their places.
checkpoint-written = { $path } holds the checkpoint of { $size } events.
operator = maintenance: { $name }
access-what = { $kind } ({ $actions })
accesses-none = Nobody did anything with this record.
accesses-title = Record of access
accesses-checkpoint = Audit log
accesses-log = { $size } events, root { $root }
accesses-only-organization = Only of the organisation
accesses-only-person = Only of the person
accesses-only-kinds = Only of these kinds
accesses-count = Number
accesses-counts = { $rows } rows, { $events } acts
accesses-notes = A row holds what one person did in one go: of one kind, in one session and on the same ground, with no pause of more than 30 minutes. Grounds are UUIDs of consents, or of an emergency access. The number of events and the root of the audit log let it be proven later that none of these was changed or left out since.
audit-exported = { $events } events are in { $path }.
maintenance-none = There was no maintenance.
maintenance-of-all = all patients, or none
