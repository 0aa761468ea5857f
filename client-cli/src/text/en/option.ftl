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
option-login-affiliation = Affiliation to act under, if you have several

option-organization-create-kind = What the organisation is
option-organization-create-name = Name of the organisation
option-person-create-login-name = Login name: 3 to 64 of a-z, 0-9, `.`, `_`, `-`, beginning with a letter
option-person-create-name = Name of the person
option-kana = Reading of the name in kana
option-organization = Organisation: UUID or exact name
option-person = Person: UUID or login name
option-role = What the person does there
option-limit = At most this many

option-patient = Patient: UUID or local identifier
option-patient-uuid = Patient: UUID, as the invitation shows it
option-patient-register-name = Name in kanji
option-birth-date = Birth date
option-sex = Administrative sex
option-local-id = Your organisation's own number for the patient
option-watch-patient = Patients to watch; none: all whom you may see
option-care-team-invite-message = Shown to the invited organisation before it answers; `-` reads standard input, `@FILE` a file

option-all-members = The consent is for every member of the care team, also later ones
option-consent-record-organization = The consent is for this organisation; may be given several times
option-consent-record-person = The consent is for one person
option-consent-record-category = What it permits; may be given several times; none: everything
option-from = It holds from this time; else from now
option-until = It holds until this time; else without end
option-paper = The scanned paper
option-consent = Consent: UUID

option-subjective = S: what the patient and the family say; `-` reads standard input, `@FILE` a file
option-objective = O: what was found
option-assessment = A: what it means
option-plan = P: what will be done
option-visit-time = When the visit was
option-vital = Vital sign: bp=128/76, temp=36.8, pulse=72, resp=16, spo2=97, weight=52.4, height=150, glucose=110; may be given several times
option-message = A message instead of a visit note; `-` reads standard input, `@FILE` a file
option-reply-to = Entry that it answers: UUID
option-attach = File to attach; may be given several times
option-urgent = Mark as urgent
option-category = Another category than the usual one

option-draft = Draft: UUID
option-no-mark-read = Do not mark as read
option-entry = Entry: UUID
option-attachment = Attachment: UUID
option-output-file = File or folder to write to, or `-` for standard output; else the file's own name, here
option-force = Overwrite an existing file
option-shell = Shell
option-folder = Folder to write to
