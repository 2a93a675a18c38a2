//! What surrounds a page: for people who are signed in, sections and switchers; for others, a card.

use super::{
    components::{Icon, Mark, Mood, Notice, glyph},
    shell::Theme,
    shortcuts::ShortcutSheet,
    sidebar::Sidebar,
};
use crate::model::organization::{Organization, Role};
use leptos::prelude::*;

/// What the page around the page needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub user_name: String,
    pub user_email: String,
    pub organization: Organization,
    /// All that the person belongs to, by name.
    pub organizations: Vec<Organization>,
    pub role: Role,
    /// Whether the person may add a further organization.
    pub may_found: bool,
    pub theme: Theme,
    /// Private targets are allowed: said on every page.
    pub open_targets: bool,
    /// What just happened, told once.
    pub flash: Option<Flash>,
}

impl Frame {
    /// An address within the organization, as `/o/acme/webhooks` for `webhooks`.
    pub fn path(&self, rest: &str) -> String {
        format!("/o/{}/{rest}", self.organization.slug)
    }
    /// The document's title: page, organization, product.
    pub fn title(&self, page: &str) -> String {
        format!("{page} · {} · Switchhook", self.organization.name)
    }
}

/// One sentence about what just happened.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    pub good: bool,
    pub text: String,
}

/// The parts of an organization that are a click away from everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Webhooks,
    Deliveries,
    Health,
    EventTypes,
    Members,
    ApiKeys,
    /// For admins and owners.
    Alerts,
    /// For admins and owners.
    Audit,
    Settings,
    /// The person's own page: no section is open.
    Account,
}

impl Section {
    /// The link's name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Webhooks => "Webhooks",
            Self::Deliveries => "Deliveries",
            Self::Health => "Health",
            Self::EventTypes => "Event types",
            Self::Members => "Members",
            Self::ApiKeys => "API keys",
            Self::Alerts => "Alerts",
            Self::Audit => "Audit log",
            Self::Settings => "Settings",
            Self::Account => "Account",
        }
    }
    /// The address within an organization; an organization switch keeps it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Webhooks | Self::Account => "webhooks",
            Self::Deliveries => "deliveries",
            Self::Health => "health",
            Self::EventTypes => "event-types",
            Self::Members => "members",
            Self::ApiKeys => "api-keys",
            Self::Alerts => "alerts",
            Self::Audit => "audit",
            Self::Settings => "settings",
        }
    }
}

/// A page of a signed-in person. `narrow` suits forms and settings.
#[component]
pub fn Layout(frame: Frame, section: Section, #[prop(optional)] narrow: bool, children: Children) -> impl IntoView {
    let flash = frame.flash.clone();
    let open_targets = frame.open_targets;
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <div class="frame">
            <Sidebar frame section/>
            <div class="beside">
                {open_targets.then(|| view! { <OpenTargets/> })}
                <main class="main" id="main" tabindex="-1">
                    <div class=if narrow { "page narrow" } else { "page" }>
                        <div role="status" aria-live="polite" class="flash">{flash.map(|flash| view! { <Told flash/> })}</div>
                        {children()}
                    </div>
                    <ShortcutSheet/>
                </main>
            </div>
        </div>
    }
}

/// A page without a session: the mark, and one card.
#[component]
pub fn Plain(#[prop(optional_no_strip)] flash: Option<Flash>, children: Children) -> impl IntoView {
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <main class="plain" id="main" tabindex="-1">
            <a class="brand" href="/"><Mark/><span>"Switchhook"</span></a>
            <div role="status" aria-live="polite" class="flash">{flash.map(|flash| view! { <Told flash/> })}</div>
            <div class="card">{children()}</div>
        </main>
    }
}

/// A page of somebody who is signed in and belongs to no organization: the mark, and what is the person's own.
#[component]
pub fn Alone(#[prop(optional_no_strip)] flash: Option<Flash>, children: Children) -> impl IntoView {
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <main class="alone" id="main" tabindex="-1">
            <a class="brand" href="/"><Mark/><span>"Switchhook"</span></a>
            <div role="status" aria-live="polite" class="flash">{flash.map(|flash| view! { <Told flash/> })}</div>
            {children()}
        </main>
    }
}

/// What just happened.
#[component]
fn Told(flash: Flash) -> impl IntoView {
    let mood = if flash.good { Mood::Good } else { Mood::Bad };
    view! { <Notice mood>{flash.text}</Notice> }
}

/// Said on every page while `SWITCHHOOK_ALLOW_TARGETS` is set.
#[component]
pub fn OpenTargets() -> impl IntoView {
    view! {
        <aside class="banner" aria-label="About this installation">
            <Icon glyph=glyph::WARNING/>
            <span>"Webhooks may reach private addresses on this installation."</span>
        </aside>
    }
}
