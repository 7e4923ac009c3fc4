//! Where in a JSON text an error is, e.g. `value[3].properties.vmSize`. serde_path_to_error knows, too, but doubles the
//! code of every answer that is read.

/// What is open at a place: an object with the key read last, or a list with the item's number.
enum Open {
    Object { key: String, is_value: bool },
    List(usize),
}

/// The path at a position as serde_json tells it: lines from 1, bytes of the line from 1.
pub fn at(text: &[u8], line: usize, column: usize) -> String {
    let start = text.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum::<usize>();
    let text = text.get(..start.saturating_add(column)).unwrap_or(text);
    let (mut open, mut place) = (Vec::new(), 0);
    while let Some(byte) = text.get(place) {
        place += 1;
        match (byte, open.last_mut()) {
            (b'{', _) => open.push(Open::Object { key: String::new(), is_value: false }),
            (b'[', _) => open.push(Open::List(0)),
            (b'}' | b']', _) => drop(open.pop()),
            (b',', Some(Open::Object { is_value, .. })) => *is_value = false,
            (b',', Some(Open::List(n))) => *n += 1,
            (b':', Some(Open::Object { is_value, .. })) => *is_value = true,
            (b'"', top) => {
                let end = string_end(text, place);
                if let Some(Open::Object { key, is_value: false }) = top {
                    *key = String::from_utf8_lossy(&text[place..end]).into_owned();
                }
                place = end + 1;
            }
            _ => {}
        }
    }
    shown(&open)
}

/// The place of the quote that ends a string, or the end of the text.
fn string_end(text: &[u8], from: usize) -> usize {
    let mut place = from;
    loop {
        match text.get(place) {
            None => return text.len(),
            Some(b'"') => return place,
            Some(b'\\') => place += 2,
            Some(_) => place += 1,
        }
    }
}

fn shown(open: &[Open]) -> String {
    let mut path = String::new();
    for part in open {
        match part {
            Open::List(n) => path.push_str(&format!("[{n}]")),
            Open::Object { key, .. } if key.is_empty() => {}
            Open::Object { key, .. } if path.is_empty() => path.push_str(key),
            Open::Object { key, .. } => path.push_str(&format!(".{key}")),
        }
    }
    if path.is_empty() { ".".into() } else { path }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Part {
        name: String,
        size: Option<u8>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    fn both(text: &str) -> Option<(String, String)> {
        let mut json = serde_json::Deserializer::from_str(text);
        let theirs = serde_path_to_error::deserialize::<_, Part>(&mut json).err()?.path().to_string();
        let error = serde_json::from_str::<Part>(text).err()?;
        Some((at(text.as_bytes(), error.line(), error.column()), theirs))
    }

    #[test]
    fn the_path_is_the_one_that_serde_path_to_error_tells() {
        for (text, path) in [
            (r#"{"name": 1}"#, "name"),
            (r#"{"name": "a", "size": 300}"#, "size"),
            (r#"{"name": "a\"]}", "size": "x"}"#, "size"),
            ("{\"name\": \"a\",\n \"parts\": [{\"name\": \"b\"}, {\"name\": [1]}]}", "parts[1].name"),
            (
                r#"{"name": "a", "parts": [{"name": "b", "parts": [{"name": "c", "size": -1}]}]}"#,
                "parts[0].parts[0].size",
            ),
            ("[]", "."),
            ("7", "."),
        ] {
            let (ours, theirs) = both(text).unwrap();
            assert_eq!((ours.as_str(), theirs.as_str()), (path, path), "{text}");
        }
        // Where a field is missing, it is the object.
        assert_eq!(both(r#"{"name": "a", "parts": [{"name": "b"}, {}]}"#).unwrap().0, "parts[1]");
    }

    proptest! {
        #[test]
        fn no_text_panics(text: Vec<u8>, line in 0..9_usize, column: usize) {
            at(&text, line, column);
        }
    }
}
