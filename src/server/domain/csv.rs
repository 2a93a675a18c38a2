//! Lines of comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

/// One line with its line end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(&mut out, cell);
    }
    out.push_str("\r\n");
    out
}

/// A cell that a spreadsheet would run gets a quote in front, which makes it a text (OWASP, “CSV injection”).
fn push(out: &mut String, cell: &str) {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let is_quoted = cell.contains([',', '"', '\r', '\n', '\t']) || cell.starts_with(' ') || cell.ends_with(' ');
    if is_quoted {
        out.push('"');
    }
    if is_formula {
        out.push('\'');
    }
    if is_quoted {
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_quoted() {
        assert_eq!(line(["a", "b,c", "d\"e", "", "f\ng"]), "a,\"b,c\",\"d\"\"e\",,\"f\ng\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for first in ["=", "+", "-", "@", "\t", "\r"] {
            let written = line([format!("{first}HYPERLINK(\"https://evil.example\")").as_str()]);
            let cell = written.trim_start_matches('"');
            assert!(cell.starts_with('\''), "{written}");
        }
        assert_eq!(line(["call.completed", "1-2"]), "call.completed,1-2\r\n");
    }
}
