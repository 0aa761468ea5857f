# コマンドの説明、使用例、使い方の誤り。

heading-usage = 使い方:
heading-commands = コマンド
heading-command-name = コマンド
heading-arguments = 引数
heading-options = オプション
heading-global = 共通オプション
heading-examples = 使用例:

after-help =
    まず `renkei device enroll` と `renkei login` を実行してください。終了コードと環境変数は `renkei --help` にあります。
after-long-help =
    終了コード:
        0  正常終了
        1  不具合、または他のどれでもない失敗
        2  使い方または入力の誤り
        3  存在しない、または閲覧できない
        4  閲覧できるが、この操作は許可されていない
        5  ログインし直す必要がある
        6  既存の内容と矛盾する
        7  サーバーが混雑している、または接続できない（後で再試行）
        8  この端末のファイルの問題
        9  保存データの破損
      130  中断

    環境変数:
      RENKEI_HOME      プロファイルを置くフォルダー
      RENKEI_PROFILE   使うプロファイル（--profile）
      RENKEI_OUTPUT    出力形式（--output）
      RENKEI_LANG      言語（--lang）。なければロケールに従う
      VISUAL, EDITOR   `renkei post` で使うエディター
      NO_COLOR         色を付けない

    PATIENT は UUID または患者番号、ORG は UUID または正確な名称、PERSON は UUID またはログイン名です。
    TIME は RFC 3339、または現地時刻の YYYY-MM-DD か "YYYY-MM-DD HH:MM" です。TEXT に `-` を指定すると
    標準入力を、`@FILE` を指定するとファイルを読みます。

about-renkei = 一人の患者を囲む多職種の、安全な連絡と記録共有
about-help = このヘルプ、またはコマンドのヘルプを表示する
about-device = 第二の認証要素としてのこの端末
about-device-enroll = 登録コードでこの端末を登録する
about-login = ログインする
about-logout = ログアウトする
about-whoami = 現在の利用者と所属を表示する
about-organization = 地域の機関
about-organization-create = 機関を登録する（管理者）
about-organization-list = 機関を一覧する
about-person = アカウントを持つ人
about-person-create = 利用者を登録する（管理者）
about-person-list = 利用者とその所属を一覧する
about-affiliation = 利用者の所属
about-affiliation-create = 利用者に機関での職種を与える（管理者）
about-enrollment-code = 端末を登録するための一回限りのコード
about-enrollment-code-create = 利用者の登録コードを発行する（管理者）
about-patient = 患者
about-patient-register = 患者を登録する（自機関が主管機関になる）
about-patient-list = 閲覧できる患者を一覧する
about-patient-show = 患者の基本情報を表示する
about-care-team = 患者を囲むケアチーム
about-care-team-invite = 機関をケアチームに招待する
about-care-team-list = 患者のケアチームを一覧する
about-care-team-invitations = 自機関の回答を待つ招待を一覧する
about-care-team-accept = 招待を承諾する
about-care-team-decline = 招待を辞退する
about-consent = 患者の同意
about-consent-record = 同意書の画像とともに同意を記録する
about-consent-list = 患者の同意を一覧する
about-consent-withdraw = 同意を撤回する（直ちに有効）
about-post = 訪問記録または連絡を投稿する
about-draft = サーバーに届いていない下書き
about-draft-list = 下書きを一覧する
about-draft-send = 下書きを送信する
about-draft-discard = 下書きを破棄する
about-timeline = 患者のタイムライン
about-timeline-show = タイムラインを新しいものを下にして表示し、既読にする
about-timeline-readers = 記録を既読にした人を表示する
about-timeline-mark-read = 記録を既読にする
about-inbox = 未読の記録を表示する
about-watch = 投稿される記録をその場で表示し続ける
about-attachment = 記録や同意の添付
about-attachment-download = 添付をダウンロードして検証する
about-audit = 監査ログ
about-audit-list = 患者の監査ログを新しい順に一覧する
about-profile = この端末のプロファイル
about-profile-list = プロファイルを一覧する
about-completions = シェルの補完定義を出力する
about-man = マニュアルページをフォルダーに書き出す

examples-device-enroll =
    renkei device enroll --server https://renkei.example:7443
    renkei device enroll --server https://renkei.example:7443 --code-file code.txt --password-file password.txt
examples-login =
    renkei login
    renkei login --affiliation 0197f0a0-0000-7000-8000-000000000001
examples-logout =
    renkei logout
examples-whoami =
    renkei whoami
    renkei --profile pharmacy whoami --output json
examples-organization-create =
    renkei organization create --kind home_visit_nursing --name "ひまわり訪問看護ステーション"
examples-organization-list =
    renkei organization list
examples-person-create =
    renkei person create --login-name hanako.suzuki --name "鈴木 花子" --kana "スズキ ハナコ"
examples-person-list =
    renkei person list --organization "ひまわり訪問看護ステーション"
examples-affiliation-create =
    renkei affiliation create --person hanako.suzuki --organization "ひまわり訪問看護ステーション" --role nurse
examples-enrollment-code-create =
    renkei enrollment-code create --person hanako.suzuki
examples-patient-register =
    renkei patient register --name "山田 太郎" --kana "ヤマダ タロウ" --birth-date 1941-02-03 --sex male --local-id 12345
examples-patient-list =
    renkei patient list
    renkei patient list --kana "ヤマダ タロウ" --output jsonl
examples-patient-show =
    renkei patient show 12345
examples-care-team-invite =
    renkei care-team invite 12345 --organization "ひまわり訪問看護ステーション" --message "7月から週2回の訪問をお願いします。"
examples-care-team-list =
    renkei care-team list 12345
examples-care-team-invitations =
    renkei care-team invitations
examples-care-team-accept =
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001
examples-care-team-decline =
    renkei care-team decline 0197f0a0-0000-7000-8000-000000000001
examples-consent-record =
    renkei consent record 12345 --all-members --paper consent.pdf
    renkei consent record 12345 --organization "ひまわり訪問看護ステーション" --category visit_note --category vital_signs --until 2027-03-31 --paper consent.pdf
examples-consent-list =
    renkei consent list 12345
examples-consent-withdraw =
    renkei consent withdraw 12345 0197f0a0-0000-7000-8000-000000000001
examples-post =
    renkei post 12345
    renkei post 12345 --subjective "よく眠れた。" --vital bp=128/76 --vital temp=36.8 --vital spo2=97 --attach wound.jpg
    renkei post 12345 --message "残薬3日分あり。" --urgent
    renkei post 12345 --message - --reply-to 0197f0a0-0000-7000-8000-000000000001
examples-draft-list =
    renkei draft list
examples-draft-send =
    renkei draft send 0197f0a0-0000-7000-8000-000000000001
examples-draft-discard =
    renkei draft discard 0197f0a0-0000-7000-8000-000000000001
examples-timeline-show =
    renkei timeline show 12345
    renkei timeline show 12345 --limit 10 --no-mark-read
examples-timeline-readers =
    renkei timeline readers 12345 0197f0a0-0000-7000-8000-000000000001
examples-timeline-mark-read =
    renkei timeline mark-read 12345 0197f0a0-0000-7000-8000-000000000001
examples-inbox =
    renkei inbox
examples-watch =
    renkei watch
    renkei watch 12345 --output jsonl
examples-attachment-download =
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 -o - | sha256sum
examples-audit-list =
    renkei audit list --patient 12345 --limit 20
examples-profile-list =
    renkei profile list
examples-completions =
    renkei completions bash > ~/.local/share/bash-completion/completions/renkei
examples-man =
    renkei man ~/.local/share/man/man1

usage-unknown-argument = ここに { $argument } という引数はありません。
usage-unknown-command = { $command } というコマンドはありません。
usage-missing-command = コマンドが指定されていません。
usage-missing-argument = 指定が足りません: { $argument }
usage-missing-value = { $argument } には値が必要です。
usage-bad-value = { $argument } に「{ $value }」は指定できません。
usage-conflict = { $argument } と { $other } は同時に指定できません。
usage-twice = { $argument } が複数回指定されています。
usage-other = 引数を解釈できません: { $text }
usage-suggestion = { $text } のことですか。
usage-possible = 指定できる値: { $values }
usage-help = `--help` で使い方を表示します。
