use super::*;

const NAME: &str = "renkei-audit/01890a5d-ac96-774b-bcce-b302099a8057";

fn key() -> SigningKey {
    SigningKey::new(NAME, &[7; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: NAME.into(),
        size: 70_000,
        root: [3; 32],
        time: 1_796_947_200_000_000,
        previous: 69_988,
    }
}

fn note() -> String {
    let key = key();
    key.verifying().note(&checkpoint(), &key.sign(&checkpoint()))
}

#[test]
fn a_signed_checkpoint_opens() {
    assert_eq!(Checkpoint::open(&note(), key().verifying()), Ok(checkpoint()));
}

#[test]
fn any_changed_byte_is_found() {
    let (note, key) = (note(), key());
    for at in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(Checkpoint::open(&changed, key.verifying()).is_err(), "{at}: {changed}");
    }
}

#[test]
fn it_says_what_is_wrong() {
    let other = SigningKey::new(NAME, &[8; 32]).unwrap();
    assert_eq!(Checkpoint::open(&note(), other.verifying()), Err(CheckpointError::OtherKey));
    let elsewhere = SigningKey::new("renkei-audit/else", &[7; 32]).unwrap();
    assert_eq!(Checkpoint::open(&note(), elsewhere.verifying()), Err(CheckpointError::OtherLog));
    let longer = note().replace("\n70000\n", "\n70001\n");
    assert_eq!(Checkpoint::open(&longer, key().verifying()), Err(CheckpointError::WrongSignature));
    for text in ["", "\n\n", "a\n1\n", &note().replace("\n70000\n", "\n070000\n"), &"x".repeat(5000)] {
        assert_eq!(Checkpoint::open(text, key().verifying()), Err(CheckpointError::Malformed), "{text}");
    }
}

#[test]
fn signatures_of_witnesses_are_passed_over() {
    let witnessed = format!("{}— witness.example AAAAAAAA\n", note());
    assert_eq!(Checkpoint::open(&witnessed, key().verifying()), Ok(checkpoint()));
}

#[test]
fn a_verifying_key_has_a_text() {
    let text = key().verifying().to_string();
    assert_eq!(VerifyingKey::parse(&text).as_ref(), Some(key().verifying()));
    assert_eq!(VerifyingKey::parse(&text.replace("b302", "b303")), None);
    assert_eq!(VerifyingKey::parse("a+b"), None);
}
