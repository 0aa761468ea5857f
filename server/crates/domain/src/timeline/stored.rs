//! Structs as they are stored: what is empty is not written, and what is not there is empty. So a field that is added
//! later does not keep older entries from opening.

/// Whether a value says nothing, so that it is not written.
pub(super) trait Unsaid {
    /// It does.
    fn is_unsaid(&self) -> bool;
}

impl Unsaid for String {
    fn is_unsaid(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Unsaid for Vec<T> {
    fn is_unsaid(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Unsaid for Option<T> {
    fn is_unsaid(&self) -> bool {
        self.is_none()
    }
}

impl Unsaid for bool {
    fn is_unsaid(&self) -> bool {
        !self
    }
}

/// The structs are declared as usual; names are the stored format (ADR 010). What an entry must have is decided
/// where it is accepted, since a template of an entry may lack it.
macro_rules! stored {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(default, skip_serializing_if = "crate::timeline::stored::Unsaid::is_unsaid")]
            pub $field: $type,
        )+}
    )+};
}

pub(super) use stored;
