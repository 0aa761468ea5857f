# What a command does, how it is used, and what is wrong with how it was used.

heading-usage = Usage:
heading-commands = Commands
heading-command-name = COMMAND
heading-arguments = Arguments
heading-options = Options
heading-global = Options of every command
heading-examples = Examples:

after-help =
    `renkei` alone opens the full screen in a terminal.
    Begin with `renkei device enroll` and `renkei login`. Exit codes and environment: `renkei --help`.
after-long-help =
    Exit codes:
        0  done
        1  a defect, or something that no other code says
        2  wrong usage or bad input
        3  it does not exist, or may not be seen
        4  it may be seen, but this may not be done
        5  log in again
        6  it contradicts what is there
        7  the server is busy or cannot be reached; try again
        8  a file of this computer
        9  stored data is damaged
       10  the audit log was changed
      130  interrupted

    Environment:
      RENKEI_HOME      folder of the profiles
      RENKEI_PROFILE   profile to use (--profile)
      RENKEI_OUTPUT    how to print (--output)
      RENKEI_LANG      language (--lang); else the locale decides
      VISUAL, EDITOR   editor of `renkei post`
      NO_COLOR         no colours

    PATIENT is a UUID or your local identifier, ORG a UUID or the exact name, PERSON a UUID or the login
    name. TIME is RFC 3339, or YYYY-MM-DD or "YYYY-MM-DD HH:MM" in the local zone. A TEXT of `-` reads
    standard input, `@FILE` reads a file.

about-renkei = Secure messages and shared records around one patient
about-help = Show this help, or that of a command
about-device = This computer as your second factor
about-device-enroll = Enrol this computer with an enrolment code
about-device-list = List your devices (with --person another person's, administrator)
about-device-revoke = Revoke a device: its sessions end at once, and it opens nothing any more
about-device-renew = Renew the certificate of this device; `renkei login` does it by itself in time
about-login = Begin a session
about-logout = End the session
about-lock = End the session and forget it here, also where the server cannot be reached
about-whoami = Show who the session acts as
about-session = Your own sessions
about-session-list = List your sessions on all devices
about-session-end = End one of your sessions, or all others, with their streams
about-password = Your own password
about-password-change = Change your password; your other sessions end at once
about-password-set = Set a new password after it was reset, with the code that was handed out
about-totp = An authenticator app as your second factor, where the server allows it
about-totp-enroll = Enrol an authenticator app: with --server by an enrolment code, otherwise in your session
about-totp-recovery-codes = Get new recovery codes; those before are good for nothing
about-organization = The region's organisations
about-organization-create = Create an organisation (region's administrator)
about-organization-list = List the organisations
about-organization-policy = Show what an organisation does with files, or change it (region's administrator)
about-person = People with an account
about-person-create = Create a person (administrator)
about-person-list = List people and what they do where
about-person-offboard = Let a person leave an organisation, and a successor take over (administrator)
about-person-suspend = Suspend a person: sessions and access end at once (administrator)
about-person-reinstate = Lift a suspension (administrator)
about-person-reset-password = Take a password away; the person sets another one with a code (administrator)
about-affiliation = What people do where
about-affiliation-create = Give a person a role at an organisation (administrator)
about-affiliation-end = End an affiliation with its sessions and access (administrator)
about-enrollment-code = One-time codes that enrol a device
about-enrollment-code-create = Make an enrolment code for a person (administrator)
about-service = Programs of an organisation that act for people who allow it
about-service-create = Create a service account (administrator)
about-service-list = List the service accounts of your organisation, or of another one (region's administrator)
about-service-code = Hand out a code with which a service account gets a certificate (administrator)
about-service-end = End a service account for good (administrator)
about-service-allow = Allow a service account to act for you, under the affiliation of this session
about-service-disallow = Withdraw that; its sessions for you end at once
about-service-allowed = List the service accounts that you allow to act for you
about-service-enroll = Enrol this profile as a service account, with the code
about-patient = Patients
about-patient-register = Register a patient; your organisation becomes the custodian organisation
about-patient-list = List the patients whom you may see
about-patient-show = Show a patient's demographics
about-care-team = The organisations and persons around a patient
about-care-team-invite = Invite an organisation or a person to the care team
about-care-team-list = List a patient's care team
about-care-team-invitations = List the invitations that wait for your organisation's answer or yours
about-care-team-accept = Accept an invitation
about-care-team-decline = Decline an invitation
about-care-team-leave = Leave the care team; access ends at once
about-care-team-remove = Remove a member from the care team, or take an invitation back (custodian organisation)
about-care-team-staff = Show or set which staff of your organisation see the patient
about-care-team-hand-over = Ask a member to become the custodian organisation (custodian organisation)
about-care-team-take-over = Become the custodian organisation, or decline to (the organisation that was asked)
about-consent = What a patient permits, and what not
about-consent-record = Record a consent that was signed, with its scanned paper
about-consent-list = List a patient's consents as they stand
about-consent-withdraw = Withdraw a consent or a part of it; it acts at once
about-consent-amend = Replace a consent by a newer form that was signed
about-consent-show = Show every version of a consent
about-access = Who may see what, and emergencies
about-access-explain = Explain what you, or another person, may see of a patient and why
about-access-list = List who can see something of a patient now (custodian organisation)
about-access-break-glass = Open a patient's record in an emergency, to read, for 60 minutes
about-access-review = List emergency accesses that wait for review, or review one (custodian organisation)
about-timeline = A patient's entries
about-timeline-show = Show the timeline by day of posting, newest last, and mark what was shown as read
about-timeline-readers = Show who has read an entry
about-timeline-mark-read = Mark entries as read
about-search = Search a patient's entries for words, newest first
about-inbox = Show what you have not read yet, or what waits for you
about-watch = Show entries as they are posted, and what is done to them later
about-attachment = Files of entries and consents
about-attachment-upload = Upload files that an entry will name; goes on after a break
about-attachment-download = Download and verify files; goes on after a break
about-audit = Who has looked at a record
about-audit-accesses = List who has looked at a patient's record, when and as what, or write it as a document to print (custodian organisation, privacy officer)
about-audit-export = Export what was done to a record for other systems, as FHIR resources (custodian organisation, privacy officer)
about-audit-list = List a patient's audit events, newest first
about-audit-verify = Check that the audit log goes on from what this computer has kept
about-audit-checkpoint = Write the newest checkpoint of the audit log to a file, to be kept elsewhere
about-audit-events = List log-ins, devices, accounts and refusals, newest first (administrator, privacy officer)
about-audit-maintenance = List maintenance at the console of the server, oldest first, or count it by patient (administrator, privacy officer)
about-provision = The record of provision to third parties
about-provision-list = List what of a patient's record was provided to whom, or write it as a document to print (custodian organisation)
about-profile = The profiles on this computer
about-profile-list = List the profiles
about-completions = Print the completions for a shell
about-man = Write the manual pages to a folder

examples-device-enroll =
    renkei device enroll --server https://renkei.example:7443
    renkei device enroll --server https://renkei.example:7443 --code-file code.txt --password-file password.txt
examples-device-list =
    renkei device list
    renkei device list --person hanako.suzuki
examples-device-revoke =
    renkei device revoke 0197f0a0-0000-7000-8000-000000000001
    renkei device revoke 0197f0a0-0000-7000-8000-000000000001 --yes
examples-device-renew =
    renkei device renew
examples-session-list =
    renkei session list
examples-session-end =
    renkei session end 0197f0a0-0000-7000-8000-000000000001
    renkei session end --others
examples-password-change =
    renkei password change
    renkei password change --password-file old.txt --new-password-file new.txt
examples-password-set =
    renkei password set
    renkei password set --code-file code.txt --new-password-file password.txt
examples-totp-enroll =
    renkei totp enroll
    renkei totp enroll --server https://renkei.example:7443
examples-totp-recovery-codes =
    renkei totp recovery-codes
examples-lock =
    renkei lock
examples-login =
    renkei login
    renkei login --affiliation 0197f0a0-0000-7000-8000-000000000001
    renkei login --purpose care_management
    renkei login --totp
    renkei --profile ehr login --as 0197f0a0-0000-7000-8000-000000000001
examples-service-create =
    renkei service create --organization みどり診療所 --name 電子カルテ連携 --calls-per-minute 120
examples-service-list =
    renkei service list
examples-service-code =
    renkei service code 0197f0a0-0000-7000-8000-000000000001 > code.txt
examples-service-end =
    renkei service end 0197f0a0-0000-7000-8000-000000000001
examples-service-allow =
    renkei service allow 0197f0a0-0000-7000-8000-000000000001
examples-service-disallow =
    renkei service disallow 0197f0a0-0000-7000-8000-000000000001
examples-service-allowed =
    renkei service allowed
examples-service-enroll =
    renkei --profile ehr service enroll --server https://renkei.example:7443 --code-file code.txt
examples-logout =
    renkei logout
examples-whoami =
    renkei whoami
    renkei --profile pharmacy whoami --output json
examples-organization-create =
    renkei organization create --kind home_visit_nursing --name "Himawari Nursing"
examples-organization-list =
    renkei organization list
examples-organization-policy =
    renkei organization policy "Himawari Nursing"
    renkei organization policy "Himawari Nursing" --position keep --quota 50GB
examples-person-create =
    renkei person create --login-name hanako.suzuki --name "Hanako Suzuki" --kana "スズキ ハナコ"
examples-person-list =
    renkei person list --organization "Himawari Nursing"
examples-person-offboard =
    renkei person offboard hanako.suzuki --successor jiro.sato
    renkei person offboard hanako.suzuki --organization "Himawari Nursing" --yes
examples-person-suspend =
    renkei person suspend hanako.suzuki
examples-person-reinstate =
    renkei person reinstate hanako.suzuki
examples-person-reset-password =
    renkei person reset-password hanako.suzuki
examples-affiliation-create =
    renkei affiliation create --person hanako.suzuki --organization "Himawari Nursing" --role nurse
examples-affiliation-end =
    renkei affiliation end hanako.suzuki --organization "Himawari Nursing" --role nurse
    renkei affiliation end 0197f0a0-0000-7000-8000-000000000001
examples-enrollment-code-create =
    renkei enrollment-code create --person hanako.suzuki
examples-patient-register =
    renkei patient register --name "山田 太郎" --kana "ヤマダ タロウ" --birth-date 1941-02-03 --sex male --local-id 12345
examples-patient-list =
    renkei patient list
    renkei patient list --kana "ヤマダ タロウ" --output jsonl
examples-patient-show =
    renkei patient show 12345
examples-care-team-invite =
    renkei care-team invite 12345 --organization "Himawari Nursing" --message "Twice a week from July."
    renkei care-team invite 12345 --person hanako.suzuki --message "Wound care advice."
examples-care-team-list =
    renkei care-team list 12345
examples-care-team-invitations =
    renkei care-team invitations
examples-care-team-accept =
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001 --assigned-only
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001 --personal
examples-care-team-decline =
    renkei care-team decline 0197f0a0-0000-7000-8000-000000000001
examples-care-team-leave =
    renkei care-team leave 12345 --text "The visits have ended."
    renkei care-team leave 12345 --personal
examples-care-team-remove =
    renkei care-team remove 12345 --organization "Himawari Nursing" --text "The contract has ended."
    renkei care-team remove 12345 --person hanako.suzuki --text "Invited by mistake." --yes
examples-care-team-staff =
    renkei care-team staff 12345
    renkei care-team staff 12345 --assign hanako.suzuki --unassign jiro.sato
    renkei care-team staff 12345 --all
examples-care-team-hand-over =
    renkei care-team hand-over 12345 --organization "Aoba Clinic" --text "The patient has moved."
    renkei care-team hand-over 12345 --take-back
examples-care-team-take-over =
    renkei care-team take-over 0197f0a0-0000-7000-8000-000000000001 --local-id 67890
    renkei care-team take-over 0197f0a0-0000-7000-8000-000000000001 --decline
examples-consent-record =
    renkei consent record 12345 --all-members --paper consent.pdf
    renkei consent record 12345 --organization "Himawari Nursing" --category visit_note --category vital_signs --until 2027-03-31 --paper consent.pdf
    renkei consent record 12345 --all-members --except-category laboratory --except "organization=Aoba Clinic,category=medication" --review-on 2027-03-31 --paper consent.pdf
    renkei consent record 12345 --all-members --sensitivity normal --sensitivity mental_health --role doctor --signer representative --signer-name "Ichiro Yamada" --relation child --signed-on 2026-07-01 --paper consent.pdf
    renkei consent record 12345 --organization "Aoba Clinic" --deny --paper denial.pdf
examples-consent-amend =
    renkei consent amend 12345 0197f0a0-1a2b --all-members --except-organization "Aoba Clinic" --paper consent2.pdf
examples-consent-list =
    renkei consent list 12345
examples-consent-show =
    renkei consent show 12345 0197f0a0-1a2b
examples-consent-withdraw =
    renkei consent withdraw 12345 0197f0a0-0000-7000-8000-000000000001
    renkei consent withdraw 12345 0197f0a0-1a2b --category laboratory --organization "Aoba Clinic"
examples-access-explain =
    renkei access explain 12345
    renkei access explain 12345 --person hanako.suzuki
    renkei access explain 0197f0a0-0000-7000-8000-000000000001 --output json
examples-access-list =
    renkei access list 12345
examples-access-break-glass =
    renkei access break-glass 0197f0a0-0000-7000-8000-000000000001 --reason emergency-transport --text "Unconscious; medication must be checked before transport."
examples-access-review =
    renkei access review
    renkei access review 12345 --all
    renkei access review 12345 0197f0a0-0000-7000-8000-000000000001 --justified
    renkei access review 12345 0197f0a0-0000-7000-8000-000000000001 --not-justified --text "Reached the patient's family first; consent could have been asked."
examples-timeline-show =
    renkei timeline show 12345
    renkei timeline show 12345 --limit 10 --no-mark-read
    renkei timeline show 12345 --kind laboratory_report --kind medication --from 2026-07-01 --current
    renkei timeline show 12345 --since-last-visit
examples-timeline-readers =
    renkei timeline readers 12345 0197f0a0-0000-7000-8000-000000000001
examples-timeline-mark-read =
    renkei timeline mark-read 12345 0197f0a0-0000-7000-8000-000000000001
examples-search =
    renkei search 12345 褥瘡
    renkei search 12345 ガーゼ 交換 --limit 50
examples-inbox =
    renkei inbox
    renkei inbox --view open_questions
examples-watch =
    renkei watch
    renkei watch 12345 --output jsonl
examples-attachment-upload =
    renkei attachment upload 12345 wound.jpg wound-2.jpg video.mp4
    renkei attachment upload 12345 wound.jpg --output json
examples-attachment-download =
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 0197f0a0-0000-7000-8000-000000000002 -o photos
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 --preview -o small.jpg
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 --offset 0 --length 65536 -o beginning.bin
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 -o - | sha256sum
examples-audit-list =
    renkei audit list --patient 12345 --limit 20
examples-audit-verify =
    renkei audit verify
    renkei audit verify --patient 12345
examples-audit-checkpoint =
    renkei audit checkpoint --out audit-2026-11.txt
examples-audit-events =
    renkei audit events
    renkei audit events --person hanako.suzuki --from 2026-07-01 --until 2026-08-01
    renkei audit events --organization "Himawari Nursing" --action affiliation_create
    renkei audit events --refused --output jsonl
examples-audit-accesses =
    renkei audit accesses 12345
    renkei audit accesses 12345 --kind emergency --kind file_opened --oldest-first
    renkei audit accesses 12345 --from 2026-04-01 --until 2027-04-01 --print accesses.html
examples-audit-export =
    renkei audit export 12345 --out audit.ndjson
    renkei audit export 12345 --from 2026-04-01 --until 2027-04-01 --out audit-2026.ndjson
examples-audit-maintenance =
    renkei audit maintenance --from 2026-07-01 --until 2026-08-01
    renkei audit maintenance --count
examples-provision-list =
    renkei provision list 12345
    renkei provision list 12345 --from 2026-04-01 --until 2027-04-01 --print record.html
examples-profile-list =
    renkei profile list
examples-completions =
    renkei completions bash > ~/.local/share/bash-completion/completions/renkei
examples-man =
    renkei man ~/.local/share/man/man1

usage-unknown-argument = There is no argument { $argument } here.
usage-unknown-command = There is no command { $command }.
usage-missing-command = A command is missing.
usage-missing-argument = Something is missing: { $argument }
usage-missing-value = { $argument } needs a value.
usage-bad-value = { $argument } does not take the value "{ $value }".
usage-conflict = { $argument } and { $other } do not go together.
usage-twice = { $argument } was given more than once.
usage-other = The arguments do not read: { $text }
usage-suggestion = Did you mean { $text }?
usage-possible = Possible: { $values }
usage-help = `--help` shows what there is.
