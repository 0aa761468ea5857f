# The full screen.

tui-too-small = The window is too small.
tui-connecting = connecting…
tui-online = online
tui-offline = offline – trying again
tui-loading = Loading…
tui-not-loaded = Could not be loaded. The arrow keys try again.
tui-searching = Searching…
tui-sending = sending { $count }
tui-waiting = unsent { $count }
tui-refused = refused { $count }: renkei outbox list
tui-typed = begun { $count }

tui-view-unread = Unread
tui-view-mentions = For me
tui-view-questions = Open questions
tui-view-to-finalize = To finalise
tui-view-all = Patients
tui-none-unread = Nothing unread. 5 shows all patients.
tui-none-waiting = Nothing waits here.
tui-none-all = No patients.
tui-no-patient = Choose a patient on the left and press Enter.
tui-reply-of = > #{ $seq } { $author }: { $text }
tui-found = “{ $query }”: { $count } found

tui-new-message = New message
tui-reply-to = Reply to #{ $seq } { $author }
tui-correction-of = Correction of #{ $seq } { $author }
tui-whom = to { $whom }
tui-whom-count = to { $count }
tui-whom-failed = to “{ $whom }”?
tui-ask-words = Search:
tui-ask-word = Acknowledge #{ $seq } (a word, or just Enter):
tui-ask-reason = Why is it corrected?
tui-ask-retraction = Retract #{ $seq } { $what } Why?
tui-ask-whom = To (name, role:nurse, …):
tui-ask-finalize = Finalise #{ $seq } { $what } It is your entry then.
tui-files = Which file?

tui-select-patient = Open a patient first (Enter).
tui-select-entry = Choose an entry first (Tab, arrow keys).
tui-no-file = This entry has no file.
tui-opening = Opening the file…
tui-opened = Opened: { $file }
tui-downloaded =
    Saved here until this screen is locked or ends:
    { $path }
tui-kept-typed = What you typed stays: r, n or c goes on.
tui-nothing-typed = Nothing was typed.
tui-sent = Posted as #{ $seq }.
tui-acknowledged = Acknowledged #{ $seq }.
tui-acknowledged-before = You have acknowledged this entry already.
tui-finalised = Finalised #{ $seq }.
tui-final-already = This entry does not wait to be finalised.
tui-not-responsible = { $responsible } finalises this entry.
tui-not-own = Only who is responsible for an entry can correct or retract it.
tui-amended-before = This entry was corrected or retracted already.
tui-being-amended = A correction or retraction of this entry is on its way already.
tui-not-retracted = The retraction was not sent. The reason that you typed is kept; x goes on with it.
tui-correction-stands = A correction stays as urgent, meant and addressed as it was.
tui-reason-missing = The reason is missing.
tui-addressing = The names are still being looked up.
tui-not-addressed = “{ $whom }” could not be looked up. Alt-M tries again; an empty line there addresses nobody.
tui-access-ended = Your access to this patient has ended.

tui-locked = Locked
tui-locked-why = The session has ended, so that nobody reads on here in your place.
tui-logged-out = Logged out
tui-log-in = Enter: log in
tui-unsent-stays = What you typed and did not send is still there.
tui-press-enter = Press Enter to go on.

tui-leave = End although something is unsent?
tui-leave-typed = Texts that were begun and will be lost: { $count }
tui-leave-outgoing = Not arrived yet, and kept as drafts: { $count }

tui-help-title = Keys
tui-help =
    ↑ ↓ j k : one up or down
    Enter : open the patient
    Tab : list ⇄ timeline
    1–5 ← → : views of the list
    PgUp PgDn g G : scroll; first, last
    n r : new message, reply
    e : visit note in the editor
    a : acknowledge, with a word
    m : mark as read
    f : finalise what was entered for you
    c x : correct, retract
    / : search this patient
    o : open a file of the entry
    Ctrl-S Alt-Enter : send what was typed
    Alt-U/I/M : urgent, question etc., to whom
    L : lock
    Esc q : back, quit

tui-keys-list = ? help  q quit  Enter open  Tab timeline  1–5 view
tui-keys-timeline = ? help  r reply  n new  a acknowledge  / search  o file  e note  Tab list  q quit
tui-keys-compose = Ctrl-S send  Alt-U urgent  Alt-I kind  Alt-M to  Esc close
tui-keys-prompt = Enter go on  Esc cancel
tui-keys-found = Enter go there  ↑↓ choose  Esc back
tui-keys-files = 1–9 open  Esc back
tui-keys-finalize = y finalise  any other key: back
tui-keys-any = any key: back
tui-keys-door = Enter log in  q quit
tui-keys-leave = y end  any other key: back
