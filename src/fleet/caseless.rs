//! Names as Azure compares them: ASCII letters without regard to case.

use std::hash::{Hash, Hasher};

/// A key to look ids and names up by; borrowed, since a fleet has tens of thousands.
#[derive(Clone, Copy, Debug)]
pub struct Caseless<'a>(pub &'a str);

impl PartialEq for Caseless<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Caseless<'_> {}

impl Hash for Caseless<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In pieces: a hasher is slow with single bytes.
        let mut lower = [0; 64];
        for piece in self.0.as_bytes().chunks(lower.len()) {
            let (lower, _) = lower.split_at_mut(piece.len());
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
        // As `str` does, so that two keys in a row are not one.
        state.write_u8(0xff);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_azure_takes_for_the_same_is_found(text in ".{0,40}", flips in any::<u64>()) {
            let other: String = text
                .chars()
                .enumerate()
                .map(|(n, c)| if flips >> (n % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect();
            let map = HashMap::from([(Caseless(&text), ())]);
            prop_assert!(map.contains_key(&Caseless(&other)));
        }

        #[test]
        fn what_differs_in_more_than_case_is_not(a in "[@A\\[`a{0P p]{0,12}", b in "[@A\\[`a{0P p]{0,12}") {
            let map = HashMap::from([(Caseless(&a), ())]);
            prop_assert_eq!(map.contains_key(&Caseless(&b)), a.eq_ignore_ascii_case(&b));
        }
    }
}
