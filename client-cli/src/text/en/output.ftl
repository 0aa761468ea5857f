# What commands print for people, what they ask, and what they say on standard error.

actor = { $name } ({ $role }, { $organization })
list-separator = ,{" "}
word-yes = yes
word-no = no

prompt-password = Password:{" "}
prompt-password-again = Password again:{" "}
prompt-code = Enrolment code:{" "}

note-certificate = The certificate of this device ends on { $until }. Ask your administrator for a new code in time: renkei device enroll --replace
note-more = { $shown } shown, there are more: --limit N

device-default-name = computer
device-enrolled = This computer is enrolled for { $login } until { $until }.
device-enrolled-next = Next: renkei login
logged-in = Logged in as { $actor }, until { $until } at the latest.
logged-out = Logged out.
whoami-actor = { $actor }
whoami-login = { $login } at { $server }
whoami-until = Session until { $until } at the latest

organization-created = Created { $name }: { $id }
person-created = Created { $name } ({ $login }): { $id }
person-created-next = Next: renkei affiliation create --person { $login } …, then renkei enrollment-code create --person { $login }
affiliation-created = { $person } is { $role } at { $organization }: { $id }
enrollment-code-created = For { $person }, once, until { $until }. Hand it over in person or by post.

patient-registered = Registered { $name }: { $id }
patient-registered-next = Next: renkei care-team invite { $id } --organization ORG, and renkei consent record { $id } …
patient-born = born { $day }

care-team-invited = Invited { $organization }. It sees the patient after it accepts and a consent covers it.
care-team-accepted = Accepted. What the patient's consent permits can be seen now: renkei timeline show { $patient }
care-team-declined = Declined the invitation for { $patient }.
invitations-none = No invitation waits for an answer.
invitation-answer = → renkei care-team accept { $patient }   (or decline)

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

posted = Posted as #{ $seq } at { $time }.
draft-kept = Not sent. It is kept: renkei draft send { $draft }
draft-discarded = Discarded the draft { $draft }.
draft-consent = (consent with its paper)
drafts-none = No drafts.

profiles-none = No profiles yet: renkei device enroll --server https://HOST:PORT

timeline-empty = No entries.
entry-urgent = URGENT
entry-unread = unread
entry-damaged = (damaged: does not open)
entry-unknown = (a kind of entry that this version does not know)
entry-reply-to = ↳ reply to { $entry }
entry-visit-time = Visit: { $time }
entry-vital-signs = Vital signs
entry-attachment = Attachment
marked-read = Marked { $count } as read.
readers-none = Nobody has read it yet.
inbox-empty = Everything is read.
inbox-count = { $count } unread

watch-watching = Patients watched: { $count }. Ctrl-C ends.
watch-disconnected = Connection lost ({ $reason }); connecting again …
watch-reconnected = Connected again.
watch-access-started = ● You can see { $patient } now.
watch-access-ended = ○ You cannot see { $patient } any longer.

downloaded = Saved and verified: { $path }
man-written = Manual pages written to { $path }

form-introduction =
    Visit note: { $patient }
    Lines that begin with # are left out. An empty form posts nothing.
form-subjective = S: what the patient and the family say
form-objective = O: what was found
form-assessment = A: what it means
form-plan = P: what will be done
form-vital = Vital signs, for example bp=128/76 temp=36.8 pulse=72 spo2=97
