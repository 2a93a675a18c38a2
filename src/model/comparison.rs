//! Two texts side by side: which parts are the same, and which are not.

/// Lines of each text that are compared: what is beyond is not looked at.
pub const MOST_LINES: usize = 400;
/// Characters of a line that are shown.
const MOST_CHARACTERS: usize = 2_000;

/// How two sides stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    Same,
    Changed,
    OnlyFirst,
    OnlySecond,
}

/// One part of both sides; none where a side does not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What it is: a header's name, a line's number.
    pub name: String,
    pub first: Option<String>,
    pub second: Option<String>,
}

impl Pair {
    pub fn new(name: impl Into<String>, first: impl Into<String>, second: impl Into<String>) -> Self {
        Self { name: name.into(), first: Some(first.into()), second: Some(second.into()) }
    }
    pub fn sameness(&self) -> Sameness {
        match (&self.first, &self.second) {
            (Some(first), Some(second)) if first == second => Sameness::Same,
            (Some(_), None) => Sameness::OnlyFirst,
            (None, Some(_)) => Sameness::OnlySecond,
            _ => Sameness::Changed,
        }
    }
}

/// Headers by name, in the order of the first side; a name that comes several times is one part.
pub fn headers(first: &[(String, String)], second: &[(String, String)]) -> Vec<Pair> {
    let of = |side: &[(String, String)], name: &str| {
        let values: Vec<_> = side.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let mut pairs: Vec<Pair> = Vec::new();
    for (name, _) in first.iter().chain(second) {
        if !pairs.iter().any(|pair| pair.name == *name) {
            pairs.push(Pair { name: name.clone(), first: of(first, name), second: of(second, name) });
        }
    }
    pairs
}

/// Lines in order, those that both have beside each other.
pub fn lines(first: &str, second: &str) -> Vec<Pair> {
    let read = |text: &str| text.lines().take(MOST_LINES).map(cut).collect::<Vec<String>>();
    let (first, second) = (read(first), read(second));
    let common = common(&first, &second);
    let mut rows: Vec<(Option<String>, Option<String>)> = Vec::new();
    let (mut a, mut b) = (0, 0);
    // The end of both is the last place that they have in common.
    for (next_a, next_b) in common.into_iter().chain([(first.len(), second.len())]) {
        let (own_a, own_b) = (&first[a..next_a], &second[b..next_b]);
        for i in 0..own_a.len().max(own_b.len()) {
            rows.push((own_a.get(i).cloned(), own_b.get(i).cloned()));
        }
        if let (Some(line), Some(same)) = (first.get(next_a), second.get(next_b)) {
            rows.push((Some(line.clone()), Some(same.clone())));
        }
        (a, b) = (next_a + 1, next_b + 1);
    }
    let numbered = rows.into_iter().enumerate();
    numbered.map(|(i, (first, second))| Pair { name: (i + 1).to_string(), first, second }).collect()
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The places of a longest sequence of lines that both have, in order.
fn common(first: &[String], second: &[String]) -> Vec<(usize, usize)> {
    // How many lines of what follows are common, from each pair of places on.
    let mut rest = vec![vec![0_u16; second.len() + 1]; first.len() + 1];
    for a in (0..first.len()).rev() {
        for b in (0..second.len()).rev() {
            rest[a][b] =
                if first[a] == second[b] { rest[a + 1][b + 1] + 1 } else { rest[a + 1][b].max(rest[a][b + 1]) };
        }
    }
    let (mut a, mut b, mut places) = (0, 0, Vec::new());
    while a < first.len() && b < second.len() {
        if first[a] == second[b] {
            places.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if rest[a + 1][b] >= rest[a][b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(first: &str, second: &str) -> Vec<(Option<String>, Option<String>)> {
        lines(first, second).into_iter().map(|pair| (pair.first, pair.second)).collect()
    }

    #[test]
    fn lines_that_both_have_stand_beside_each_other() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told("a\nb\nc", "a\nx\nc\nd"),
            [(some("a"), some("a")), (some("b"), some("x")), (some("c"), some("c")), (None, some("d"))]
        );
        assert_eq!(told("a\nb", "b"), [(some("a"), None), (some("b"), some("b"))]);
        assert_eq!(told("", "a"), [(None, some("a"))]);
        assert!(told("", "").is_empty());
    }

    #[test]
    fn a_header_that_only_one_side_has_is_told_as_such() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let first = [header("server", "a"), header("retry-after", "5"), header("via", "x"), header("via", "y")];
        let second = [header("server", "b"), header("via", "x, y"), header("age", "1")];
        let all: Vec<_> = headers(&first, &second).iter().map(|pair| (pair.name.clone(), pair.sameness())).collect();
        let expected = [
            ("server", Sameness::Changed),
            ("retry-after", Sameness::OnlyFirst),
            ("via", Sameness::Same),
            ("age", Sameness::OnlySecond),
        ];
        assert_eq!(all, expected.map(|(name, sameness)| (name.to_owned(), sameness)));
    }

    #[test]
    fn long_texts_are_compared_up_to_a_bound() {
        let many = "line\n".repeat(MOST_LINES + 5);
        assert_eq!(lines(&many, &many).len(), MOST_LINES);
        let wide = "é".repeat(MOST_CHARACTERS + 1);
        assert_eq!(lines(&wide, "")[0].first.as_ref().map(|line| line.chars().count()), Some(MOST_CHARACTERS + 1));
    }
}
