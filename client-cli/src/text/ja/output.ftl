# 人が読む出力、入力の求め、標準エラーへの知らせ。

actor = { $name }（{ $role }・{ $organization }）
list-separator = 、
word-yes = はい
word-no = いいえ

prompt-password = パスワード:{" "}
prompt-password-again = パスワード（確認）:{" "}
prompt-new-password = 新しいパスワード:{" "}
prompt-code = 登録コード:{" "}
prompt-totp-code = アプリに表示されているコード:{" "}
prompt-second = 認証アプリのコード（またはリカバリーコード）:{" "}
prompt-confirm = {" "}[y/N]:{" "}

note-certificate = この端末の証明書は { $until } に切れます。早めに管理者から新しいコードを受け取ってください: renkei device enroll --replace
note-step-up = この操作には、パスワードの再入力が必要です。
note-log-unseen = この端末は { $days }日間、サーバーの監査ログが以前の続きであることを確認できていません。原因は renkei audit verify で確認できます。
note-recovery-codes = リカバリーコードを使いました。残り: { $left } 個。スマートフォンをなくしたときは: renkei totp enroll
note-more = { $shown } 件を表示しました。続きがあります: --limit N

device-default-name = パソコン
totp-default-name = 認証アプリ
totp-scan = これを認証アプリで読み取るか、アドレスの中の secret をアプリに入力してください。パスワードと同じく秘密です。
totp-again = このコードは、いまアプリに表示されているものではありません。スマートフォンの時計を確かめてください。
totp-enrolled = { $login } の認証アプリを登録しました。以前のアプリがあれば、失効しています。
totp-enrolled-next = 次へ: renkei login --totp（アプリに次に表示されるコードで）
recovery-codes = スマートフォンをなくしたときのリカバリーコードです。それぞれ一回だけ使えます。紙に写し、スマートフォンとは別に保管してください。再び表示することはできません:
device-enrolled = この端末を { $login } の端末として登録しました（期限 { $until }）。
device-enrolled-next = 次へ: renkei login
logged-in = { $actor }としてログインしました（最長 { $until } まで）。
logged-out = ログアウトしました。
locked = ロックしました（セッションは終了しました）。続けるには: renkei login
locked-here = この端末をロックしました。サーバーには知らせることができませんでした。使われないセッションは自動的に終了します。
sessions-ended = 終了したセッション: { $count } 件
device-revoked = { $name } を失効させました。そのセッションは終了し、この端末では利用できなくなりました。
device-revoked-since = 失効（{ $time }）
device-this = この端末
device-renewed = この端末の証明書を更新しました（期限 { $until }）。
confirm-revoke = 端末 { $device } を失効させますか。そのセッションは直ちに終了し、再び使うには新しい登録が必要です。
confirm-revoke-this = 「この端末」を失効させますか。セッションは直ちに終了し、再び使うには新しい登録コードが必要です。
password-changed = パスワードを変更しました。終了したほかのセッション: { $count } 件
password-reset = { $person } 用、一回限り、期限 { $until }。手渡しまたは郵送で渡してください。受け取った人は: renkei password set
password-set = パスワードを設定しました。次へ: renkei login
confirm-reset-password = { $person } のパスワードを無効にしますか。すべてのセッションは直ちに終了し、未使用のコードも使えなくなります。
whoami-actor = { $actor }
whoami-login = { $login }、サーバー { $server }
whoami-purpose = 利用目的: { $purpose }
whoami-until = セッションは最長 { $until } まで
whoami-service = サービスアカウント { $name } による代理
actor-through = { $actor }（{ $service } による代理）

organization-created = { $name } を登録しました: { $id }
policy-position = 画像の位置情報: { $position }
policy-space = ファイルの容量: { $used } / { $quota }（{ $percent }%）
person-created = { $name }（{ $login }）を登録しました: { $id }
person-created-next = 次へ: renkei affiliation create --person { $login } …、その後 renkei enrollment-code create --person { $login }
person-suspended = { $name }（{ $login }）のアカウントを停止しました。すべてのセッションと閲覧が終了しました。解除するには: renkei person reinstate { $login }
person-suspended-since = 停止中（{ $time } から）
person-reinstated = { $name }（{ $login }）のアカウントの停止を解除しました。ログインし直すと利用できます。
confirm-offboard = { $person } の { $organization } での所属をすべて終了しますか？セッションと閲覧は直ちに終了します。
person-offboarded = { $name }（{ $login }）の { $organization } での所属を終了しました。書いた記録は残ります。
offboard-ends = 終了する所属（セッションと閲覧も終了）: { $roles }
offboard-devices = 最後の所属のため、端末 { $devices } 台を失効し、未使用の登録コード { $codes } 件を無効にします
offboard-handed-over = 次の患者の担当を { $person } が引き継ぎます:
offboard-assigned = 次の患者の担当が終わります:
offboard-unstaffed = 次の患者を閲覧できる人がこの機関にいなくなります。renkei care-team staff PATIENT --assign PERSON:
offboard-personal = 次の患者のケアチームに個人として残ります。主管機関が終了できます: renkei care-team remove PATIENT --person PERSON:
affiliation-created = { $person } を { $organization } の{ $role }として登録しました: { $id }
affiliation-ended = { $name }（{ $login }）の所属を終了しました。この所属でのセッションと閲覧も終了しました。書いた記録は残ります。
enrollment-code-created = { $person } 用、一回限り、期限 { $until }。手渡しまたは郵送で渡してください。
service-created = サービスアカウント { $name } を登録しました: { $id }
service-created-next = 次へ: renkei service code { $id }。本人が許可するまで何もできません: renkei service allow { $id }
service-code-created = 一回限り、期限 { $until }。プログラムを運用する人に渡してください: renkei service enroll
service-ended = { $name } を終了しました。証明書は無効になり、許可はすべて取り消されました。
service-ended-since = 終了 { $time }
confirm-service-end = サービスアカウント { $id } を終了しますか? セッションは直ちに終了し、元に戻せません。
service-allowed = このサービスアカウントは、あなたの代理として、あなたに見えるものを閲覧・記録できます。取り消し: renkei service disallow
service-allowed-next = プログラムが使うあなたの所属: { $affiliation }
service-disallowed = 許可を取り消しました。終了したセッション: { $count }
service-enrolled = このプロファイルをサービスアカウント { $name } として登録しました（期限 { $until }）。
service-enrolled-next = 次へ: renkei login --as AFFILIATION

patient-registered = { $name } を登録しました: { $id }
patient-registered-next = 次へ: renkei care-team invite { $id } --organization ORG --message TEXT、および renkei consent record { $id } …
patient-offered = { $organization }（回答待ち）
patient-born = { $day } 生

care-team-invited = { $member } をケアチームに招待しました。承諾があり、患者の同意が及ぶと閲覧できるようになります。
care-team-accepted = 承諾しました。患者の同意の範囲で閲覧できます: renkei timeline show { $patient }
care-team-accepted-assigned = 承諾しました。閲覧できるのは担当者だけで、最初の担当者はあなたです: renkei care-team staff { $patient } --assign PERSON
care-team-declined = { $patient } への招待を辞退しました。
care-team-left = 患者 { $patient } のケアチームから退出しました。この資格での閲覧は終了しました。
care-team-removed = { $member } をケアチームから外しました。この資格での閲覧は終了しました。
care-team-person = 個人
care-team-staff-all = 自機関の全職員が、患者の同意の範囲で閲覧できます。
care-team-staff-assigned = 自機関では次の担当者だけが、患者の同意の範囲で閲覧できます。
care-team-staff-nobody = 担当者がいないため、自機関の誰も閲覧できません。renkei care-team staff PATIENT --assign PERSON または --all
confirm-leave = 患者 { $patient } のケアチームから退出しますか。自機関の閲覧は直ちに終了します。
confirm-leave-personal = 患者 { $patient } のケアチームから個人として退出しますか。あなた個人の閲覧は直ちに終了します。
confirm-remove = { $member } を患者 { $patient } のケアチームから外しますか。この資格での閲覧は直ちに終了します。
hand-over-offered = { $organization } に主管機関の引き継ぎを依頼しました。承諾されるまでは自機関が主管機関です: renkei care-team take-over { $patient }
hand-over-taken-back = 患者 { $patient } の主管機関は、引き続き自機関です。
take-over-accepted = 自機関が患者 { $patient } の主管機関になりました。
take-over-declined = 患者 { $patient } の主管機関の引き継ぎを辞退しました。
invitations-none = 回答を待つ招待はありません。
invitation-organization = { $organization } への招待
invitation-person = あなた個人への招待
invitation-answer = → renkei care-team accept { $patient }   （辞退は decline）
invitation-answer-personal = → renkei care-team accept { $patient } --personal   （辞退は decline）

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
consent-amended = 同意を変更しました。第{ $version }版が有効になりました。
consent-withdrawn-in-part = 一部を撤回しました。残りは第{ $version }版として続きます。
consents-none = 同意はありません。
consent-version = 第{ $version }版
consent-categories = 区分: { $values }
consent-sensitivities = 機微区分: { $values }
consent-roles = 職種: { $values }
consent-purposes = 利用目的: { $values }
consent-organizations = 機関: { $values }
consent-people = 利用者: { $values }
consent-exception = 例外{ $number }  { $what }
condition-separator = ／
consent-signed = 署名 { $day }  { $signer }
consent-signer-unknown = 署名者の記録なし
consent-representative = { $name }（{ $kind }・{ $relation }）
consent-review = 見直し日 { $day }
consent-review-due = 見直し日 { $day }（まもなく）
consent-review-overdue = 見直し日 { $day }（過ぎています）
state-in-force = 有効
state-not-begun = 開始前
state-ended = 期間終了
state-withdrawn = 撤回
state-superseded = 旧版

access-no-affiliation = この利用者には所属がなく、何も閲覧できません。
access-nobody = 閲覧できる人はいません。
access-what-restricted-too = { $categories }（機微情報を含む）
access-what-sensitivities = { $categories }（{ $sensitivities }）
access-ground = { $why }: { $rules }
access-rule = { $consent } 第{ $version }版
access-rule-exception = { $consent } 第{ $version }版の例外{ $number }
access-restricted = 機微情報（{ $sensitivities }）は閲覧できません: { $reasons }
access-post = 投稿できる区分: { $what }
access-post-nothing = 投稿はできません。
access-for = { $who }（利用目的: { $purpose }）
access-changes = この範囲は { $time } に変わります（同意の開始・終了、または緊急アクセスの終了）。
access-next-consent = 患者の同意の記録を、主管機関（{ $custodian }）に依頼してください。
access-next-denied = 患者が不同意としています。主管機関（{ $custodian }）に尋ねてください。
access-next-accept = 招待に回答してください: renkei care-team accept { $patient }   （自分個人への招待は --personal）
access-next-invite = ケアチームへの招待を、主管機関（{ $custodian }）に依頼してください。
access-next-assign = 担当者の設定を、自機関の担当する職員に依頼してください: renkei care-team staff
access-next-role = 別の所属を使うには: renkei login --affiliation UUID
access-next-inactive = 管理者に尋ねてください。
access-next-emergency = 待てない緊急の場合に限り: renkei access break-glass { $patient } --reason … --text …

break-glass-warning =
    緊急アクセス: 患者 { $patient } の記録を開きます。
      理由: { $reason }
    - あなたの氏名・職種・所属、日時、理由、入力した文が記録されます。
    - ケアチームの全員に、直ちに至急として知らされます。
    - 主管機関が72時間以内に確認します。不適切とされると直ちに終了します。
    - 60分間、閲覧だけができます。投稿はできません。患者が不同意とした範囲は開きません。
break-glass-confirm = 記録を開きますか。
break-glass-open = 緊急アクセスを開始しました。{ $until } まで閲覧できます。
break-glass-limits = 閲覧だけができ、投稿はできません。患者が不同意とした範囲は開きません。ケアチームに知らされました。
break-glass-next = 次へ: renkei timeline show { $patient }
break-glass-access = 緊急アクセス { $id }

review-recorded = 確認の結果を記録しました: { $verdict }
reviews-none = 確認を待つ緊急アクセスはありません。
reviews-none-at-all = 緊急アクセスはありません。
review-period = { $from } ～ { $until }
review-overdue = 期限超過
review-patient = 患者: { $patient }
review-due = 確認の期限 { $time }
review-how = → renkei access review { $patient } { $id } --justified   （不適切なら --not-justified --text …）
review-found = { $verdict }  { $actor }  { $time }

provision-demographics = 患者基本情報
provision-entries = { $category } { $count }件
provision-files = ファイル { $count }件
provisions-none = 提供の記録はありません。
document-written = 作成しました: { $path }
document-language = ja
document-title = 第三者提供の記録
document-patient = 患者氏名
document-patient-id = 患者 UUID
document-period = 対象期間
document-print-time = 作成日時
document-printed-by = 作成者
document-from-until = { $from } から { $until } まで
document-from = { $from } から作成日時まで
document-until = 最初から { $until } まで
document-always = 最初から作成日時まで
document-recipient = { $name }（{ $role }）
document-notes = 一行は、同じ日に、同じ相手へ、同じ根拠で提供したものです。件数は延べ件数です。根拠は、同意または緊急アクセスの UUID です。

posted = #{ $seq } として投稿しました（{ $time }）。
draft-kept = 送信できませんでした。下書きとして残してあります: renkei draft send { $draft }
draft-discarded = 下書き { $draft } を破棄しました。
draft-consent = （同意と同意書）
draft-amendment = （同意の変更と同意書）
draft-former-consent = （以前の版の同意: 送信できません）
drafts-none = 下書きはありません。

profiles-none = プロファイルはまだありません: renkei device enroll --server https://HOST:PORT

timeline-empty = 記録はありません。
entry-urgent = 至急
entry-unread = 未読
entry-restricted = 【機微: { $sensitivity }】
entry-damaged = （壊れていて開けません）
entry-unknown = （この版では表示できない種類の記録）
entry-reply-to = ↳ { $entry } への返信
entry-visit-time = 訪問日時: { $time }
entry-vital-signs = バイタル
entry-attachment = 添付
marked-read = { $count } 件を既読にしました。
readers-none = まだ誰も既読にしていません。
search-none = 見つかりませんでした。
inbox-empty = 未読の記録はありません。
inbox-count = 未読 { $count } 件

watch-watching = 患者 { $count } 人のタイムラインを見ています。終了は Ctrl-C。
watch-disconnected = 接続が切れました（{ $reason }）。再接続しています …
watch-reconnected = 再接続しました。
watch-access-started = ● { $patient } を閲覧できるようになりました。
watch-access-ended = ○ { $patient } を閲覧できなくなりました。

progress-left = 残り
uploaded = { $file } をアップロードしました: { $id }
uploaded-next = 24時間以内に記録に添付してください: renkei post { $patient } --attachment ID …。どこにも使われないファイルは削除されます。
uploaded-position = { $file }: { $position }
uploaded-type = { $file }: 内容は { $expected } ではなく { $stored } です
upload-kept = 同じコマンドをもう一度実行すると、同じ ID で続きから送ります。
downloaded = 保存し、検証しました: { $path }
downloaded-range = バイト { $first }～{ $last } を保存しました: { $path }
download-kept = 届いた部分は残してあります。同じコマンドをもう一度実行すると、続きから再開します。
man-written = マニュアルページを { $path } に書き出しました。

form-introduction =
    訪問記録: { $patient }
    # で始まる行は無視されます。何も書かなければ投稿しません。
form-subjective = S: 本人・家族の訴え
form-objective = O: 所見
form-assessment = A: 評価
form-plan = P: 計画
form-vital = バイタル（例: bp=128/76 temp=36.8 pulse=72 spo2=97）

log-empty = 監査ログにはまだ何も入っていません。
log-first-seen = 監査ログは { $size } 件です。この端末で初めて確認しました。次回からこれと照合します。
log-goes-on = 監査ログは { $size } 件です。この端末が前回確認した { $since } 件から正しく続いています。
log-events = 患者の監査イベント { $included } 件は一覧のとおり監査ログに入っています。{ $waiting } 件は登録待ちです。
checkpoint-written = { $path } に、監査ログ { $size } 件のチェックポイントを書き出しました。
operator = 保守: { $name }
access-what = { $kind }（{ $actions }）
accesses-none = アクセスの記録はありません。
accesses-title = アクセス記録
accesses-checkpoint = 監査ログ
accesses-log = { $size }件、ルート { $root }
accesses-only-organization = 対象機関
accesses-only-person = 対象者
accesses-only-kinds = 対象の種類
accesses-count = 件数
accesses-counts = { $rows }行、操作{ $events }件
accesses-notes = 一行は、一人が一続きに行ったもの（同じ種類、同じセッション、同じ根拠で、30分を超える中断のないもの）です。根拠は、同意または緊急アクセスの UUID です。監査ログの件数とルートにより、これらが後から変更も削除もされていないことを証明できます。
audit-exported = { $events }件を { $path } に書き出しました。
maintenance-none = 保守の記録はありません。
maintenance-of-all = 全患者、または患者に関わらないもの
