# Forms, acts on entries, and the outbox.

form-rules =
    Write below the marks in [ ]. Lines that begin with "# " are left out. * must be filled in.
    Choices are read in Japanese and English, digits in either width.
form-introduction =
    { $kind }: { $patient }
    An empty form posts nothing.
form-introduction-correction =
    Correction of a { $kind }: { $patient }
    Write the whole of what it says now.
form-introduction-correction-files =
    Correction of a { $kind }: { $patient }
    Write the whole of what it says now.
    It keeps these files, unless --without-attachment leaves them out: { $files }
form-introduction-list =
    { $kind }: { $patient }
    It stands for all that is known. What is posted takes the place of this list of { $time } by { $author }.
    Leave in it what still holds. An empty form, or one that is not changed, posts nothing.
form-introduction-list-none =
    { $kind }: { $patient }
    It stands for all that is known. There is none yet that you may see.
    An empty form posts nothing.
form-introduction-list-unseen =
    { $kind }: { $patient }
    It stands for all that is known, and takes the place of the list that there is. That one could not be seen now: write everything.
    An empty form posts nothing.
list-unseen = The list stands for all that is known, and takes the place of the one before. That one could not be seen now: look at it before you rely on the new one.
list-left-out = The list stands for all that is known, and takes the place of that of { $time } by { $author }. No longer on it: { $items }
list-take-back = To take it back, so that the one before counts again: renkei entry retract { $patient } { $entry }
confirm-list = Post the list without them?
form-required = { " *" }
form-bool = yes / no
form-number = a number
form-yes = yes
form-no = no
form-time = such as 2026-07-01 09:30
form-day = such as 2026-07-01
form-coding = "SYSTEM#CODE NAME", such as icd10#I10 hypertension
form-lines = one a line
form-items = one a line: "name=value; name=value", or the values in this order with "|" between them (write \; and \| for those themselves)
form-observations = such as bp=128/76 temp=36.8 pulse=72 spo2=97; others one a line: "SYSTEM#CODE NAME = VALUE UNIT"
form-scores = such as feeding=10 transfer=15 grooming=5
error-form-section = "{ $text }" belongs to no section.
error-form-twice = [{ $field }] stands there twice.
next-form-twice = Put what both say under one.
error-form-required = [{ $field }] must be filled in.
error-form-value = { $field }: "{ $text }" cannot be read.
error-form-unit = "{ $text }" is no unit that is known here.
error-form-quantity = "{ $text }" is no quantity.
error-form-coding = No code is known for "{ $text }".
error-form-item = "{ $text }" lacks { $field }.
error-form-line = "{ $text }" cannot be read as an item.
error-set = "{ $text }" sets no field of this kind.
error-kind-not-posted = Entries of the kind { $kind } cannot be posted.
next-form-required = Write it below [{ $field }], or give --set "{ $field }=…".
next-form-one-of = One of: { $values }
next-form-unit = Write a UCUM code such as mg/dL (a temperature: ℃, an angle: deg), or one of: { $names }. What cannot be counted so can stand in words elsewhere.
next-form-quantity = Such as: 5.9 mmol/L (digits without commas, 0.5 for a half)
next-form-coding = Write "SYSTEM#CODE NAME", such as loinc#2823-3 potassium (systems: loinc, jlac10, yj, hot9, icd10, or a URI).
next-form-item = "name=value; name=value"; the names: { $fields }
next-set = FIELD=VALUE; the fields: { $fields }
reason-not-own-entry = You are neither the author of this entry nor responsible for it.
next-not-own-entry = Ask the author, or say it in a reply: renkei post PATIENT --message … --reply-to ENTRY
reason-entry-already-amended = This entry has been corrected or taken back already.
next-entry-already-amended = Look at its newest revision and correct that: renkei entry show PATIENT ENTRY --history
reason-responsible-not-allowed = It cannot be entered for this person.
next-responsible-not-allowed = Name a person of your organisation whose role may post into this category.
about-post = Post an entry
about-outbox = What has not reached the server yet
about-outbox-list = List what waits and what was refused
about-outbox-send = Send what waits
about-outbox-edit = Change what was not sent yet, or was refused
about-outbox-discard = Throw one away
examples-outbox-list =
    renkei outbox list
examples-outbox-send =
    renkei outbox send
    renkei outbox send --wait
    renkei outbox send 0197f0a0-0000-7000-8000-000000000001
examples-outbox-edit =
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001 --set text=…
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001 --without-attachment blurred.jpg
examples-outbox-discard =
    renkei outbox discard 0197f0a0-0000-7000-8000-000000000001
examples-post =
    renkei post 12345
    renkei post 12345 --subjective "Slept well." --vital bp=128/76 --vital temp=36.8 --vital spo2=97 --attach wound.jpg
    renkei post 12345 --message "Residual drugs: 3 days." --urgent
    renkei post 12345 --message "Can the sleeping pill be reduced?" --question --mention role:doctor
    renkei post 12345 --message "Half of it, please." --answer --reply-to 0197f0a0-0000-7000-8000-000000000001
    renkei post 12345 --kind medication
    renkei post 12345 --kind medication --set event=prescription --set "item=name=Amlodipine 5 mg; dose=1 tablet; usage=once a day, after breakfast; days=14"
    renkei post 12345 --kind laboratory_report --set "result=code=K; value=5.9 mmol/L; low=3.6; high=4.8; interpretation=H"
    renkei post 12345 --kind memo --form memo.txt --for endo
    renkei post 12345 --template "Regular visit"
    renkei post 12345 --kind vital_signs --set "observations=bp=128/76 temp=36.8" --offline
    renkei post 12345 --message "Admitted to a psychiatric ward until June." --sensitivity mental_health
    renkei post 12345 --message "Video of the gait." --attachment 0197f0a0-0000-7000-8000-000000000001
option-kind = Kind of entry; without --set and --form an editor opens its form
option-template = Begin with a template of the organisation: name or UUID
option-set = Fill in a field; of a list each one adds an item
option-form = File that holds the filled-in form; - is standard input
option-question = It is a question: it stays open until it is answered
option-answer = It is the answer to the question that --reply-to names
option-report = It is a report
option-mention = Whom it is addressed to: PERSON, role:ROLE, role:ROLE@ORG or org:ORG; may be given several times
option-responsible = Enter it for this person (UUID, login name or name), who then finalises it
option-offline = Do not send it now: renkei outbox send
option-outbox-send-draft = Only this one: UUID. Else everything
option-outbox-send-wait = Go on until everything has arrived
column-state = State
outbox-waits = waiting
outbox-refused = refused
outbox-damaged = damaged
outbox-queued = It waits in the outbox: renkei outbox send
outbox-nothing = There is nothing to send.
outbox-waiting = The server cannot be reached: waiting for it. Ctrl-C ends that.
outbox-sent-elsewhere = Another process has sent it.
draft-kept = Not sent. It is kept in the outbox: renkei outbox send { $draft }
draft-kept-waits =
    It is kept in the outbox. Do not enter it again: it would stand there twice.
    To send it: renkei outbox send { $draft } (the next post about this patient sends it too)
    To throw it away: renkei outbox discard { $draft }
draft-kept-refused =
    Not sent. It stays in the outbox until you decide:
    to change it: renkei outbox edit { $draft }
    to send it as it is: renkei outbox send { $draft }
    to throw it away: renkei outbox discard { $draft }
next-outbox-unreachable = Check the network and the server's address (renkei profile list), then: renkei outbox send
next-outbox-later = After a moment: renkei outbox send
next-outbox-disk = Make room on that disk, then: renkei outbox send
outbox-left = { $count } wait in the outbox and were not sent.
draft-discarded = Discarded { $draft }.
drafts-none = The outbox is empty.
draft-correction = Correction: { $content }
draft-retraction = Takes back { $entry }
error-draft-waits = What it answers or corrects is still in the outbox.
next-draft-waits = renkei outbox list shows it: send, change or discard that first.
error-draft-no-form = { $draft } is no entry with a form.
error-draft-tried = { $draft } may have reached the server already.
next-draft-tried = Send it, then correct it: renkei outbox send { $draft }
error-outbox-busy = Something of the outbox is being sent just now.
next-outbox-busy = Try again when that is done.
error-outbox-refused = { $count } could not be sent and stay in the outbox.
next-outbox-refused = renkei outbox list says why: change (edit) or discard them.
error-no-template = There is no template { $text }.
next-no-template = renkei template list shows the templates.
error-template-kind = The template { $text } is of the kind { $kind }.
error-intent-kind = Only a message is a question, an answer or a report.
next-intent-kind = Give it with --message TEXT or --kind message.
error-mention = "{ $text }" does not name anybody.
next-mention = PERSON, role:nurse, role:nurse@ORG or org:ORG
error-no-kept-file = The corrected entry has no file "{ $file }".
error-kept-files = Several files of the corrected entry are called "{ $file }".
error-draft-files = It is settled which files the draft { $draft } shows.
next-draft-files = renkei outbox edit { $draft } --without-attachment NAME names them again.
next-kept-file = renkei entry show lists its files with their UUIDs.
entry-corrected = Corrected, as #{ $seq } at { $time }.
entry-retracted = Taken back, as #{ $seq } at { $time }.
about-entry = Show, correct, take back, finalise or acknowledge one entry
about-entry-show = Show an entry
about-entry-correct = Correct an own entry; what it said stays readable
about-entry-retract = Take back what was entered in error; it stays readable, marked
about-entry-finalize = Finalise what was entered for you
about-entry-acknowledge = Say that you have taken note of entries
examples-entry-show =
    renkei entry show 12345 0197f0a0-0000-7000-8000-000000000001
    renkei entry show 12345 0197f0a0-0000-7000-8000-000000000001 --history
examples-entry-correct =
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --set assessment=Improving --reason "Wrong word"
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --set width_mm=12 --without-attachment blurred.jpg --attach wound.jpg
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --kind memo --set text=… --reason "Wrong word" --offline
examples-entry-retract =
    renkei entry retract 12345 0197f0a0-0000-7000-8000-000000000001 --reason "Another patient"
examples-entry-finalize =
    renkei entry finalize 12345 0197f0a0-0000-7000-8000-000000000001
examples-entry-acknowledge =
    renkei entry acknowledge 12345 0197f0a0-0000-7000-8000-000000000001 --word Noted
option-history = All its revisions, oldest first
option-entry-correct-kind = Its kind: --set or --form gives the whole, and the entry need not be read
option-entry-correct-set = Change a field; of a list each one adds an item; FIELD= empties it
option-outbox-edit-without-attachment = Of a correction whose files are not known yet: file that it no longer shows, name or UUID, instead of those given before; may be given several times. "" leaves none out
option-without-attachment = File of the corrected entry that the correction no longer shows: name or UUID; may be given several times. Without it, it keeps them all
option-reason = Why
option-word = A word to its author
option-timeline-kind = Only of this kind; may be given several times
option-timeline-category = Only of this category; may be given several times
option-timeline-author = Only what this person entered or is responsible for: UUID, login name or name
option-timeline-organization = Only what was posted for this organisation: UUID or name
option-timeline-from = Only what tells of this time or later: of the visit or measurement, not of the post
option-timeline-to = Only what tells of the time until then; a day includes itself
option-unread = Only what you have not read
option-with-attachments = Only those with files
option-since-last-visit = Only what was posted after your own last visit note
option-current = Without what was corrected or taken back
option-view = Of what
confirm-retract = { $entry } will be marked as entered in error, for good.
prompt-reason = Why:{" "}
error-no-reason = The reason is missing.
next-no-reason = --reason TEXT
error-period = The period ends before it begins.
entry-finalised = Finalised.
acknowledged = Acknowledged: { $count }
readers-read = Read by
readers-acknowledged = Acknowledged by
readers-not-read = Not read by
inbox-empty-view = Nothing waits for you here.
inbox-count-view = { $view }: { $count }
