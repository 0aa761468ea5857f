# コマンドの説明、使用例、使い方の誤り。

heading-usage = 使い方:
heading-commands = コマンド
heading-command-name = コマンド
heading-arguments = 引数
heading-options = オプション
heading-global = 共通オプション
heading-examples = 使用例:

after-help =
    `renkei` だけを端末で実行すると、全画面が開きます。
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
       10  監査ログが変更された
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
about-device-list = 自分の端末を一覧する（--person でほかの人の端末、管理者）
about-device-revoke = 端末を失効させる（セッションは直ちに終了し、利用できなくなる）
about-device-renew = この端末の証明書を更新する（時期が来れば `renkei login` が自動で行う）
about-login = ログインする
about-logout = ログアウトする
about-lock = セッションを終え、この端末からも消す（サーバーにつながらなくても）
about-whoami = 現在の利用者と所属を表示する
about-session = 自分のセッション
about-session-list = すべての端末のセッションを一覧する
about-session-end = 自分のセッションの一つ、またはこれ以外のすべてを終了する
about-password = 自分のパスワード
about-password-change = パスワードを変更する（ほかのセッションは直ちに終了）
about-password-set = 再設定用のコードで、新しいパスワードを設定する
about-totp = 第二の認証要素としての認証アプリ（サーバーが許可している場合）
about-totp-enroll = 認証アプリを登録する（--server では登録コードで、省略時は現在のセッションで）
about-totp-recovery-codes = リカバリーコードを作り直す（以前のものは使えなくなる）
about-organization = 地域の機関
about-organization-create = 機関を登録する（地域の管理者）
about-organization-list = 機関を一覧する
about-organization-policy = 機関のファイルの取り扱いを表示・変更する（変更は地域の管理者）
about-person = アカウントを持つ人
about-person-create = 利用者を登録する（管理者）
about-person-list = 利用者とその所属を一覧する
about-person-offboard = 退職・異動の処理（所属と閲覧を終了し、担当を後任に引き継ぐ、管理者）
about-person-suspend = アカウントを停止する（セッションと閲覧は直ちに終了、管理者）
about-person-reinstate = アカウントの停止を解除する（管理者）
about-person-reset-password = パスワードを無効にし、本人が設定し直すためのコードを発行する（管理者）
about-affiliation = 利用者の所属
about-affiliation-create = 利用者に機関での職種を与える（管理者）
about-affiliation-end = 所属を終了する（そのセッションと閲覧も終了、管理者）
about-enrollment-code = 端末を登録するための一回限りのコード
about-enrollment-code-create = 利用者の登録コードを発行する（管理者）
about-service = 許可した人の代理として動く、機関のプログラム
about-service-create = サービスアカウントを登録する（管理者）
about-service-list = 自機関のサービスアカウントを一覧する（他機関は地域の管理者）
about-service-code = サービスアカウントが証明書を得るためのコードを発行する（管理者）
about-service-end = サービスアカウントを終了する（管理者）
about-service-allow = このセッションの所属での代理を、サービスアカウントに許可する
about-service-disallow = 許可を取り消す（セッションは直ちに終了する）
about-service-allowed = 自分が許可しているサービスアカウントを一覧する
about-service-enroll = このプロファイルを、コードでサービスアカウントとして登録する
about-patient = 患者
about-patient-register = 患者を登録する（自機関が主管機関になる）
about-patient-list = 閲覧できる患者を一覧する
about-patient-show = 患者の基本情報を表示する
about-care-team = 患者を囲むケアチーム
about-care-team-invite = 機関または個人をケアチームに招待する
about-care-team-list = 患者のケアチームを一覧する
about-care-team-invitations = 自機関または自分の回答を待つ招待を一覧する
about-care-team-accept = 招待を承諾する
about-care-team-decline = 招待を辞退する
about-care-team-leave = ケアチームから退出する（閲覧は直ちに終了）
about-care-team-remove = ケアチームから外す、または招待を取り消す（主管機関）
about-care-team-staff = 自機関で閲覧できる職員を表示または変更する
about-care-team-hand-over = 主管機関の引き継ぎを依頼する（主管機関）
about-care-team-take-over = 主管機関を引き継ぐ、または辞退する（依頼された機関）
about-consent = 患者の同意と不同意
about-consent-record = 署名された同意書の画像とともに同意を記録する
about-consent-list = 患者の同意を現在の版で一覧する
about-consent-withdraw = 同意の全部または一部を撤回する（直ちに有効）
about-consent-amend = 新たに署名された同意書で同意を置き換える
about-consent-show = 同意のすべての版を表示する
about-access = 閲覧できる範囲と緊急アクセス
about-access-explain = 自分または他の人が、患者の何をなぜ閲覧できるかを説明する
about-access-list = 現在、患者の情報を閲覧できる人を一覧する（主管機関）
about-access-break-glass = 緊急アクセス: 患者の記録を60分間、閲覧のために開く
about-access-review = 確認を待つ緊急アクセスを一覧し、確認の結果を記録する（主管機関）
about-timeline = 患者のタイムライン
about-timeline-show = タイムラインを投稿日ごとに、新しいものを下にして表示し、既読にする
about-timeline-readers = 記録を既読にした人を表示する
about-timeline-mark-read = 記録を既読にする
about-search = 患者の記録を言葉で検索する（新しい順）
about-inbox = 未読の記録や、自分の対応を待つ記録を一覧する
about-watch = 投稿される記録と、その後の訂正・確定・回答・確認をその場で表示し続ける
about-attachment = 記録や同意の添付
about-attachment-upload = 記録に添付するファイルをアップロードする（中断しても続きから）
about-attachment-download = 添付をダウンロードして検証する（中断しても続きから）
about-audit = 監査ログ
about-audit-accesses = 患者の記録を誰がいつどの立場で見たかを一覧し、印刷用の文書を作成する（主管機関、個人情報保護管理者）
about-audit-export = 患者の記録への操作を他のシステムのために FHIR リソースとして書き出す（主管機関、個人情報保護管理者）
about-audit-list = 患者の監査ログを新しい順に一覧する
about-audit-verify = 監査ログがこの端末の控えから正しく続いているか検証する
about-audit-checkpoint = 監査ログの最新のチェックポイントをファイルに書き出す（別の場所での保管用）
about-audit-events = ログイン・端末・アカウントの操作と拒否の記録を新しい順に一覧する（地域の管理者、個人情報保護管理者）
about-audit-maintenance = サーバーでの保守作業を古い順に一覧し、または患者ごとに数える（地域の管理者、個人情報保護管理者）
about-provision = 第三者提供の記録
about-provision-list = 患者の記録の何を誰に提供したかを一覧し、印刷用の文書を作成する（主管機関）
about-profile = この端末のプロファイル
about-profile-list = プロファイルを一覧する
about-completions = シェルの補完定義を出力する
about-man = マニュアルページをフォルダーに書き出す

examples-device-enroll =
    renkei device enroll --server https://renkei.example:7443
    renkei device enroll --server https://renkei.example:7443 --code-file code.txt --password-file password.txt
examples-device-list =
    renkei device list
    renkei device list --person hanako.suzuki
examples-device-revoke =
    renkei device revoke 0197f0a0-0000-7000-8000-000000000001
    renkei device revoke 0197f0a0-0000-7000-8000-000000000001 --yes
examples-device-renew =
    renkei device renew
examples-session-list =
    renkei session list
examples-session-end =
    renkei session end 0197f0a0-0000-7000-8000-000000000001
    renkei session end --others
examples-password-change =
    renkei password change
    renkei password change --password-file old.txt --new-password-file new.txt
examples-password-set =
    renkei password set
    renkei password set --code-file code.txt --new-password-file password.txt
examples-totp-enroll =
    renkei totp enroll
    renkei totp enroll --server https://renkei.example:7443
examples-totp-recovery-codes =
    renkei totp recovery-codes
examples-lock =
    renkei lock
examples-login =
    renkei login
    renkei login --affiliation 0197f0a0-0000-7000-8000-000000000001
    renkei login --purpose care_management
    renkei login --totp
    renkei --profile ehr login --as 0197f0a0-0000-7000-8000-000000000001
examples-service-create =
    renkei service create --organization みどり診療所 --name 電子カルテ連携 --calls-per-minute 120
examples-service-list =
    renkei service list
examples-service-code =
    renkei service code 0197f0a0-0000-7000-8000-000000000001 > code.txt
examples-service-end =
    renkei service end 0197f0a0-0000-7000-8000-000000000001
examples-service-allow =
    renkei service allow 0197f0a0-0000-7000-8000-000000000001
examples-service-disallow =
    renkei service disallow 0197f0a0-0000-7000-8000-000000000001
examples-service-allowed =
    renkei service allowed
examples-service-enroll =
    renkei --profile ehr service enroll --server https://renkei.example:7443 --code-file code.txt
examples-logout =
    renkei logout
examples-whoami =
    renkei whoami
    renkei --profile pharmacy whoami --output json
examples-organization-create =
    renkei organization create --kind home_visit_nursing --name "ひまわり訪問看護ステーション"
examples-organization-list =
    renkei organization list
examples-organization-policy =
    renkei organization policy "ひまわり訪問看護ステーション"
    renkei organization policy "ひまわり訪問看護ステーション" --position keep --quota 50GB
examples-person-create =
    renkei person create --login-name hanako.suzuki --name "鈴木 花子" --kana "スズキ ハナコ"
examples-person-list =
    renkei person list --organization "ひまわり訪問看護ステーション"
examples-person-offboard =
    renkei person offboard hanako.suzuki --successor jiro.sato
    renkei person offboard hanako.suzuki --organization "ひまわり訪問看護" --yes
examples-person-suspend =
    renkei person suspend hanako.suzuki
examples-person-reinstate =
    renkei person reinstate hanako.suzuki
examples-person-reset-password =
    renkei person reset-password hanako.suzuki
examples-affiliation-create =
    renkei affiliation create --person hanako.suzuki --organization "ひまわり訪問看護ステーション" --role nurse
examples-affiliation-end =
    renkei affiliation end hanako.suzuki --organization "ひまわり訪問看護ステーション" --role nurse
    renkei affiliation end 0197f0a0-0000-7000-8000-000000000001
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
    renkei care-team invite 12345 --person hanako.suzuki --message "創傷ケアの助言をお願いします。"
examples-care-team-list =
    renkei care-team list 12345
examples-care-team-invitations =
    renkei care-team invitations
examples-care-team-accept =
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001 --assigned-only
    renkei care-team accept 0197f0a0-0000-7000-8000-000000000001 --personal
examples-care-team-decline =
    renkei care-team decline 0197f0a0-0000-7000-8000-000000000001
examples-care-team-leave =
    renkei care-team leave 12345 --text "訪問が終了したため。"
    renkei care-team leave 12345 --personal
examples-care-team-remove =
    renkei care-team remove 12345 --organization "ひまわり訪問看護ステーション" --text "契約が終了したため。"
    renkei care-team remove 12345 --person hanako.suzuki --text "誤って招待したため。" --yes
examples-care-team-staff =
    renkei care-team staff 12345
    renkei care-team staff 12345 --assign hanako.suzuki --unassign jiro.sato
    renkei care-team staff 12345 --all
examples-care-team-hand-over =
    renkei care-team hand-over 12345 --organization "あおば診療所" --text "転居のため。"
    renkei care-team hand-over 12345 --take-back
examples-care-team-take-over =
    renkei care-team take-over 0197f0a0-0000-7000-8000-000000000001 --local-id 67890
    renkei care-team take-over 0197f0a0-0000-7000-8000-000000000001 --decline
examples-consent-record =
    renkei consent record 12345 --all-members --paper consent.pdf
    renkei consent record 12345 --organization "ひまわり訪問看護ステーション" --category visit_note --category vital_signs --until 2027-03-31 --paper consent.pdf
    renkei consent record 12345 --all-members --except-category laboratory --except "organization=あおば診療所,category=medication" --review-on 2027-03-31 --paper consent.pdf
    renkei consent record 12345 --all-members --sensitivity normal --sensitivity mental_health --role doctor --signer representative --signer-name "山田 一郎" --relation child --signed-on 2026-07-01 --paper consent.pdf
    renkei consent record 12345 --organization "あおば診療所" --deny --paper denial.pdf
examples-consent-amend =
    renkei consent amend 12345 0197f0a0-1a2b --all-members --except-organization "あおば診療所" --paper consent2.pdf
examples-consent-list =
    renkei consent list 12345
examples-consent-show =
    renkei consent show 12345 0197f0a0-1a2b
examples-consent-withdraw =
    renkei consent withdraw 12345 0197f0a0-0000-7000-8000-000000000001
    renkei consent withdraw 12345 0197f0a0-1a2b --category laboratory --organization "あおば診療所"
examples-access-explain =
    renkei access explain 12345
    renkei access explain 12345 --person hanako.suzuki
    renkei access explain 0197f0a0-0000-7000-8000-000000000001 --output json
examples-access-list =
    renkei access list 12345
examples-access-break-glass =
    renkei access break-glass 0197f0a0-0000-7000-8000-000000000001 --reason emergency-transport --text "意識消失。搬送前に服薬内容の確認が必要。"
examples-access-review =
    renkei access review
    renkei access review 12345 --all
    renkei access review 12345 0197f0a0-0000-7000-8000-000000000001 --justified
    renkei access review 12345 0197f0a0-0000-7000-8000-000000000001 --not-justified --text "家族に連絡がつき、同意を確認できる状況だった。"
examples-timeline-show =
    renkei timeline show 12345
    renkei timeline show 12345 --limit 10 --no-mark-read
    renkei timeline show 12345 --kind laboratory_report --kind medication --from 2026-07-01 --current
    renkei timeline show 12345 --since-last-visit
examples-timeline-readers =
    renkei timeline readers 12345 0197f0a0-0000-7000-8000-000000000001
examples-timeline-mark-read =
    renkei timeline mark-read 12345 0197f0a0-0000-7000-8000-000000000001
examples-search =
    renkei search 12345 褥瘡
    renkei search 12345 ガーゼ 交換 --limit 50
examples-inbox =
    renkei inbox
    renkei inbox --view open_questions
examples-watch =
    renkei watch
    renkei watch 12345 --output jsonl
examples-attachment-upload =
    renkei attachment upload 12345 wound.jpg wound-2.jpg video.mp4
    renkei attachment upload 12345 wound.jpg --output json
examples-attachment-download =
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 0197f0a0-0000-7000-8000-000000000002 -o photos
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 --preview -o small.jpg
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 --offset 0 --length 65536 -o beginning.bin
    renkei attachment download 12345 0197f0a0-0000-7000-8000-000000000001 -o - | sha256sum
examples-audit-list =
    renkei audit list --patient 12345 --limit 20
examples-audit-verify =
    renkei audit verify
    renkei audit verify --patient 12345
examples-audit-checkpoint =
    renkei audit checkpoint --out audit-2026-11.txt
examples-audit-events =
    renkei audit events
    renkei audit events --person hanako.suzuki --from 2026-07-01 --until 2026-08-01
    renkei audit events --organization "ひまわり訪問看護ステーション" --action affiliation_create
    renkei audit events --refused --output jsonl
examples-audit-accesses =
    renkei audit accesses 12345
    renkei audit accesses 12345 --kind emergency --kind file_opened --oldest-first
    renkei audit accesses 12345 --from 2026-04-01 --until 2027-04-01 --print accesses.html
examples-audit-export =
    renkei audit export 12345 --out audit.ndjson
    renkei audit export 12345 --from 2026-04-01 --until 2027-04-01 --out audit-2026.ndjson
examples-audit-maintenance =
    renkei audit maintenance --from 2026-07-01 --until 2026-08-01
    renkei audit maintenance --count
examples-provision-list =
    renkei provision list 12345
    renkei provision list 12345 --from 2026-04-01 --until 2027-04-01 --print record.html
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
