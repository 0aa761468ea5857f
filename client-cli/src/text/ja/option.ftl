# 引数の説明。コマンドによって意味が異なる引数は、コマンド名を先に付ける。

option-help = ヘルプを表示する
option-version = バージョンを表示する
option-profile = 使うプロファイル
option-output = 出力形式: 人が読む形、JSON 文書、1行に1つの JSON
option-lang = 言語（省略時は RENKEI_LANG またはロケール）

option-server = サーバー（https://HOST:PORT）
option-code-file = 登録コードのファイル、`-` は標準入力（省略時は入力を求める）
option-password-file = パスワードのファイル、`-` は標準入力（省略時は入力を求める）
option-device-name = この端末の呼び名
option-replace = このプロファイルの以前の登録を、新しい鍵で置き換える
option-login-purpose = 利用目的（省略時は診療・ケア）
option-login-affiliation = 所属が複数あるとき、使う所属

option-organization-create-kind = 機関の種別
option-organization-create-name = 機関の名称
option-person-create-login-name = ログイン名（a-z, 0-9, `.`, `_`, `-` で3～64文字、先頭は英字）
option-person-create-name = 氏名
option-kana = 氏名のよみがな
option-organization = 機関（UUID または正確な名称）
option-person = 利用者（UUID またはログイン名）
option-affiliation-end-person = 利用者（UUID またはログイン名）。--organization と --role を省略するときは所属の UUID
option-role = そこでの職種
option-limit = 最大件数

option-patient = 患者（UUID または患者番号）
option-patient-uuid = 患者の UUID（招待に表示される）
option-patient-register-name = 氏名（漢字）
option-birth-date = 生年月日
option-sex = 性別
option-local-id = 自機関の患者番号
option-watch-patient = 対象の患者。省略時は閲覧できる全員
option-care-team-invite-message = 招待の理由（招待先が回答前に読む）。`-` は標準入力、`@FILE` はファイル
option-personal = 自機関への招待ではなく、自分個人への招待に回答する
option-care-team-leave-personal = 自機関ではなく、自分個人が退出する
option-assigned-only = 担当者だけが閲覧する（最初の担当者は自分）
option-text = 理由（ケアチームが読む）。`-` は標準入力、`@FILE` はファイル
option-care-team-staff-all = 全職員が閲覧する（担当者の指定は解除される）
option-assign = この人を担当者にし、担当者だけが閲覧する（複数指定可）
option-unassign = この人を担当者から外す（複数指定可）
option-care-team-hand-over-organization = 引き継ぎを依頼する機関（UUID または正確な名称）
option-take-back = 引き継ぎの依頼を取り消す
option-decline = 承諾せずに辞退する

option-all-members = ケアチームの全員を対象とする（後から加わる人を含む）
option-consent-organization = この機関を対象とする（複数指定可）
option-consent-person = 一人の利用者を対象とする
option-deny = 不同意: 対象の閲覧を、他の同意にかかわらず認めない
option-consent-role = この職種に限る（複数指定可、省略時はすべて）
option-consent-category = この区分に限る（複数指定可、省略時はすべて）
option-consent-sensitivity = 対象の機微区分（複数指定可、省略時は通常のみ、--deny ではすべて）
option-consent-purpose = この利用目的に限る（複数指定可、省略時はすべて）
option-consent-from = 開始日時（省略時は今から）
option-consent-until = 終了日時（省略時は無期限）
option-except-organization = この機関を除く（複数指定可）
option-except-person = この利用者を除く（複数指定可）
option-except-role = この職種を除く（複数指定可）
option-except-category = この区分を除く（複数指定可）
option-except-sensitivity = この機微区分を除く（複数指定可）
option-except = 条件を組み合わせた例外: organization, person, role, category, sensitivity（複数指定可）
option-signer = 署名者
option-signer-name = 代理人の氏名
option-relation = 代理人の、患者との続柄
option-signed-on = 同意書の日付（省略時は今日）
option-review-on = 見直し日（患者と内容を確かめ直す日）
option-paper = 同意書の画像
option-consent = 同意の UUID、またはその先頭の8文字以上
option-consent-withdraw-category = この区分だけを撤回する（複数指定可）
option-consent-withdraw-sensitivity = この機微区分だけを撤回する（複数指定可）
option-consent-withdraw-organization = この機関についてだけ撤回する（複数指定可）
option-consent-withdraw-person = この利用者についてだけ撤回する（複数指定可）

option-access-explain-patient = 患者（UUID または患者番号。まだ閲覧できない患者は UUID）
option-access-explain-person = 自分以外の利用者（UUID またはログイン名、主管機関のみ）
option-access-break-glass-patient = 患者（UUID または患者番号。まだ閲覧できない患者は UUID）
option-access-break-glass-reason = 開かなければならない理由
option-access-review-patient = この患者に限る（UUID または患者番号）
option-break-glass-id = 確認する緊急アクセスの UUID
option-access-review-all = 確認済みのものも表示する
option-justified = 妥当であった
option-not-justified = 不適切であった（継続中であれば直ちに終了する）
option-access-review-text = 確認の内容（ケアチームに知らされます）。`-` は標準入力、`@FILE` はファイル

option-provision-from = この日時以降に限る
option-provision-until = この日時より前に限る
option-print = 一覧の代わりに、印刷用の HTML 文書を作成する

option-subjective = S: 本人・家族の訴え。`-` は標準入力、`@FILE` はファイル
option-objective = O: 所見
option-assessment = A: 評価
option-plan = P: 計画
option-visit-time = 訪問日時
option-vital = バイタル: bp=128/76, temp=36.8, pulse=72, resp=16, spo2=97, weight=52.4, height=150, glucose=110（複数指定可）
option-message = 訪問記録の代わりに連絡を投稿する。`-` は標準入力、`@FILE` はファイル
option-reply-to = 返信先の記録の UUID
option-attach = 添付するファイル（複数指定可）
option-post-attachment = `renkei attachment upload` でアップロード済みの添付の UUID（複数指定可）
option-urgent = 至急にする
option-category = 通常と異なる区分
option-post-sensitivity = 通常以外の機微区分（同意で明示された場合にだけ閲覧できる）

option-draft = 下書きの UUID
option-no-mark-read = 既読にしない
option-entry = 記録の UUID
option-attachment = 添付の UUID（複数指定可）
option-attachment-upload-file = アップロードするファイル（複数指定可）。24時間以内に記録にも同意にも使われなければ削除される
option-anew = アップロードの開始後に変更されたファイルを、初めから送り直す
option-offset = 取得する最初のバイト、先頭は 0。一部分は全体のハッシュで検証できないため、サーバーが送る前に検証する
option-length = 取得する最大のバイト数
option-preview = 本体の代わりに、小さな JPEG のプレビューを取得する
option-output-file = 保存先のファイルまたはフォルダー、`-` は標準出力（省略時は元の名前でここに保存）
option-force = 既存のファイルを上書きする
option-yes = 確認を求めずに実行する
option-shell = シェル
option-folder = 書き出すフォルダー
