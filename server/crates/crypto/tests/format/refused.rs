//! What must be refused, and how.

use data_encoding::HEXLOWER;
use renkei_crypto::blob::{CHUNK_SIZE, HEADER_LEN, Manifest, PART_SIZE, SEALED_CHUNK_SIZE};
use serde_json::{Value, json};

use crate::{World, hex};

/// Values in a place that is not theirs, and altered ones.
pub(crate) fn values(world: &World, wrapped: &[Value], sealed: &[Value]) -> Vec<Value> {
    let mut refused = Vec::new();
    let mut add = |kind: &str, name: &str, value: &Value, refusal: &str, change: &[(&str, Value)]| {
        let mut value = value.clone();
        for (field, content) in change {
            value[field] = content.clone();
        }
        for field in ["child", "content"] {
            value.as_object_mut().expect("an object").remove(field);
        }
        (value["kind"], value["name"], value["refusal"]) = (kind.into(), name.into(), refusal.into());
        refused.push(value);
    };
    for (kind, field, value) in [("wrapped", "wrapped", &wrapped[2]), ("sealed", "sealed", &sealed[0])] {
        let bytes = HEXLOWER.decode(value[field].as_str().expect("hex").as_bytes()).expect("hex");
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            [(field, Value::from(hex(&bytes)))]
        };
        add(kind, "nothing", value, "damaged", &with(&Vec::clear));
        add(kind, "another format", value, "unknown_format", &with(&|bytes| bytes[0] ^= 3));
        add(kind, "manifest's format", value, "unknown_format", &with(&|bytes| bytes[0] = 3));
        add(kind, "nonce altered", value, "damaged", &with(&|bytes| bytes[24] ^= 1));
        add(kind, "ciphertext altered", value, "damaged", &with(&|bytes| bytes[25] ^= 0x80));
        add(kind, "tag altered", value, "damaged", &with(&|bytes| *bytes.last_mut().expect("a tag") ^= 1));
        add(kind, "cut by a byte", value, "damaged", &with(&|bytes| bytes.truncate(bytes.len() - 1)));
        add(kind, "cut in the nonce", value, "damaged", &with(&|bytes| bytes.truncate(24)));
        add(kind, "a byte more", value, "damaged", &with(&|bytes| bytes.push(0)));
    }
    let blob = &wrapped[2];
    add("wrapped", "another parent", blob, "damaged", &[("parent", hex(world.root.expose()).into())]);
    add("wrapped", "another version of the parent", blob, "damaged", &[("parent_version", 1.into())]);
    add("wrapped", "another purpose", blob, "damaged", &[("purpose", "patient-key".into())]);
    add("wrapped", "another patient", blob, "damaged", &[("patient", hex(&world.attachment).into())]);
    add("wrapped", "another attachment", blob, "damaged", &[("child_id", hex(&world.patient).into())]);
    add("wrapped", "another version", blob, "damaged", &[("child_version", 2.into())]);
    let body = &sealed[0];
    let part = |number: usize, bytes: &[u8]| {
        let mut parts = body["parts"].clone();
        parts[number] = hex(bytes).into();
        [("parts", parts)]
    };
    add("sealed", "another patient's row", body, "damaged", &part(0, &world.attachment));
    add("sealed", "another entry's row", body, "damaged", &part(1, &world.attachment));
    add("sealed", "another revision", body, "damaged", &part(2, &2u32.to_be_bytes()));
    add("sealed", "another category", body, "damaged", &part(3, b"NURSING"));
    add("sealed", "another author", body, "damaged", &part(4, &world.attachment));
    add(
        "sealed",
        "said to be restricted",
        body,
        "damaged",
        &[("parts", {
            let mut parts = body["parts"].clone();
            parts.as_array_mut().expect("parts").push(hex(b"MENTAL_HEALTH").into());
            parts
        })],
    );
    add(
        "sealed",
        "restriction taken away",
        &sealed[1],
        "damaged",
        &[("parts", {
            let mut parts = sealed[1]["parts"].clone();
            parts.as_array_mut().expect("parts").pop();
            parts
        })],
    );
    add("sealed", "another purpose", &sealed[2], "damaged", &[("purpose", "invitation".into())]);
    let patient_key = hex(world.patient_key.expose());
    add("sealed", "another key", body, "damaged", &[("key", patient_key.into())]);
    refused
}

/// Encodings that no writer makes.
pub(crate) fn manifests(short: &Manifest, long: &Manifest) -> Vec<Value> {
    let (short, long) = (short.encode().expect("a valid manifest"), long.encode().expect("a valid manifest"));
    let mut refused = Vec::new();
    let mut add = |name: &str, refusal: &str, encoded: &[u8], change: &dyn Fn(&mut Vec<u8>)| {
        let mut plain = encoded.to_vec();
        change(&mut plain);
        refused.push(
            json!({ "kind": "manifest_plain", "name": name, "refusal": refusal, "plain": hex(&plain) }),
        );
    };
    // offsets: version 0, length 1, hash 9, parts 41, first part 45 (content 45, sealed 49, hash 57, prefix 89)
    let texts = short.len() - 4 - "傷.png".len() - 4 - "image/png".len();
    add("nothing", "damaged", &short, &Vec::clear);
    add("version 0", "unknown_format", &short, &|plain| plain[0] = 0);
    add("version 3", "unknown_format", &short, &|plain| plain[0] = 3);
    add("version 1 with prefixes", "damaged", &short, &|plain| plain[0] = 1);
    add("length too great by one", "damaged", &short, &|plain| plain[8] += 1);
    add("no parts", "damaged", &short, &|plain| {
        plain[1..9].fill(0);
        plain[41..45].fill(0);
        plain.drain(45..texts);
    });
    add("too many parts", "damaged", &short, &|plain| plain[41..45].fill(0xff));
    add("an empty part", "damaged", &short, &|plain| {
        plain[8] = 0;
        plain[48] = 0;
        plain[56] = 71;
    });
    add("sealed length too great by one", "damaged", &short, &|plain| plain[56] += 1);
    add("a part of more than 8 MiB", "damaged", &short, &|plain| {
        let (len, sealed) = (PART_SIZE as u64 + 1, 55 + PART_SIZE as u64 + 1 + 129 * 16);
        plain[1..9].copy_from_slice(&len.to_be_bytes());
        plain[45..49].copy_from_slice(&(len as u32).to_be_bytes());
        plain[49..57].copy_from_slice(&sealed.to_be_bytes());
    });
    add("parts in another order", "damaged", &long, &|plain| {
        let (first, second) = plain[45..171].split_at_mut(63);
        first.swap_with_slice(second);
    });
    add("cut by a byte", "damaged", &short, &|plain| plain.truncate(plain.len() - 1));
    add("a byte more", "damaged", &short, &|plain| plain.push(0));
    add("file name not UTF-8", "damaged", &short, &|plain| plain[texts + 4] = 0xff);
    add("file name too long", "damaged", &short, &|plain| {
        let old = "傷.png".len();
        plain.splice(texts..texts + 4 + old, [&1025u32.to_be_bytes()[..], &[b'a'; 1025]].concat());
    });
    refused
}

/// Files of which something was changed.
pub(crate) fn files(world: &World) -> Vec<Value> {
    let mut refused = Vec::new();
    let mut add = |file: &str, name: &str, refusal: &str, given_out: usize, rest: Value| {
        let mut value = json!({ "kind": "file", "file": file, "name": name, "refusal": refusal,
            "given_out": given_out, "changes": [] });
        for (field, content) in rest.as_object().expect("an object") {
            value[field] = content.clone();
        }
        refused.push(value);
    };
    let flip = |part: usize, offset: usize, mask: u8| json!({ "changes": [{ "change": "flip", "part": part, "offset": offset, "mask": mask }] });
    let cut = |part: usize, length: usize| json!({ "changes": [{ "change": "cut", "part": part, "length": length }] });
    let (chunk, second) = (CHUNK_SIZE, HEADER_LEN + SEALED_CHUNK_SIZE);
    add("1 byte", "another magic", "unknown_format", 0, flip(0, 0, 1));
    add("1 byte", "another version", "unknown_format", 0, flip(0, 3, 2));
    add("1 byte", "commitment altered", "wrong_key", 0, flip(0, 4, 1));
    add("1 byte", "commitment altered at its end", "wrong_key", 0, flip(0, 35, 0x80));
    add("1 byte", "nonce prefix altered", "damaged", 0, flip(0, 36, 1));
    add("1 byte", "ciphertext altered", "damaged", 0, flip(0, 55, 1));
    add("1 byte", "tag altered", "damaged", 0, flip(0, 71, 0x80));
    add("1 byte", "the object is empty", "damaged", 0, cut(0, 0));
    add("1 byte", "cut in the header", "damaged", 0, cut(0, 54));
    add("1 byte", "cut behind the header", "damaged", 0, cut(0, 55));
    add("1 byte", "cut in the tag", "damaged", 0, cut(0, 71));
    let others = [("patient", hex(&world.attachment)), ("attachment", hex(&world.patient))];
    for (field, other) in others {
        add("1 byte", &format!("another {field}"), "damaged", 0, json!({ field: other }));
    }
    let other_key = hex(world.patient_key.expose());
    add("1 byte", "another key", "wrong_key", 0, json!({ "blob_key": other_key }));
    let from = |part: usize, other: &str, other_part: usize| {
        json!({ "changes": [
            { "change": "from_file", "part": part, "other": other, "other_part": other_part }] })
    };
    add("1 byte", "another try at the part", "damaged", 0, from(0, "1 byte, another try", 0));
    add("1 byte", "the preview in its place", "wrong_key", 0, from(0, "preview", 0));
    add("65537 bytes", "second chunk altered", "damaged", chunk, flip(0, second, 1));
    add("65537 bytes", "cut behind the first chunk", "damaged", chunk, cut(0, second));
    add("65537 bytes", "first chunk altered", "damaged", 0, flip(0, second - 1, 1));
    let swap = |change: &str| json!({ "change": change, "part": 0, "a": 0, "b": 1 });
    add("8388609 bytes", "chunks swapped", "damaged", 0, json!({ "changes": [swap("swap_chunks")] }));
    add("8388609 bytes", "parts swapped", "damaged", 0, json!({ "changes": [swap("swap_parts")] }));
    add("8388609 bytes", "last part altered", "damaged", PART_SIZE, flip(1, 55, 1));
    add("8388609 bytes", "first part cut", "damaged", PART_SIZE - chunk, cut(0, 55 + 127 * 65_552));
    let of_another = world.part(&world.blob_key, 1, &[7]);
    add(
        "8388609 bytes",
        "another try at the last part",
        "damaged",
        PART_SIZE,
        json!({ "changes": [
        { "change": "replace", "part": 1, "sealed": hex(&of_another) }] }),
    );
    refused
}
