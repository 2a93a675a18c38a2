//! A webhook's filters: rows of key, comparison and value, and what they say to an event.

use crate::{
    model::{
        filter_row::{Comparison, FilterRow},
        filter_trial::Finding,
    },
    ui::{
        components::{Errors, *},
        islands::rows::MoreRows,
    },
};
use leptos::prelude::*;

/// What filters can be tried against, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Value and label of each event: examples, and what came lately.
    pub choices: Vec<(String, String)>,
    pub chosen: String,
    /// Set once it was tried.
    pub tried: Option<Tried>,
}

/// What came of trying.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The event's type.
    pub event_type: String,
    /// Whether the webhook takes the type at all.
    pub takes_type: bool,
    /// One for each filter.
    pub findings: Vec<Finding>,
}

impl Tried {
    fn failed(&self) -> usize {
        self.findings.iter().filter(|finding| !finding.holds).count()
    }
    /// The result in a sentence.
    fn verdict(&self) -> String {
        let name = &self.event_type;
        match (self.takes_type, self.failed(), self.findings.len()) {
            (false, ..) => format!("Not sent: {name} is not among the chosen events."),
            (true, 0, 0) => format!("Sent: without filters every {name} passes."),
            (true, 0, _) => "Sent: this event matches every filter.".into(),
            (true, 1, 1) => "Not sent: this event does not match the filter.".into(),
            (true, failed, all) => format!("Not sent: {failed} of {all} filters do not match."),
        }
    }
}

/// The table of filters, and the try.
#[component]
pub fn FilterFields(rows: Vec<FilterRow>, keys: Vec<String>, trial: Trial, errors: Errors) -> impl IntoView {
    let (whole, tried) = (errors.of("filters"), errors.clone());
    let described = whole.is_some().then_some("filters-error");
    let options = keys.into_iter().map(|key| view! { <option value=key></option> });
    let lines = rows.into_iter().chain(Some(FilterRow::default())).enumerate().map(move |(i, row)| {
        let field = format!("filters.{}", row.written_key());
        let error = errors.of(&field).filter(|_| !row.is_blank());
        let focus = (error.is_some() && errors.is_first(&field)) || (i == 0 && errors.is_first("filters"));
        view! { <Line number=i + 1 row error focus/> }
    });
    view! {
        <fieldset class="card" id="filters" aria-describedby=described>
            <legend class="label">"Filters "<span class="faint">"(optional)"</span></legend>
            <p class="help">
                "Only events whose data fulfils every line are sent. A dot reaches inside, as in "<code>"agent.id"</code>
                ". A number, true, false and null are taken as such; quotes make a text of them: "<code>"\"60\""</code>"."
            </p>
            <FieldError id="filters-error" text=whole/>
            <MoreRows add="Add a filter".to_owned()>
                <div class="header-rows">{lines.collect_view()}</div>
            </MoreRows>
            <datalist id="filter-keys">{options.collect_view()}</datalist>
            <Try trial errors=tried/>
        </fieldset>
    }
}

#[component]
fn Line(number: usize, row: FilterRow, #[prop(optional_no_strip)] error: Option<String>, focus: bool) -> impl IntoView {
    let error_id = format!("filter-{number}-error");
    let described = error.is_some().then(|| error_id.clone());
    let invalid = error.is_some().then_some("true");
    let options = Comparison::ALL.map(|one| {
        let selected = one == row.comparison;
        view! { <option value=one.as_str() selected=selected>{one.label()}</option> }
    });
    view! {
        <div class="filter-row" data-row="">
            <input class="input mono" name="filter_key" value=row.key autocomplete="off" placeholder="direction" list="filter-keys"
                aria-label=format!("Field of filter {number}") aria-invalid=invalid aria-describedby=described.clone() autofocus=focus/>
            <select class="select" name="filter_is" aria-label=format!("Comparison of filter {number}")>
                {options.into_iter().collect_view()}
            </select>
            <input class="input mono" name="filter_value" value=row.value autocomplete="off" placeholder="outbound"
                aria-label=format!("Value of filter {number}") aria-invalid=invalid aria-describedby=described/>
            <FieldError id=error_id text=error/>
        </div>
    }
}

/// A real form's button: the page comes back with the result and all that was typed.
#[component]
fn Try(trial: Trial, errors: Errors) -> impl IntoView {
    let Trial { choices, chosen, tried } = trial;
    let result = tried.map(|tried| {
        let sent = tried.takes_type && tried.failed() == 0;
        let verdict = tried.verdict();
        let lines = tried.findings.into_iter().map(|Finding { holds, why }| {
            let (glyph, word) = if holds { (glyph::GOOD, "Matches: ") } else { (glyph::BAD, "Does not match: ") };
            let class = if holds { "finding good" } else { "finding bad" };
            view! { <li class=class><Icon glyph/><span><span class="only-heard">{word}</span>{why}</span></li> }
        });
        view! {
            <Notice mood=if sent { Mood::Good } else { Mood::Warn }>
                <p class="strong" role="status">{verdict}</p>
                <ul role="list" class="findings">{lines.collect_view()}</ul>
            </Notice>
        }
    });
    (!choices.is_empty()).then(|| {
        view! {
            <div class="try stack" id="try">
                <div class="row ends">
                    <SelectField name="trial" label="Try the filters on" options=choices value=chosen errors/>
                    <button class="button" r#type="submit" name="try" value="1">"Try it"</button>
                </div>
                {result}
            </div>
        }
    })
}
