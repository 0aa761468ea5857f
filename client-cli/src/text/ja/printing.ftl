about-timeline-print = 記録を印刷・保管用の PDF（A4）に書き出す
examples-timeline-print =
    renkei timeline print 12345 --out record.pdf
    renkei timeline print 12345 --out record.pdf --from 2026-07-01 --to 2026-07-31 --kind visit_note --graphs
option-timeline-print-out = 書き出すファイル（この端末の利用者だけが読める）
option-timeline-print-graphs = 期間内のバイタルのグラフを付ける
option-timeline-print-font = 優先して使うフォント（TrueType または OpenType）。外字など
about-observation-graph = 測定値の推移を端末に、または画像として描く
examples-observation-graph =
    renkei observation graph 12345 bp temp spo2
    renkei observation graph 12345 血圧 体重 --from 2026-06-01 --to 2026-06-30
    renkei observation graph 12345 8480-6 8462-4 --out bp.svg
option-observation-graph-code = 測るもの: bp, temp, pulse, resp, spo2, weight, height, glucose、K や CRP などの検査項目、または LOINC や JLAC のコード（20 まで）
option-observation-graph-out = 端末に描く代わりに書き出す画像（.svg または .png）
option-observation-graph-font = 優先して使うフォント（TrueType または OpenType）。外字など
option-observation-graph-from = この日時以降に限る
option-observation-graph-to = この日時まで。日だけならその日の終わりまで


print-title = 在宅ケア記録
print-printed = 印刷 { $time }（サーバー時刻）{ $who }
print-seen = 印刷した人が閲覧できる記録だけを含みます。添付ファイルの内容は含みません。
print-graphs = バイタルの推移
print-empty = 記録はありません。
print-end = 以上
print-kinds = 対象の種類
print-selection = 対象
print-current = 訂正・取り消しされたものを除く
print-categories = 対象の区分
print-with-attachments = ファイルのあるもの
print-unread = 印刷した人が未読のもの
print-since-last-visit = 印刷した人の前回の訪問記録より後のもの
print-author = 入力者または責任者 { $id }
print-organization = 機関 { $id }
print-count = 記録件数
print-reply = { $entry } への返信
print-missing = そのまま印字できない文字があります: { $codes }
print-done = { $path } に { $entries } 件を書き出しました（{ $pages } ページ）。

graph-summary = { $name }: 最新 { $last }（{ $time }）、最低 { $least }、最高 { $most }、{ $count } 回
graph-range = 、基準 { $low }～{ $high }
graph-several = 重なった測定値
graph-period = { $from } から { $until } まで
graph-in-words = 数値でない結果 { $count } 件はグラフにありません。
graph-none = 描ける測定値はありません。
graph-written = { $path } に書き出しました。

error-font = { $path } はフォントとして読めません。
error-own-font = 組み込みのフォントが読めません。
error-pdf = PDF を作成できません。
error-picture = 画像を作成できません。
error-picture-name = { $path } の形式が分かりません。
error-code = 「{ $text }」は測定項目のコードではありません。
error-codes = 一度に指定できるコードは { $most } までです。
next-font = 埋め込みが許可された TrueType または OpenType のフォントを指定するか、--font を省いてください。
next-picture-name = .svg または .png で終わる名前を指定してください。
next-code = bp, temp, pulse, resp, spo2, weight, height, glucose、K や CRP などの検査項目、または LOINC や JLAC のコードを指定してください。
