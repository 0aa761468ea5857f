# プロトコルの値の呼び名と、表の見出し。

role-doctor = 医師
role-dentist = 歯科医師
role-pharmacist = 薬剤師
role-nurse = 看護師
role-care-manager = ケアマネジャー
role-therapist = 療法士
role-dietitian = 管理栄養士
role-care-worker = 介護職
role-social-worker = 社会福祉士
role-coordinator = 連携拠点
role-administrator = 管理者

category-visit-note = 訪問記録
category-vital-signs = バイタル
category-medication = 薬剤
category-laboratory = 検査
category-nursing = 看護
category-care-plan = ケアプラン
category-daily-life = ADL・生活
category-conference = カンファレンス
category-referral = 紹介・入退院
category-message = 連絡
category-document = 文書
category-notice = お知らせ

sensitivity-normal = 通常
sensitivity-mental-health = 精神
sensitivity-substance-use = 依存症
sensitivity-infection = 感染症
sensitivity-genetic = 遺伝
sensitivity-abuse = 虐待・暴力

position-none = 位置情報はありません
position-kept = 位置情報が含まれています
position-removed = 位置情報を取り除きました

purpose-treatment = 診療・ケア
purpose-care-management = 連絡調整
purpose-quality-improvement = 質の向上・研修
purpose-emergency = 緊急

kind-hospital = 病院
kind-clinic = 診療所
kind-dental-clinic = 歯科診療所
kind-pharmacy = 薬局
kind-home-visit-nursing = 訪問看護ステーション
kind-care-management = 居宅介護支援事業所
kind-care-service = 介護サービス事業所
kind-community-support-center = 地域包括支援センター
kind-coordination-office = 連携拠点
position-keep = 残す
position-remove = 取り除く

sex-male = 男性
sex-female = 女性
sex-other = その他
sex-unknown = 不明

membership-invited = 招待中
membership-accepted = 承諾
membership-declined = 辞退
membership-left = 退出
membership-removed = 除外

staff-all = 全職員
staff-assigned = 担当者のみ

notice-consent-recorded = { $actor }が患者の同意を記録しました。
notice-consent-amended = { $actor }が患者の同意を新しい同意書で更新しました。
notice-consent-withdrawn-in-part = { $actor }が患者の同意の一部撤回を記録しました。
notice-consent-withdrawn = { $actor }が患者の同意の撤回を記録しました。
notice-member-invited = { $actor }が { $about } をケアチームに招待しました。
notice-member-joined = { $actor }が招待を承諾し、{ $about } がケアチームに加わりました。
notice-member-declined = { $actor }が招待を辞退し、{ $about } はケアチームに加わらないことになりました。
notice-member-left = { $actor }の手続きにより、{ $about } がケアチームから退出しました。
notice-member-removed = { $actor }が { $about } をケアチームから外しました。
notice-custodian-offered = { $actor }が { $about } に主管機関の引き継ぎを依頼しました。
notice-custodian-offer-ended = { $actor }の辞退または取り消しにより、{ $about } への主管機関の引き継ぎは行わないことになりました。
notice-custodian-changed = { $actor }が引き継ぎを承諾し、{ $about } が主管機関になりました。
notice-break-glass = { $actor }が緊急アクセスでこの患者の記録を開きました。
notice-break-glass-reviewed = { $actor }が { $about } の緊急アクセスを確認しました。
notice-person-of = { $person }（{ $organization }）
notice-not-named = （記載なし）
notice-text = 理由: { $text }

decision-permit = 許可
decision-deny = 拒否

effect-permit = 同意
effect-deny = 不同意

signer-patient = 本人
signer-representative = 代理人

relation-spouse = 配偶者
relation-child = 子
relation-parent = 親
relation-sibling = 兄弟姉妹
relation-guardian = 成年後見人等
relation-other-relative = その他の親族
relation-other = その他

why-permitted = 同意あり
why-break-glass = 緊急アクセス
why-denied = 不同意
why-no-consent = 同意なし
why-sensitivity-not-named = 同意に機微区分の明記なし
why-not-accepted = 招待を承諾していない
why-not-member = ケアチームに属していない
why-not-assigned = 所属機関の担当者ではない
why-role = 患者の情報を閲覧しない職種
why-inactive = 利用停止中、または所属が終了

emergency-life-threatening = 生命・身体の危険
emergency-emergency-transport = 急変・救急搬送
emergency-disaster = 災害
emergency-patient-unable = 意思確認困難

verdict-justified = 妥当
verdict-not-justified = 不適切

action-device-enroll = 端末の登録
action-login = ログイン
action-logout = ログアウト
action-organization-create = 機関の登録
action-person-create = 利用者の登録
action-affiliation-create = 所属の登録
action-enrollment-code-create = 登録コードの発行
action-patient-register = 患者の登録
action-patient-read = 基本情報の閲覧
action-care-team-invite = ケアチームへの招待
action-care-team-answer = 招待への回答
action-care-team-read = ケアチームの閲覧
action-consent-record = 同意の記録
action-consent-withdraw = 同意の撤回
action-consent-read = 同意の閲覧
action-entry-post = 記録の投稿
action-entry-read = 記録の閲覧
action-entry-mark-read = 既読
action-readers-read = 既読者の閲覧
action-attachment-upload = 添付の登録
action-attachment-read = 添付の閲覧
action-audit-read = 監査ログの閲覧
action-session-revoke = セッションの失効
action-consent-amend = 同意の変更
action-care-team-leave = ケアチームからの退出
action-care-team-remove = ケアチームからの除外
action-care-team-staff = 担当者の設定
action-custodian-offer = 主管機関の引き継ぎの依頼・取り消し
action-custodian-answer = 主管機関の引き継ぎへの回答
action-person-suspend = 利用者の利用停止
action-person-reinstate = 利用停止の解除
action-affiliation-end = 所属の終了
action-break-glass = 緊急アクセス
action-break-glass-read = 緊急アクセスの一覧の閲覧
action-break-glass-review = 緊急アクセスの確認
action-access-read = 閲覧できる範囲の照会
action-provision-read = 第三者提供の記録の閲覧
action-entry-search = 記録の検索
action-patient-shred = 患者の鍵の破棄
action-organization-update = 機関のファイルの取り扱いの変更

vital-blood-pressure = 血圧
vital-8480-6 = 収縮期血圧
vital-8462-4 = 拡張期血圧
vital-8310-5 = 体温
vital-8867-4 = 脈拍
vital-9279-1 = 呼吸数
vital-2708-6 = SpO2
vital-29463-7 = 体重
vital-8302-2 = 身長
vital-2339-0 = 血糖

column-action = 操作
column-actor = 利用者
column-affiliation-id = 所属ID
column-assigned = 担当者
column-birth-date = 生年月日
column-category = 区分
column-certificate-until = 証明書の期限
column-changes = 変更予定
column-content = 内容
column-custodian = 主管機関
column-decision = 判定
column-draft-id = 下書きID
column-ground = 根拠
column-id = ID
column-invited = 招待日時
column-items = 項目
column-kind = 種別
column-local-identifier = 患者番号
column-logged-in = ログイン中
column-login-name = ログイン名
column-member = 機関・氏名
column-name = 名称・氏名
column-name-kana = よみがな
column-object = 対象
column-offered-custodian = 引き継ぎ
column-organization = 機関
column-patient = 患者
column-person = 氏名
column-profile = プロファイル
column-provision-day = 提供日
column-purpose = 利用目的
column-read = 閲覧
column-recipient = 提供先
column-registered = 登録日時
column-role = 職種
column-server = サーバー
column-sex = 性別
column-since = 状態の日時
column-staff = 閲覧者
column-status = 状態
column-through = 根拠
column-time = 日時
