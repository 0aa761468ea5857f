//! Documents: what the files of an entry are.

use jiff::civil::Date;

use super::Coding;
use super::stored::stored;
use super::texts::Texts;

stored! {
    /// 文書.
    pub struct Document {
        /// Title. Empty in a template only.
        pub title: String,
        /// Kind of document.
        pub document_type: Option<Coding>,
        /// 発行日.
        pub issue_date: Option<Date>,
        /// 発行元.
        pub issuer: String,
        /// Remark.
        pub remark: String,
    }
}

impl Document {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { title, document_type, issue_date: _, issuer, remark } = self;
        texts.add("document.title", title);
        texts.code("document.type.display", document_type.as_ref());
        texts.add("document.issuer", issuer);
        texts.add("document.remark", remark);
    }
}
