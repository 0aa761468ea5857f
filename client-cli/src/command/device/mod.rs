//! `renkei device`: this computer as the second factor.

mod enroll;

verbs! {
    Enroll => enroll,
}
