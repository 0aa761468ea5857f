# 全画面。

tui-too-small = 画面が小さすぎます。
tui-connecting = 接続中…
tui-online = オンライン
tui-offline = オフライン。再接続しています
tui-loading = 読み込み中…
tui-not-loaded = 読み込めませんでした。矢印キーで再試行します。
tui-searching = 検索中…
tui-sending = 送信中 { $count }
tui-waiting = 未送信 { $count }
tui-refused = 送信不可 { $count }: renkei outbox list
tui-typed = 書きかけ { $count }

tui-view-unread = 未読
tui-view-mentions = 自分宛て
tui-view-questions = 未回答の質問
tui-view-to-finalize = 未確定の代行入力
tui-view-all = 患者一覧
tui-none-unread = 未読はありません。5 で患者一覧を表示します。
tui-none-waiting = 該当する記録はありません。
tui-none-all = 患者はいません。
tui-no-patient = 左で患者を選び、Enter で開きます。
tui-reply-of = > #{ $seq } { $author }: { $text }
tui-found = 「{ $query }」{ $count } 件

tui-new-message = 新しい連絡
tui-reply-to = #{ $seq } { $author } への返信
tui-correction-of = #{ $seq } { $author } の訂正
tui-whom = 宛先 { $whom }
tui-whom-count = 宛先 { $count } 件
tui-whom-failed = 宛先「{ $whom }」？
tui-ask-words = 検索:
tui-ask-word = #{ $seq } を確認（一言。空欄も可）:
tui-ask-reason = 訂正の理由:
tui-ask-retraction = #{ $seq } { $what } を取り消す理由:
tui-ask-whom = 宛先（氏名、role:nurse など）:
tui-ask-finalize = #{ $seq } { $what } を確定しますか。以後は自分の記録になります。
tui-files = どのファイルを開きますか

tui-select-patient = 先に患者を開いてください（Enter）。
tui-select-entry = 先に記録を選んでください（Tab、矢印キー）。
tui-no-file = この記録に添付はありません。
tui-opening = 添付を開いています…
tui-opened = 開きました: { $file }
tui-downloaded =
    この画面をロックするか終えるまで、ここに保存しています:
    { $path }
tui-kept-typed = 書きかけの文章は残っています。r、n、c で続けられます。
tui-nothing-typed = 何も入力されていません。
tui-sent = #{ $seq } として記録しました。
tui-acknowledged = #{ $seq } を確認しました。
tui-acknowledged-before = この記録は確認済みです。
tui-finalised = #{ $seq } を確定しました。
tui-final-already = この記録は確定待ちではありません。
tui-not-responsible = この記録を確定するのは { $responsible } さんです。
tui-not-own = 訂正や取り消しは、記録の責任者だけができます。
tui-amended-before = この記録は訂正済みか、取り消し済みです。
tui-being-amended = この記録の訂正または取り消しを送信しているところです。
tui-not-retracted = 取り消しは送信していません。入力した理由は残っています。x で続けられます。
tui-correction-stands = 訂正では、至急・種類・宛先は元の記録のままです。
tui-reason-missing = 理由を入力してください。
tui-addressing = 宛先を調べています。
tui-not-addressed = 宛先「{ $whom }」を特定できていません。Alt-M で入力し直してください。空欄にすると宛先なしになります。
tui-access-ended = この患者へのアクセスは終了しました。

tui-locked = ロック中
tui-locked-why = 離席中に他の人が読まないよう、セッションを終了しました。
tui-logged-out = ログアウトしました
tui-log-in = Enter: ログイン
tui-unsent-stays = 送信していない文章は残っています。
tui-press-enter = Enter を押すと続けます。

tui-leave = 送信していないものがあります。終了しますか
tui-leave-typed = 失われる書きかけの文章: { $count } 件
tui-leave-outgoing = 未送信で、下書きに残るもの: { $count } 件

tui-help-title = キー操作
tui-help =
    ↑ ↓ j k : 上下に移動
    Enter : 患者を開く
    Tab : 一覧 ⇄ タイムライン
    1–5 ← → : 一覧の表示を切り替え
    PgUp PgDn g G : スクロール、先頭、末尾
    n r : 新しい連絡、選んだ記録に返信
    e : 訪問記録をエディタで書く
    a : 確認（一言を添えられます）
    m : 既読にする
    f : 自分のための代行入力を確定
    c x : 訂正、取り消し
    / : この患者の記録を検索
    o : 添付を開く
    Ctrl-S Alt-Enter : 書いた文章を送信
    Alt-U/I/M : 至急、質問・報告・回答、宛先
    L : ロック
    Esc q : 戻る、終了

tui-keys-list = ? ヘルプ  q 終了  Enter 開く  Tab 切替  1–5 表示
tui-keys-timeline = ? ヘルプ  r 返信  n 連絡  a 確認  / 検索  o 添付  e 訪問記録  Tab 一覧  q 終了
tui-keys-compose = Ctrl-S 送信  Alt-U 至急  Alt-I 質問など  Alt-M 宛先  Esc 閉じる（残ります）
tui-keys-prompt = Enter 決定  Esc 取消
tui-keys-found = Enter 移動  ↑↓ 選択  Esc 戻る
tui-keys-files = 1–9 開く  Esc 戻る
tui-keys-finalize = y 確定  他のキー 戻る
tui-keys-any = どのキーでも戻ります
tui-keys-door = Enter ログイン  q 終了
tui-keys-leave = y 終了  他のキー 戻る
