# What an argument is. A key may name the command first, where the argument means something else there.

option-help = Show help
option-version = Show the version
option-profile = Profile to use
option-output = How to print: for people, one JSON document, or one JSON object a line
option-lang = Language; else RENKEI_LANG or the locale decides

option-server = The server, https://HOST:PORT
option-code-file = Enrolment code from a file, or `-` for standard input; else it is asked for
option-password-file = Password from a file, or `-` for standard input; else it is asked for
option-device-name = What you call this device
option-replace = Replace an earlier enrolment of this profile, with a new key
option-login-purpose = What the session asks for data for; else treatment
option-login-affiliation = Affiliation to act under, if you have several

option-organization-create-kind = What the organisation is
option-organization-create-name = Name of the organisation
option-person-create-login-name = Login name: 3 to 64 of a-z, 0-9, `.`, `_`, `-`, beginning with a letter
option-person-create-name = Name of the person
option-kana = Reading of the name in kana
option-organization = Organisation: UUID or exact name
option-person = Person: UUID or login name
option-affiliation-end-person = Person: UUID or login name; without --organization and --role the UUID of the affiliation
option-role = What the person does there
option-limit = At most this many

option-patient = Patient: UUID or local identifier
option-patient-uuid = Patient: UUID, as the invitation shows it
option-patient-register-name = Name in kanji
option-birth-date = Birth date
option-sex = Administrative sex
option-local-id = Your organisation's own number for the patient
option-watch-patient = Patients to watch; none: all whom you may see
option-care-team-invite-message = Why, which the invited read before they answer; `-` reads standard input, `@FILE` a file
option-personal = Your own invitation, not that of your organisation
option-care-team-leave-personal = End your own membership, not that of your organisation
option-assigned-only = Only assigned staff see the patient, at first you
option-text = Why, which the care team reads; `-` reads standard input, `@FILE` a file
option-care-team-staff-all = All staff see the patient; the assignments end
option-assign = Assign this person: only assigned staff see the patient; may be given several times
option-unassign = Assign this person no longer; may be given several times
option-care-team-hand-over-organization = Member to ask: UUID or exact name
option-take-back = Take the offer back
option-decline = Decline instead

option-all-members = It is about every member of the care team, also later ones
option-consent-organization = It is about this organisation; may be given several times
option-consent-person = It is about one person
option-deny = It denies what it names, whatever else permits it
option-consent-role = Only people in this role; may be given several times; none: every role
option-consent-category = Only this category; may be given several times; none: every one
option-consent-sensitivity = This sensitivity; may be given several times; none: normal only, or all with --deny
option-consent-purpose = Only for this purpose; may be given several times; none: every one
option-consent-from = It holds from this time; else from now
option-consent-until = It holds until this time; else without end
option-except-organization = Except for this organisation; may be given several times
option-except-person = Except for this person; may be given several times
option-except-role = Except for this role; may be given several times
option-except-category = Except this category; may be given several times
option-except-sensitivity = Except this sensitivity; may be given several times
option-except = An exception of conditions that hold together: organization, person, role, category, sensitivity; may be given several times
option-signer = Who signed it
option-signer-name = Name of the representative
option-relation = What the representative is to the patient
option-signed-on = Date on the paper; else today
option-review-on = When it is to be gone through again with the patient
option-paper = The scanned paper
option-consent = Consent: UUID, or its first 8 characters or more
option-consent-withdraw-category = Withdraw this category only; may be given several times
option-consent-withdraw-sensitivity = Withdraw this sensitivity only; may be given several times
option-consent-withdraw-organization = Withdraw it for this organisation only; may be given several times
option-consent-withdraw-person = Withdraw it for this person only; may be given several times

option-access-explain-patient = Patient: UUID or local identifier; UUID if you cannot see the patient yet
option-access-explain-person = Another person than you: UUID or login name (custodian organisation)
option-access-break-glass-patient = Patient: UUID or local identifier; UUID if you cannot see the patient yet
option-access-break-glass-reason = Why the record must be opened
option-access-review-patient = Only of this patient: UUID or local identifier
option-break-glass-id = Emergency access to review: UUID
option-access-review-all = Reviewed ones too
option-justified = It was justified
option-not-justified = It was not justified; if it is still open, it ends at once
option-access-review-text = What was found, which the care team reads; `-` reads standard input, `@FILE` a file

option-provision-from = Only from this time
option-provision-until = Only before this time
option-print = Write an HTML document to print instead

option-subjective = S: what the patient and the family say; `-` reads standard input, `@FILE` a file
option-objective = O: what was found
option-assessment = A: what it means
option-plan = P: what will be done
option-visit-time = When the visit was
option-vital = Vital sign: bp=128/76, temp=36.8, pulse=72, resp=16, spo2=97, weight=52.4, height=150, glucose=110; may be given several times
option-message = A message instead of a visit note; `-` reads standard input, `@FILE` a file
option-reply-to = Entry that it answers: UUID
option-attach = File to attach; may be given several times
option-post-attachment = File that `renkei attachment upload` has uploaded: UUID; may be given several times
option-urgent = Mark as urgent
option-category = Another category than the usual one
option-post-sensitivity = Another sensitivity than normal: seen only where a consent names it

option-draft = Draft: UUID
option-no-mark-read = Do not mark as read
option-entry = Entry: UUID
option-attachment = Attachment: UUID; several may be given
option-attachment-upload-file = File to upload; several may be given. One that no entry and no consent names is removed after 24 hours
option-anew = Begin anew where a file changed since its upload began
option-offset = First byte wanted, counted from 0. A part of a file cannot be checked as a whole: the server verifies each byte that it sends
option-length = How many bytes are wanted at most
option-preview = The preview, a small JPEG, instead of the file
option-output-file = File or folder to write to, or `-` for standard output; else the file's own name, here
option-force = Overwrite an existing file
option-yes = Do not ask to confirm
option-shell = Shell
option-folder = Folder to write to
