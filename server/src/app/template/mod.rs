//! Templates of organisations. They are no patient data: every session may read those of its organisation.

mod change;
mod list;

pub(crate) use self::change::SaveTemplate;
