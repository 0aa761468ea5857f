//! Who plays: invented people of invented facilities.

/// A person of the story; the login name is also the name of the person's profile.
pub struct Person {
    /// Login name.
    pub login: &'static str,
    /// Name.
    pub name: &'static str,
    /// Reading of the name.
    pub kana: &'static str,
    /// Role, as the client takes it.
    pub role: &'static str,
    /// What the person is, in Japanese and English.
    pub title: (&'static str, &'static str),
    /// Name of the organisation.
    pub organization: &'static str,
    /// Kind of the organisation, as the client takes it.
    pub kind: &'static str,
    /// What the person calls the device.
    pub device: &'static str,
    /// Password.
    pub password: &'static str,
}

/// Login name of the administrator.
pub const ADMIN: &str = "admin";
/// Password of the administrator.
pub(super) const ADMIN_PASSWORD: &str = "kodomo-no-hi-55";

/// The doctor.
pub(super) const DOCTOR: &str = "sato";
/// The care manager.
pub(super) const CARE_MANAGER: &str = "suzuki";
/// The nurse.
pub(super) const NURSE: &str = "takahashi";
/// A nurse of the same station.
pub(super) const COLLEAGUE: &str = "nakamura";
/// The pharmacist.
pub(super) const PHARMACIST: &str = "tanaka";
/// The clerk of the doctor's clinic.
pub(super) const CLERK: &str = "watanabe";
/// The dentist.
pub(super) const DENTIST: &str = "ito";
/// The social worker of the hospital.
pub(super) const SOCIAL_WORKER: &str = "yamamoto";
/// The care worker.
pub(super) const CARE_WORKER: &str = "kobayashi";
/// The therapist of the community support centre.
pub(super) const THERAPIST: &str = "kato";

/// Everybody but the administrator, the doctor first.
pub const PEOPLE: [Person; 10] = [
    Person {
        login: DOCTOR,
        name: "佐藤 健一",
        kana: "サトウ ケンイチ",
        role: "doctor",
        title: ("医師", "doctor"),
        organization: "さくら在宅クリニック",
        kind: "clinic",
        device: "往診用ノートパソコン",
        password: "akebono-17-tsubaki",
    },
    Person {
        login: CARE_MANAGER,
        name: "鈴木 恵子",
        kana: "スズキ ケイコ",
        role: "care_manager",
        title: ("ケアマネジャー", "care manager"),
        organization: "居宅介護支援事業所ひだまり",
        kind: "care_management",
        device: "事務所のパソコン",
        password: "minamikaze-29-yuzu",
    },
    Person {
        login: NURSE,
        name: "高橋 美咲",
        kana: "タカハシ ミサキ",
        role: "nurse",
        title: ("訪問看護師", "visiting nurse"),
        organization: "訪問看護ステーションつばさ",
        kind: "home_visit_nursing",
        device: "訪問用タブレット",
        password: "hoshizora-83-kaede",
    },
    Person {
        login: COLLEAGUE,
        name: "中村 彩",
        kana: "ナカムラ アヤ",
        role: "nurse",
        title: ("訪問看護師", "visiting nurse"),
        organization: "訪問看護ステーションつばさ",
        kind: "home_visit_nursing",
        device: "訪問用タブレット 2",
        password: "shirasagi-44-ayame",
    },
    Person {
        login: PHARMACIST,
        name: "田中 誠",
        kana: "タナカ マコト",
        role: "pharmacist",
        title: ("薬剤師", "pharmacist"),
        organization: "みどり調剤薬局",
        kind: "pharmacy",
        device: "薬局のパソコン",
        password: "asagiri-61-momiji",
    },
    Person {
        login: CLERK,
        name: "渡辺 由美",
        kana: "ワタナベ ユミ",
        role: "coordinator",
        title: ("医療事務", "clerk"),
        organization: "さくら在宅クリニック",
        kind: "clinic",
        device: "受付のパソコン",
        password: "komorebi-38-tsuru",
    },
    Person {
        login: DENTIST,
        name: "伊藤 浩",
        kana: "イトウ ヒロシ",
        role: "dentist",
        title: ("歯科医師", "dentist"),
        organization: "あおば訪問歯科",
        kind: "dental_clinic",
        device: "訪問歯科用ノートパソコン",
        password: "yukimichi-52-hagi",
    },
    Person {
        login: SOCIAL_WORKER,
        name: "山本 直子",
        kana: "ヤマモト ナオコ",
        role: "social_worker",
        title: ("医療ソーシャルワーカー", "social worker"),
        organization: "星見台病院",
        kind: "hospital",
        device: "地域連携室のパソコン",
        password: "asanagi-76-suisen",
    },
    Person {
        login: CARE_WORKER,
        name: "小林 大輔",
        kana: "コバヤシ ダイスケ",
        role: "care_worker",
        title: ("訪問介護員", "care worker"),
        organization: "訪問介護こもれび",
        kind: "care_service",
        device: "訪問介護用スマートフォン",
        password: "harukaze-15-nazuna",
    },
    Person {
        login: THERAPIST,
        name: "加藤 葵",
        kana: "カトウ アオイ",
        role: "therapist",
        title: ("理学療法士", "therapist"),
        organization: "地域包括支援センターひばり",
        kind: "community_support_center",
        device: "センターのパソコン",
        password: "tsukiyomi-67-keyaki",
    },
];

/// The person with this login name.
///
/// # Panics
/// If there is none: the names stand in this file.
pub(super) fn person(login: &str) -> &'static Person {
    PEOPLE.iter().find(|person| person.login == login).expect("one of the constants above")
}
