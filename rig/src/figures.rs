//! Figures: percentiles, medians with their spread, a table for people and a line of JSON for programs.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The value below which `share` of the sorted values lie; 0 of none.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let place = (values.len() as f64 * share).ceil() as usize;
    values.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// Figures of one scenario over its runs, by name, in the order in which they came.
#[derive(Default)]
pub struct Figures {
    names: Vec<&'static str>,
    runs: BTreeMap<&'static str, Vec<f64>>,
}

impl Figures {
    pub fn add(&mut self, name: &'static str, value: f64) {
        if !self.runs.contains_key(name) {
            self.names.push(name);
        }
        self.runs.entry(name).or_default().push(value);
    }
    /// Of the runs so far.
    pub fn median(&self, name: &str) -> f64 {
        self.runs.get(name).map_or(0.0, |runs| percentile(&mut runs.clone(), 0.5))
    }
    /// `name`, the median, and the least and the most of the runs.
    pub fn table(&self) -> String {
        let line = |name: &&str| {
            let runs = &self.runs[name];
            let (least, most) = runs.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
            format!("  {name:<44} {:>12} {:>12} … {}\n", short(self.median(name)), short(least), short(most))
        };
        self.names.iter().map(line).collect()
    }
    pub fn json(&self) -> Map<String, Value> {
        let list = |name: &&str| (name.to_string(), Value::from(self.runs[name].clone()));
        self.names.iter().map(list).collect()
    }
}

/// Three digits that count.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.5), 50.0);
        assert_eq!(percentile(&mut values, 0.99), 99.0);
        assert_eq!(percentile(&mut values, 1.0), 100.0);
        assert_eq!(percentile(&mut [], 0.5), 0.0);
    }

    #[test]
    fn a_median_is_of_all_runs() {
        let mut figures = Figures::default();
        [3.0, 1.0, 2.0].into_iter().for_each(|value| figures.add("x", value));
        assert_eq!(figures.median("x"), 2.0);
        assert!(figures.table().contains("1.00 … 3.00"));
    }
}
