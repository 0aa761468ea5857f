# 人が読む出力、入力の求め、標準エラーへの知らせ。

actor = { $name }（{ $role }・{ $organization }）
list-separator = 、
word-yes = はい
word-no = いいえ

prompt-password = パスワード:{" "}
prompt-password-again = パスワード（確認）:{" "}
prompt-code = 登録コード:{" "}

note-certificate = この端末の証明書は { $until } に切れます。早めに管理者から新しいコードを受け取ってください: renkei device enroll --replace
note-more = { $shown } 件を表示しました。続きがあります: --limit N

device-default-name = パソコン
device-enrolled = この端末を { $login } の端末として登録しました（期限 { $until }）。
device-enrolled-next = 次へ: renkei login
logged-in = { $actor }としてログインしました（最長 { $until } まで）。
logged-out = ログアウトしました。
whoami-actor = { $actor }
whoami-login = { $login }、サーバー { $server }
whoami-until = セッションは最長 { $until } まで

organization-created = { $name } を登録しました: { $id }
person-created = { $name }（{ $login }）を登録しました: { $id }
person-created-next = 次へ: renkei affiliation create --person { $login } …、その後 renkei enrollment-code create --person { $login }
affiliation-created = { $person } を { $organization } の{ $role }として登録しました: { $id }
enrollment-code-created = { $person } 用、一回限り、期限 { $until }。手渡しまたは郵送で渡してください。

patient-registered = { $name } を登録しました: { $id }
patient-registered-next = 次へ: renkei care-team invite { $id } --organization ORG、および renkei consent record { $id } …
patient-born = { $day } 生

care-team-invited = { $organization } をケアチームに招待しました。承諾があり、患者の同意が及ぶと閲覧できるようになります。
care-team-accepted = 承諾しました。患者の同意の範囲で閲覧できます: renkei timeline show { $patient }
care-team-declined = { $patient } への招待を辞退しました。
invitations-none = 回答を待つ招待はありません。
invitation-answer = → renkei care-team accept { $patient }   （辞退は decline）

consent-all-members = ケアチーム全員
consent-all-categories = すべての区分
consent-custodian = 主管機関
consent-period = { $from } から { $until } まで
consent-period-open = { $from } から無期限
consent-recorded = 同意を記録しました。
consent-recorded-by = 記録 { $time }  { $actor }
consent-withdrawn-by = 撤回 { $time }  { $actor }
consent-withdrawn = 同意 { $id } を撤回しました。この同意による閲覧は終了しました。
consent-paper = 同意書: { $attachment }

posted = #{ $seq } として投稿しました（{ $time }）。
draft-kept = 送信できませんでした。下書きとして残してあります: renkei draft send { $draft }
draft-discarded = 下書き { $draft } を破棄しました。
draft-consent = （同意と同意書）
drafts-none = 下書きはありません。

profiles-none = プロファイルはまだありません: renkei device enroll --server https://HOST:PORT

timeline-empty = 記録はありません。
entry-urgent = 至急
entry-unread = 未読
entry-damaged = （壊れていて開けません）
entry-unknown = （この版では表示できない種類の記録）
entry-reply-to = ↳ { $entry } への返信
entry-visit-time = 訪問日時: { $time }
entry-vital-signs = バイタル
entry-attachment = 添付
marked-read = { $count } 件を既読にしました。
readers-none = まだ誰も既読にしていません。
inbox-empty = 未読の記録はありません。
inbox-count = 未読 { $count } 件

watch-watching = 患者 { $count } 人のタイムラインを見ています。終了は Ctrl-C。
watch-disconnected = 接続が切れました（{ $reason }）。再接続しています …
watch-reconnected = 再接続しました。
watch-access-started = ● { $patient } を閲覧できるようになりました。
watch-access-ended = ○ { $patient } を閲覧できなくなりました。

downloaded = 保存し、検証しました: { $path }
man-written = マニュアルページを { $path } に書き出しました。

form-introduction =
    訪問記録: { $patient }
    # で始まる行は無視されます。何も書かなければ投稿しません。
form-subjective = S: 本人・家族の訴え
form-objective = O: 所見
form-assessment = A: 評価
form-plan = P: 計画
form-vital = バイタル（例: bp=128/76 temp=36.8 pulse=72 spo2=97）
