//! The column beside every page: mark, organization switcher, sections, the person's menu. It needs no
//! scripts: menus are `<details>`, the theme is a form.

use super::{
    components::{Glyph, Icon, Mark, glyph},
    layout::{Frame, Section},
    shell::Theme,
    shortcuts::ShortcutHint,
};
use crate::model::organization::{Organization, Role};
use leptos::prelude::*;

/// The column; on small screens two rows above the page.
#[component]
pub fn Sidebar(frame: Frame, section: Section) -> impl IntoView {
    view! {
        <header class="sidebar">
            <a class="brand" href=frame.path("webhooks")><Mark/><span>"Switchhook"</span></a>
            <OrganizationSwitcher frame=frame.clone() section/>
            <Sections frame=frame.clone() section/>
            <ShortcutHint/>
            <PersonMenu frame/>
        </header>
    }
}

fn icon_of(section: Section) -> Glyph {
    match section {
        Section::Webhooks => glyph::WEBHOOK,
        Section::Deliveries => glyph::ACTIVITY,
        Section::Health => glyph::HEALTH,
        Section::EventTypes => glyph::LAYERS,
        Section::Members => glyph::USERS,
        Section::ApiKeys => glyph::KEY,
        Section::Alerts => glyph::BELL,
        Section::Audit => glyph::AUDIT,
        Section::Settings => glyph::SETTINGS,
        Section::Account => glyph::USER,
    }
}

/// What is always in sight, then what is needed now and then; the latter folds away on small screens.
#[component]
fn Sections(frame: Frame, section: Section) -> impl IntoView {
    let role = frame.role;
    let links = move |sections: &[Section]| {
        let link = |one: &Section| {
            let here = (*one == section).then_some("page");
            view! { <li><a href=frame.path(one.path()) aria-current=here><Icon glyph=icon_of(*one)/>{one.label()}</a></li> }
        };
        view! { <ul role="list">{sections.iter().map(link).collect_view()}</ul> }
    };
    let admin = role >= Role::Admin;
    let for_admins = [Section::Alerts, Section::Audit];
    let rest = [Section::EventTypes, Section::Members, Section::ApiKeys]
        .into_iter()
        .chain(for_admins.into_iter().filter(|_| admin))
        .chain([Section::Settings]);
    let rest: Vec<Section> = rest.collect();
    view! {
        <nav class="sections" aria-label="Sections">
            {links(&[Section::Webhooks, Section::Deliveries, Section::Health])}
            <p class="group">"Organization"</p>
            {links(&rest)}
            <details class="menu more">
                <summary>"More"<Icon glyph=glyph::DOWN/></summary>
                <div class="menu-panel end">{links(&rest)}</div>
            </details>
        </nav>
    }
}

fn initial(name: &str) -> String {
    name.trim().chars().next().map_or_else(|| "?".into(), |c| c.to_uppercase().to_string())
}

/// The open organization; a click away, the same section of the others.
#[component]
fn OrganizationSwitcher(frame: Frame, section: Section) -> impl IntoView {
    let open = frame.organization.clone();
    let item = move |one: &Organization| {
        let here = (one.id == open.id).then_some("true");
        view! {
            <a class="item" href=format!("/o/{}/{}", one.slug, section.path()) aria-current=here>
                <span class="letter" aria-hidden="true">{initial(&one.name)}</span>
                <span class="cut">{one.name.clone()}</span>
                {here.map(|_| view! { <Icon glyph=glyph::CHECK class="tick"/> })}
            </a>
        }
    };
    view! {
        <details class="menu switcher organization">
            <summary>
                <span class="only-heard">"Organization: "</span>
                <span class="letter" aria-hidden="true">{initial(&frame.organization.name)}</span>
                <span class="cut">{frame.organization.name.clone()}</span>
                <Icon glyph=glyph::UP_DOWN/>
            </summary>
            <div class="menu-panel">
                <p class="title">"Your organizations"</p>
                {frame.organizations.iter().map(item).collect_view()}
                {frame.may_found.then(|| view! {
                    <hr/>
                    <a class="item" href="/organizations/new"><Icon glyph=glyph::PLUS/>"Add an organization"</a>
                })}
            </div>
        </details>
    }
}

/// Who is signed in: theme, account, sign out.
#[component]
fn PersonMenu(frame: Frame) -> impl IntoView {
    view! {
        <details class="menu switcher person">
            <summary>
                <span class="only-heard">"Signed in as "</span>
                <span class="letter round" aria-hidden="true">{initial(&frame.user_name)}</span>
                <span class="cut">{frame.user_name.clone()}</span>
                <Icon glyph=glyph::UP_DOWN/>
            </summary>
            <div class="menu-panel up">
                <p class="title">{frame.user_email.clone()}</p>
                <a class="item" href="/account"><Icon glyph=glyph::USER/>"Account"</a>
                <hr/>
                <ThemeChoice theme=frame.theme/>
                <hr/>
                <form method="post" action="/sign-out">
                    <button class="item" r#type="submit"><Icon glyph=glyph::LEAVE/>"Sign out"</button>
                </form>
            </div>
        </details>
    }
}

/// Light, dark or as the system says; kept in a cookie.
#[component]
fn ThemeChoice(theme: Theme) -> impl IntoView {
    let choices = [
        (Theme::System, "System", glyph::MONITOR),
        (Theme::Light, "Light", glyph::SUN),
        (Theme::Dark, "Dark", glyph::MOON),
    ];
    let button = |(one, label, icon): (Theme, &'static str, Glyph)| {
        let pressed = if one == theme { "true" } else { "false" };
        view! {
            <button class="item" r#type="submit" name="theme" value=one.as_str() aria-pressed=pressed>
                <Icon glyph=icon/>{label}
                {(one == theme).then(|| view! { <Icon glyph=glyph::CHECK class="tick"/> })}
            </button>
        }
    };
    view! {
        <form method="post" action="/theme" aria-label="Theme">
            <p class="title">"Theme"</p>
            {choices.map(button).into_iter().collect_view()}
        </form>
    }
}
