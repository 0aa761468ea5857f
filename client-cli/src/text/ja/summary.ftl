about-template = 事業所の記録の定型文
about-template-list = 自事業所の定型文を一覧する
about-template-show = 定型文を、記入されたフォームとして表示する
about-template-save = 定型文を保存する：新しいもの、または既にあるものの内容や名前の変更
about-template-delete = 定型文を削除する
about-report = 役に立っているかを数で見る
about-report-usage = ある期間に事業所が投稿し、読んだ件数を数える
about-observation = 測定値の推移
about-observation-list = 患者の測定値を、新しい記録から順に一覧する
about-patient-summary = 患者を1画面で表示する：アレルギー、病名、薬、最新の値、質問
examples-template-list =
    renkei template list
examples-template-show =
    renkei template show 訪問報告
examples-template-save =
    renkei template save 変わりなし --kind message --set text=変わりありません。
    renkei template show 訪問報告 > form.txt
    renkei template save 訪問報告 --form form.txt
examples-template-delete =
    renkei template delete 変わりなし
examples-report-usage =
    renkei report usage --from 2026-06-01 --to 2026-06-30
examples-observation-list =
    renkei observation list 12345 --code bp --code temp --from 2026-06-01
examples-patient-summary =
    renkei patient summary 12345
option-template-template = 定型文：名前または UUID
option-template-save-kind = 記録の種類。新しいものには必要
option-template-save-rename = 名前をこれに変える
option-report-organization = 事業所：UUID または正確な名称。省略すると自事業所
option-report-from = 最初の日（現地時刻）
option-report-to = 最後の日
option-observation-code = これらだけ：bp, temp, pulse, resp, spo2, weight, height, glucose, K や CRP などの検査項目, または 8310-5 のようなコード。繰り返し指定できる
option-observation-from = ここから後に測定したもの
option-observation-to = ここまでに測定したもの。日だけならその日の終わりまで
next-template-kind = 新しい定型文には種類を指定してください：--kind KIND
template-changed = { $name }（{ $time } 変更、{ $actor }）
template-introduction = 定型文「{ $name }」：{ $kind }。患者のことは書かないでください。ここに記入したものが記録の書き出しになります。
template-saved = 定型文「{ $name }」を保存しました。
template-deleted = 定型文「{ $name }」を削除しました。
confirm-template-delete = 定型文「{ $name }」を削除しますか？
column-begins = 書き出し
column-changed = 変更日時
column-what = 項目
column-item = 測定項目
column-value = 値
column-entered-by = 入力者
usage-heading = { $organization }　{ $from } ～ { $to }
usage-posts = 投稿した記録
usage-reads = 読んだ他者の記録
usage-acknowledgements = 確認した記録
usage-people = 投稿または閲覧した人
usage-patients = 投稿した患者
usage-read-by-others = 他の事業所に読まれた投稿
usage-median = 最初に読まれるまで（中央値）
usage-slowest = 最初に読まれるまで（90%）
usage-asked = した質問
usage-received = 受けた質問
usage-open = { $count }（未回答 { $open }）
waited-seconds = { $seconds }秒
waited-minutes = { $minutes }分
waited-hours = { $hours }時間{ $minutes }分
waited-days = { $days }日{ $hours }時間
observations-none = 閲覧できる測定値はありません。
summary-allergies = アレルギー・禁忌
summary-problems = 病名・問題
summary-medications = 薬剤（各事業所の最新の処方または調剤）
summary-medications-foot = 同じ事業所のそれより前の処方・調剤は、続いていてもここには出ません：renkei timeline show PATIENT --kind medication
summary-observations = 最新の測定値
summary-questions = 未回答の質問
summary-care-plan = ケアプラン
summary-care-team = ケアチーム
summary-consents = 同意
summary-none = 閲覧できる記録はありません
summary-no-allergies = 確認済み：特記すべきアレルギーなし
summary-as-needed = 頓用
summary-days = { $days }日分
reason-template-name-taken = 同じ名前の定型文が事業所にあります。
next-template-name-taken = 別の名前にするか、その定型文を変更してください：renkei template save
reason-template-changed = その間に誰かが定型文を変更または削除しました。
next-template-changed = 今の内容を確かめて（renkei template show）、もう一度保存してください。
reason-too-many-templates = 事業所の定型文は 200 件あり、これ以上は保存できません。
next-too-many-templates = 不要なものを削除してください：renkei template delete
