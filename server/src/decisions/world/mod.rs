//! A region with people, and patients in every relation and state to organisations of thirteen roles.

mod clock;
mod people;
mod region;
mod setting;

pub(super) use self::region::Region;
pub(super) use self::setting::Setting;
