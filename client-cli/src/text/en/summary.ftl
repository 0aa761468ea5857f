about-template = What entries of your organisation begin with
about-template-list = List the templates of your organisation
about-template-show = Show a template as the form that it fills in
about-template-save = Save a template: a new one, or another content or name of one that there is
about-template-delete = Delete a template
about-report = Whether it helps, in numbers
about-report-usage = Count what an organisation posted and read in a period
about-observation = Measurements over time
about-observation-list = List the measurements of a patient, newest entry first
about-patient-summary = Show a patient on one screen: allergies, problems, drugs, last values, questions
examples-template-list =
    renkei template list
examples-template-show =
    renkei template show "Home visit"
examples-template-save =
    renkei template save "Nothing new" --kind message --set text="No change."
    renkei template show "Home visit" > form.txt
    renkei template save "Home visit" --form form.txt
examples-template-delete =
    renkei template delete "Nothing new"
examples-report-usage =
    renkei report usage --from 2026-06-01 --to 2026-06-30
examples-observation-list =
    renkei observation list 12345 --code bp --code temp --from 2026-06-01
examples-patient-summary =
    renkei patient summary 12345
option-template-template = Template: name or UUID
option-template-save-kind = Kind of entry; needed for a new one
option-template-save-rename = Give it this name
option-report-organization = Organisation: UUID or exact name; else your own
option-report-from = First day, local time
option-report-to = Last day
option-observation-code = Only these: bp, temp, pulse, resp, spo2, weight, height, glucose, a laboratory item such as K or CRP, or a code such as 8310-5; may be repeated
option-observation-from = Measured from here on
option-observation-to = Measured until here; a day alone means its end
next-template-kind = For a new template say which kind: --kind KIND
template-changed = { $name }, changed { $time } by { $actor }
template-introduction = Template "{ $name }": { $kind }. It holds nothing about patients. What is filled in here begins an entry.
template-saved = Saved the template { $name }.
template-deleted = Deleted the template { $name }.
confirm-template-delete = Delete the template { $name }?
column-begins = Begins with
column-changed = Changed
column-what = What
column-item = Item
column-value = Value
column-entered-by = Entered by
usage-heading = { $organization }, { $from } to { $to }
usage-posts = Entries posted
usage-reads = Entries of others read
usage-acknowledgements = Entries acknowledged
usage-people = People who posted or read
usage-patients = Patients posted about
usage-read-by-others = Posts read by other organisations
usage-median = Until the first of them read it: half within
usage-slowest = Until the first of them read it: 90% within
usage-asked = Questions asked
usage-received = Questions received
usage-open = { $count } (open { $open })
waited-seconds = { $seconds } s
waited-minutes = { $minutes } min
waited-hours = { $hours } h { $minutes } min
waited-days = { $days } d { $hours } h
observations-none = No measurements that you may see.
summary-allergies = Allergies
summary-problems = Problems
summary-medications = Medication (the newest of each organisation)
summary-medications-foot = What an organisation prescribed or dispensed before is not here, though it may go on: renkei timeline show PATIENT --kind medication
summary-observations = Last values
summary-questions = Open questions
summary-care-plan = Care plan
summary-care-team = Care team
summary-consents = Consents
summary-none = nothing recorded that you may see
summary-no-allergies = asked: none known
summary-as-needed = as needed
summary-days = { $days } days
reason-template-name-taken = Your organisation has another template of this name.
next-template-name-taken = Choose another name, or change that one: renkei template save
reason-template-changed = Somebody changed or deleted the template meanwhile.
next-template-changed = Look at it as it is now (renkei template show), and save again.
reason-too-many-templates = Your organisation has 200 templates, and cannot have more.
next-too-many-templates = Delete one that is not needed: renkei template delete
