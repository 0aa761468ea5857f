# 記録の入力、訂正、送信箱。

form-rules =
    記入欄は [ ] の見出しの下です。「# 」で始まる行は無視されます。＊は必須です。
    選択肢は日本語でも英語でも書けます。全角の数字も読めます。
form-introduction =
    { $kind }: { $patient }
    何も書かなければ投稿しません。
form-introduction-correction =
    { $kind }の訂正: { $patient }
    訂正後の内容をすべて書いてください。
form-introduction-correction-files =
    { $kind }の訂正: { $patient }
    訂正後の内容をすべて書いてください。
    次の添付は、--without-attachment で除かなければ訂正後も表示されます: { $files }
form-introduction-list =
    { $kind }: { $patient }
    わかっていることの全部を書くリストです。投稿すると、{ $time } に { $author } が投稿したこのリストを置き換えます。
    今も当てはまるものは残してください。空のまま、または変更がなければ投稿しません。
form-introduction-list-none =
    { $kind }: { $patient }
    わかっていることの全部を書くリストです。閲覧できるリストはまだありません。
    空のままなら投稿しません。
form-introduction-list-unseen =
    { $kind }: { $patient }
    わかっていることの全部を書くリストで、投稿すると今のリストを置き換えます。今のリストは確認できませんでした。全部を書いてください。
    空のままなら投稿しません。
list-unseen = このリストはわかっていることの全部を表し、前のリストを置き換えます。前のリストは確認できませんでした。新しいリストに頼る前に確かめてください。
list-left-out = このリストはわかっていることの全部を表し、{ $time } に { $author } が投稿したリストを置き換えます。なくなるもの：{ $items }
list-take-back = 取り消して前のリストに戻すには：renkei entry retract { $patient } { $entry }
confirm-list = これらを除いたリストを投稿しますか？
form-required = ＊
form-bool = はい / いいえ
form-number = 数字
form-yes = はい
form-no = いいえ
form-time = 例 2026-07-01 09:30
form-day = 例 2026-07-01
form-coding = 「体系#コード 名称」。例 icd10#I10 高血圧症
form-lines = 1行に1件
form-items = 1行に1件。「名前=値; 名前=値」、または同じ順に「|」で区切って書きます（「;」「|」自体は \; \| と書きます）
form-observations = 例 bp=128/76 temp=36.8 pulse=72 spo2=97。ほかは1行に「体系#コード 名称 = 値 単位」
form-scores = 例 食事=10 移乗=15 整容=5
error-form-section = 「{ $text }」はどの欄にも属していません。
error-form-twice = [{ $field }] が二度あります。
next-form-twice = 両方の内容を一方の欄にまとめてください。
error-form-required = [{ $field }] は必須です。
error-form-value = { $field }: 「{ $text }」は読めません。
error-form-unit = 「{ $text }」は知られていない単位です。
error-form-quantity = 「{ $text }」は量として読めません。
error-form-coding = 「{ $text }」のコードが分かりません。
error-form-item = 「{ $text }」に { $field } がありません。
error-form-line = 「{ $text }」は項目として読めません。
error-set = 「{ $text }」はこの種類の記録の項目ではありません。
error-kind-not-posted = 「{ $kind }」は投稿できない種類です。
next-form-required = [{ $field }] の下に書くか、--set "{ $field }=…" で入れてください。
next-form-one-of = 次のいずれか: { $values }
next-form-unit = mg/dL のような UCUM のコード（温度は ℃、角度は deg）か、次のどれかで書いてください：{ $names }。これで数えられないものは、ほかの欄に言葉で書けます。
next-form-quantity = 例: 5.9 mmol/L、14錠（数字に桁区切りは付けず、半分は 0.5 と書いてください）
next-form-coding = 「体系#コード 名称」と書いてください。例: loinc#2823-3 カリウム（体系: loinc, jlac10, yj, hot9, icd10 または URI）
next-form-item = 「名前=値; 名前=値」。名前: { $fields }
next-set = FIELD=VALUE。項目: { $fields }
reason-not-own-entry = この記録の入力者でも責任者でもありません。
next-not-own-entry = 入力者または責任者に依頼するか、返信で伝えてください: renkei post PATIENT --message … --reply-to ENTRY
reason-entry-already-amended = この記録はすでに訂正または取り消しされています。
next-entry-already-amended = いまの版を見て、それを訂正してください: renkei entry show PATIENT ENTRY --history
reason-responsible-not-allowed = その人の名前では、この記録を入力できません。
next-responsible-not-allowed = 同じ機関の、この区分に投稿できる職種の人を --for に指定してください。
about-post = 記録を投稿する
about-outbox = まだサーバーに届いていないもの（送信箱）
about-outbox-list = 送信箱を一覧する
about-outbox-send = 送信箱にあるものを送信する
about-outbox-edit = 送信前、または拒否された記録を書き直す
about-outbox-discard = 送信箱から破棄する
examples-outbox-list =
    renkei outbox list
examples-outbox-send =
    renkei outbox send
    renkei outbox send --wait
    renkei outbox send 0197f0a0-0000-7000-8000-000000000001
examples-outbox-edit =
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001 --set text=…
    renkei outbox edit 0197f0a0-0000-7000-8000-000000000001 --without-attachment ぶれた写真.jpg
examples-outbox-discard =
    renkei outbox discard 0197f0a0-0000-7000-8000-000000000001
examples-post =
    renkei post 12345
    renkei post 12345 --subjective "よく眠れた。" --vital bp=128/76 --vital temp=36.8 --vital spo2=97 --attach wound.jpg
    renkei post 12345 --message "残薬は3日分です。" --urgent
    renkei post 12345 --message "眠剤は減らせますか。" --question --mention role:doctor
    renkei post 12345 --message "半量にしてください。" --answer --reply-to 0197f0a0-0000-7000-8000-000000000001
    renkei post 12345 --kind medication
    renkei post 12345 --kind medication --set event=処方 --set "item=name=アムロジピン錠5mg; dose=1回1錠; usage=1日1回 朝食後; days=14"
    renkei post 12345 --kind laboratory_report --set "result=code=K; value=5.9 mmol/L; low=3.6; high=4.8; interpretation=H"
    renkei post 12345 --kind memo --form memo.txt --for endo
    renkei post 12345 --template "定期訪問"
    renkei post 12345 --kind vital_signs --set "observations=bp=128/76 temp=36.8" --offline
    renkei post 12345 --message "6月まで精神科に入院していました。" --sensitivity mental_health
    renkei post 12345 --message "歩行の動画です。" --attachment 0197f0a0-0000-7000-8000-000000000001
option-kind = 記録の種類。--set も --form もなければ、その書式をエディタで開く
option-template = 施設の定型文から始める: 名前または UUID
option-set = 項目に値を入れる。一覧の項目は繰り返して足す
option-form = 書式に記入したファイル。- は標準入力
option-question = 質問として投稿する
option-answer = 回答として投稿する（--reply-to が要る）
option-report = 報告として投稿する
option-mention = 宛先: PERSON、role:ROLE、role:ROLE@ORG、org:ORG。複数可
option-responsible = 代行入力: 責任者（UUID、ログイン名または氏名）。その人が確定するまで未確定
option-offline = いまは送らず送信箱に入れる: renkei outbox send
option-outbox-send-draft = 一つだけ送る: UUID。なければすべて
option-outbox-send-wait = すべて届くまで送り続ける
column-state = 状態
outbox-waits = 送信待ち
outbox-refused = 拒否
outbox-damaged = 破損
outbox-queued = 送信箱に入れました: renkei outbox send
outbox-nothing = 送信するものはありません。
outbox-waiting = サーバーに接続できません。つながるまで待ちます。終了は Ctrl-C。
outbox-sent-elsewhere = 別のプロセスが送信しました。
draft-kept = 送信できませんでした。送信箱に残してあります: renkei outbox send { $draft }
draft-kept-waits =
    送信箱に残してあります。同じ内容を改めて登録しないでください（二重になります）。
    送信: renkei outbox send { $draft }（この患者への次の投稿のときにも送信されます）
    破棄: renkei outbox discard { $draft }
draft-kept-refused =
    送信されず、送信箱に残っています。次のいずれかを選んでください。
    書き直す: renkei outbox edit { $draft }
    そのまま送る: renkei outbox send { $draft }
    破棄する: renkei outbox discard { $draft }
next-outbox-unreachable = ネットワークとサーバーのアドレス（renkei profile list）を確かめてから: renkei outbox send
next-outbox-later = しばらくしてから: renkei outbox send
next-outbox-disk = 空きを作ってから: renkei outbox send
outbox-left = 送信箱の { $count } 件は送信されていません。
draft-discarded = { $draft } を破棄しました。
drafts-none = 送信箱は空です。
draft-correction = 訂正: { $content }
draft-retraction = 取り消し: { $entry }
error-draft-waits = 先に届く必要があるものが送信箱に残っています。
next-draft-waits = renkei outbox list で確かめ、先にそちらを送るか、書き直すか、破棄してください。
error-draft-no-form = { $draft } は書式のある記録ではありません。
error-draft-tried = { $draft } はすでにサーバーに届いているかもしれません。
next-draft-tried = 送信してから訂正してください: renkei outbox send { $draft }
error-outbox-busy = 送信箱の内容を送信しているところです。
next-outbox-busy = 終わってから、もう一度実行してください。
error-outbox-refused = { $count } 件は送信できず、送信箱に残っています。
next-outbox-refused = renkei outbox list で理由を確かめ、書き直す（edit）か、破棄（discard）してください。
error-no-template = 「{ $text }」という定型文はありません。
next-no-template = renkei template list で定型文を確かめてください。
error-template-kind = 定型文「{ $text }」は { $kind } のものです。
error-intent-kind = 質問・回答・報告にできるのは連絡だけです。
next-intent-kind = --message TEXT または --kind message と一緒に指定してください。
error-mention = 「{ $text }」は宛先として読めません。
next-mention = PERSON、role:nurse、role:nurse@ORG、org:ORG のいずれか
error-no-kept-file = 訂正する記録に「{ $file }」という添付はありません。
error-kept-files = 訂正する記録に「{ $file }」という添付が複数あります。
error-draft-files = 下書き { $draft } に表示する添付は、もう決まっています。
next-draft-files = renkei outbox edit { $draft } --without-attachment NAME で指定し直せます。
next-kept-file = renkei entry show で添付の名前と UUID を確かめてください。
entry-corrected = #{ $seq } として訂正しました（{ $time }）。
entry-retracted = #{ $seq } として取り消しました（{ $time }）。
about-entry = 一つの記録を見る、訂正する、取り消す、確定する、確認する
about-entry-show = 記録を表示する
about-entry-correct = 自分の記録を訂正する（元の記録も残る）
about-entry-retract = 誤って入力した記録を取り消す（記録は残り、取り消しと表示される）
about-entry-finalize = 自分の代わりに入力された記録を確定する
about-entry-acknowledge = 記録を確認したことを伝える
examples-entry-show =
    renkei entry show 12345 0197f0a0-0000-7000-8000-000000000001
    renkei entry show 12345 0197f0a0-0000-7000-8000-000000000001 --history
examples-entry-correct =
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --set assessment=改善傾向 --reason 誤記
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --set width_mm=12 --without-attachment ぶれた写真.jpg --attach wound.jpg
    renkei entry correct 12345 0197f0a0-0000-7000-8000-000000000001 --kind memo --set text=… --reason 誤記 --offline
examples-entry-retract =
    renkei entry retract 12345 0197f0a0-0000-7000-8000-000000000001 --reason "別の患者の記録"
examples-entry-finalize =
    renkei entry finalize 12345 0197f0a0-0000-7000-8000-000000000001
examples-entry-acknowledge =
    renkei entry acknowledge 12345 0197f0a0-0000-7000-8000-000000000001 --word 了解しました
option-history = 訂正前後のすべての版
option-entry-correct-kind = 種類。--set または --form で全体を書くとき、元の記録を読まずに訂正する
option-entry-correct-set = 項目を書き換える。一覧の項目は足され、FIELD= で空になる
option-outbox-edit-without-attachment = 元の添付がまだ分からない訂正で、訂正後に表示しない添付: 名前または UUID（複数指定可）。前の指定と置き換わる。"" ですべて残す
option-without-attachment = 訂正後に表示しない、元の記録の添付: 名前または UUID（複数指定可）。指定しない添付は訂正後も表示される
option-reason = 理由
option-word = ひとこと
option-timeline-kind = この種類だけ。複数可
option-timeline-category = この区分だけ。複数可
option-timeline-author = この人が入力した、または責任者である記録だけ: UUID、ログイン名または氏名
option-timeline-organization = この機関として投稿された記録だけ: UUID または名称
option-timeline-from = この時刻以降のできごと。訪問や測定の日時で、投稿の日時ではない
option-timeline-to = この時刻までのできごと。日だけならその日の終わりまで
option-unread = 未読だけ
option-with-attachments = 添付のある記録だけ
option-since-last-visit = 自分の前回の訪問記録より後だけ
option-current = 訂正前と取り消された記録を除く
option-view = 何を一覧するか
confirm-retract = { $entry } を取り消します。元には戻せません。
prompt-reason = 理由:{" "}
error-no-reason = 理由がありません。
next-no-reason = --reason TEXT
error-period = 期間の終わりが始まりより前です。
entry-finalised = 確定しました。
acknowledged = { $count } 件を確認しました。
readers-read = 既読
readers-acknowledged = 確認
readers-not-read = 未読
inbox-empty-view = 該当する記録はありません。
inbox-count-view = { $view } { $count } 件
