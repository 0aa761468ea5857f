about-timeline-print = Write the record as a PDF (A4) to print and to file
examples-timeline-print =
    renkei timeline print 12345 --out record.pdf
    renkei timeline print 12345 --out record.pdf --from 2026-07-01 --to 2026-07-31 --kind visit_note --graphs
option-timeline-print-out = File to write, which only this user of the computer can read
option-timeline-print-graphs = Add graphs of the vital signs of the period
option-timeline-print-font = A font to prefer (TrueType or OpenType), such as one with rare characters
about-observation-graph = Draw measurements over time, on the terminal or as a picture
examples-observation-graph =
    renkei observation graph 12345 bp temp spo2
    renkei observation graph 12345 血圧 体重 --from 2026-06-01 --to 2026-06-30
    renkei observation graph 12345 8480-6 8462-4 --out bp.svg
option-observation-graph-code = What was measured: bp, temp, pulse, resp, spo2, weight, height, glucose, a laboratory item such as K or CRP, or a code of LOINC or JLAC (at most 20)
option-observation-graph-out = Picture to write instead of drawing on the terminal (.svg or .png)
option-observation-graph-font = A font to prefer (TrueType or OpenType), such as one with rare characters
option-observation-graph-from = Only from this time
option-observation-graph-to = Only until this time; a day alone means its end


print-title = Home care record
print-printed = Printed { $time } (server time) { $who }
print-seen = It holds only what the person who printed it may see. The contents of attached files are not in it.
print-graphs = Vital signs over time
print-empty = No entries.
print-end = End of the record
print-kinds = Kinds
print-selection = Selection
print-current = without what was corrected or retracted
print-categories = Categories
print-with-attachments = with files
print-unread = not read by the person who printed it
print-since-last-visit = since the last visit note of the person who printed it
print-author = entered by or for { $id }
print-organization = of the organisation { $id }
print-count = Entries
print-reply = Reply to { $entry }
print-missing = Characters that cannot be printed as they are: { $codes }
print-done = Wrote { $entries } entries to { $path } ({ $pages } pages).

graph-summary = { $name }: last { $last } ({ $time }), lowest { $least }, highest { $most }, { $count } values
graph-range = , normal { $low }–{ $high }
graph-several = several values in one place
graph-period = { $from } until { $until }
graph-in-words = { $count } results in words are not in the graph.
graph-none = Nothing was measured that can be drawn.
graph-written = Wrote { $path }.

error-font = { $path } cannot be read as a font.
error-own-font = The client's own font cannot be read.
error-pdf = The PDF cannot be made.
error-picture = The picture cannot be made.
error-picture-name = What kind of file is { $path } to be?
error-code = '{ $text }' is not the code of a measurement.
error-codes = At most { $most } codes at once.
next-font = Give a TrueType or OpenType font that may be embedded, or leave --font out.
next-picture-name = Give a name that ends with .svg or .png.
next-code = Give bp, temp, pulse, resp, spo2, weight, height, glucose, a laboratory item such as K or CRP, or a code of LOINC or JLAC.
