//! Sets of response codes, written as `2xx` or `200`.

use serde::Deserialize;

/// A set of response codes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Codes(Vec<std::ops::RangeInclusive<u16>>);

impl Codes {
    pub fn contain(&self, code: u16) -> bool {
        self.0.iter().any(|range| range.contains(&code))
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<String>> for Codes {
    type Error = String;
    fn try_from(words: Vec<String>) -> Result<Self, String> {
        words.iter().map(|word| range(word)).collect::<Result<_, _>>().map(Self)
    }
}

fn range(word: &str) -> Result<std::ops::RangeInclusive<u16>, String> {
    let wrong = || format!("“{word}” is no response code; write 200 or 2xx");
    if let Some(class) = word.strip_suffix("xx") {
        let class: u16 = class.parse().map_err(|_| wrong())?;
        return if (1..=9).contains(&class) { Ok(class * 100..=class * 100 + 99) } else { Err(wrong()) };
    }
    let code: u16 = word.parse().map_err(|_| wrong())?;
    if (100..=999).contains(&code) { Ok(code..=code) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_its_hundred_codes_and_a_code_itself() {
        let codes = Codes::try_from(vec!["2xx".to_string(), "429".to_string()]).unwrap();
        for (code, is_in) in [(199, false), (200, true), (299, true), (300, false), (429, true), (428, false)] {
            assert_eq!(codes.contain(code), is_in, "{code}");
        }
        for bad in ["", "xx", "20", "2x", "0xx", "1000"] {
            assert!(Codes::try_from(vec![bad.to_string()]).is_err(), "{bad}");
        }
    }
}
