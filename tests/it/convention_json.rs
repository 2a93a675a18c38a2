//! JSON as platforms might post it: texts, not values, since what matters is how they are written.

use proptest::{collection::vec, prelude::*};

/// White space between tokens.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(""), 2 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n  ")]
}

/// Numbers of every size and notation.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:?}")),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:E}")),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
        prop_oneof![
            Just("85.0"),
            Just("-0"),
            Just("-0.0e5"),
            Just("1e400"),
            Just("1E-400"),
            Just("0.000001"),
            Just("1e21"),
            Just("9007199254740993"),
            Just("123456789012345680000")
        ]
        .prop_map(str::to_string),
    ]
}

/// Texts with characters of every plane, escapes that need not be, and half surrogate pairs.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,6}",
        2 => any::<char>().prop_filter("plain", |c| *c >= ' ' && *c != '"' && *c != '\\').prop_map(String::from),
        1 => any::<u16>().prop_map(|unit| format!("\\u{unit:04x}")),
        1 => any::<u16>().prop_map(|unit| format!("\\u{unit:04X}")),
        1 => Just("\\ud83d\\ude00".to_string()),
        1 => prop_oneof![Just("\\\""), Just("\\\\"), Just("\\/"), Just("\\b"), Just("\\f"), Just("\\n"), Just("\\r"), Just("\\t")]
            .prop_map(str::to_string),
    ];
    vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Keys that repeat, that look like integers, and that JavaScript's objects have of their own.
fn key() -> impl Strategy<Value = String> {
    let odd = [
        "a",
        "b",
        "event",
        "\\u0061",
        "0",
        "7",
        "10",
        "01",
        "4294967294",
        "4294967295",
        "-1",
        "1.5",
        "__proto__",
        "constructor",
        "toString",
        "",
        "é",
    ];
    prop_oneof![3 => proptest::sample::select(odd.to_vec()).prop_map(|key| format!("\"{key}\"")), 1 => text()]
}

/// Any JSON, nested a few levels.
pub fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![number(), text(), Just("true".into()), Just("false".into()), Just("null".into())];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let item = (space(), inner.clone(), space()).prop_map(|(a, v, b)| format!("{a}{v}{b}"));
        let member = (space(), key(), space(), space(), inner, space())
            .prop_map(|(a, k, b, c, v, d)| format!("{a}{k}{b}:{c}{v}{d}"));
        prop_oneof![
            vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// An object, as the data of most events is.
pub fn any_object() -> impl Strategy<Value = String> {
    let member = (space(), key(), space(), any_json(), space()).prop_map(|(a, k, b, v, c)| format!("{a}{k}{b}:{v}{c}"));
    (space(), vec(member, 0..6), space()).prop_map(|(a, members, b)| format!("{a}{{{}}}{b}", members.join(",")))
}

/// So many texts, the same in each run.
pub fn samples(strategy: impl Strategy<Value = String>, count: usize) -> Vec<String> {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a sample").current()).collect()
}
