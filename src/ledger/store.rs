//! The ledger as bytes: a header that names the program that wrote it, a check sum, and postcard.
//!
//! A ledger of another program, cut short, or with a flipped bit reads as no ledger at all, which means a clean
//! build. No length in it is trusted: postcard grows what it decodes as the bytes come.

use crate::id::{Name, table};
use crate::site::Hash;
use serde::Serialize;
use serde::de::DeserializeOwned;

const MAGIC: &[u8; 8] = b"bbledger";
/// Magic, the program's build, and the check sum.
const HEAD: usize = 40;

/// Encodes `value` under the name of the program's build `id`. Each name in it is written once.
pub fn encode<T: Serialize>(value: &T, id: Hash, capacity: usize) -> Option<Vec<u8>> {
    let (body, names) = table::collect(|| postcard::to_extend(value, Vec::with_capacity(capacity.max(1 << 12))));
    let (body, names) = (body.ok()?, names.iter().map(|name| name.as_str()).collect::<Vec<&str>>());
    let mut bytes = Vec::with_capacity(body.len() + names.len() * 40 + HEAD);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&id.0.to_le_bytes());
    bytes.extend_from_slice(&[0; 16]);
    let mut bytes = postcard::to_extend(&names, bytes).ok()?;
    bytes.extend_from_slice(&body);
    let sum = Hash::of_bytes(bytes.get(HEAD..)?).0.to_le_bytes();
    bytes.get_mut(HEAD - 16..HEAD)?.copy_from_slice(&sum);
    Some(bytes)
}

/// Decodes what [`encode`] wrote under the same `id`; `None` when it did not.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], id: Hash) -> Option<T> {
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let (magic, rest) = head.split_at_checked(8)?;
    let (by, sum) = rest.split_at_checked(16)?;
    let whole = magic == MAGIC && by == id.0.to_le_bytes() && sum == Hash::of_bytes(body).0.to_le_bytes();
    if !whole {
        return None;
    }
    let (names, body): (Vec<&str>, &[u8]) = postcard::take_from_bytes(body).ok()?;
    let names = names.into_iter().map(Name::new).collect();
    table::with(names, || postcard::from_bytes(body).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_flipped_or_of_another_build_reads_as_nothing() {
        let bytes = encode(&vec!["a".to_string(), "b".to_string()], Hash(7), 0).unwrap();
        assert_eq!(decode::<Vec<String>>(&bytes, Hash(7)), Some(vec!["a".into(), "b".into()]));
        assert_eq!(decode::<Vec<String>>(&bytes, Hash(8)), None);
        for cut in 0..bytes.len() {
            assert_eq!(decode::<Vec<String>>(&bytes[..cut], Hash(7)), None);
            let mut flipped = bytes.clone();
            flipped[cut] ^= 1;
            assert_eq!(decode::<Vec<String>>(&flipped, Hash(7)), None);
        }
    }
}
