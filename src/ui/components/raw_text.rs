//! Text for elements that read no markup but character references: `<title>` and `<textarea>`. Leptos
//! may leave a marker behind a text node (`<!>`), which those elements would show; so their text is
//! set as a whole.

/// The text as such an element's `inner_html`.
pub fn raw_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::raw_text;

    #[test]
    fn a_closing_tag_in_the_text_closes_nothing() {
        assert_eq!(raw_text("a</textarea><script> &amp;"), "a&lt;/textarea>&lt;script> &amp;amp;");
    }
}
