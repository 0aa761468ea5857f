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
option-login-affiliation = 所属が複数あるとき、使う所属

option-organization-create-kind = 機関の種別
option-organization-create-name = 機関の名称
option-person-create-login-name = ログイン名（a-z, 0-9, `.`, `_`, `-` で3～64文字、先頭は英字）
option-person-create-name = 氏名
option-kana = 氏名のよみがな
option-organization = 機関（UUID または正確な名称）
option-person = 利用者（UUID またはログイン名）
option-role = そこでの職種
option-limit = 最大件数

option-patient = 患者（UUID または患者番号）
option-patient-uuid = 患者の UUID（招待に表示される）
option-patient-register-name = 氏名（漢字）
option-birth-date = 生年月日
option-sex = 性別
option-local-id = 自機関の患者番号
option-watch-patient = 対象の患者。省略時は閲覧できる全員
option-care-team-invite-message = 招待先が回答前に読む文。`-` は標準入力、`@FILE` はファイル

option-all-members = ケアチームの全員への同意（後から加わる機関を含む）
option-consent-record-organization = この機関への同意（複数指定可）
option-consent-record-person = 一人の利用者への同意
option-consent-record-category = 同意する区分（複数指定可、省略時はすべて）
option-from = 開始日時（省略時は今から）
option-until = 終了日時（省略時は無期限）
option-paper = 同意書の画像
option-consent = 同意の UUID

option-subjective = S: 本人・家族の訴え。`-` は標準入力、`@FILE` はファイル
option-objective = O: 所見
option-assessment = A: 評価
option-plan = P: 計画
option-visit-time = 訪問日時
option-vital = バイタル: bp=128/76, temp=36.8, pulse=72, resp=16, spo2=97, weight=52.4, height=150, glucose=110（複数指定可）
option-message = 訪問記録の代わりに連絡を投稿する。`-` は標準入力、`@FILE` はファイル
option-reply-to = 返信先の記録の UUID
option-attach = 添付するファイル（複数指定可）
option-urgent = 至急にする
option-category = 通常と異なる区分

option-draft = 下書きの UUID
option-no-mark-read = 既読にしない
option-entry = 記録の UUID
option-attachment = 添付の UUID
option-output-file = 保存先のファイルまたはフォルダー、`-` は標準出力（省略時は元の名前でここに保存）
option-force = 既存のファイルを上書きする
option-shell = シェル
option-folder = 書き出すフォルダー
