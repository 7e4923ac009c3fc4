//! JSON as a person means it: a field that stands twice is a mistake, and serde would silently take the last.

use std::{collections::BTreeSet, fmt};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Fails, with its place, at the first field that stands twice in the same object. The message names the field
/// and never a value.
pub fn no_field_twice(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<Once>(text).map(|_| ())
}

/// Reads any value and keeps nothing of it.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Once)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(field) = map.next_key::<String>()? {
            if seen.contains(&field) {
                return Err(A::Error::custom(format_args!("`{field}` stands twice")));
            }
            seen.insert(field);
            map.next_value::<Once>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Once>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_stands_twice_is_found_with_its_line() {
        no_field_twice(r#"{"a": [{"b": 1}, {"b": null}], "c": {"a": -1.5}}"#).unwrap();
        let error = no_field_twice("{\"a\": [\n{\"b\": 1,\n \"b\": \"s3cret\"}]}").unwrap_err();
        assert_eq!((error.line(), error.is_data()), (3, true));
        assert!(error.to_string().starts_with("`b` stands twice"), "{error}");
    }
}
