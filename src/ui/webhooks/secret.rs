//! One webhook's signing secrets: what signs now, a new one, and the end of an old one.

use super::{
    page::{WebhookHead, WebhookPage},
    samples::VerifyGuide,
};
use crate::{
    model::{
        convention::Wire,
        signing_secret::{OVERLAPS, SigningSecret},
        time::Time,
    },
    ui::{
        components::{Errors, *},
        layout::*,
    },
};
use leptos::prelude::*;

/// What the page shows besides the head.
#[derive(Clone, Debug)]
pub struct SecretView {
    /// Oldest first; the last is the current one.
    pub live: Vec<SigningSecret>,
    /// The new secret, right after it was made.
    pub fresh: Option<String>,
    /// What receivers check; a header of the convention's own has room for one signature.
    pub wire: Wire,
    /// The overlap that was chosen, in seconds, where the form came back.
    pub overlap: String,
    pub errors: Errors,
    pub now: Time,
}

/// The page.
#[component]
pub fn SecretPage(frame: Frame, head: WebhookHead, view: SecretView) -> impl IntoView {
    let SecretView { live, fresh, wire, overlap, errors, now } = view;
    let own_header = wire.own.as_ref().map(|own| own.header.clone());
    let at = frame.path(&format!("webhooks/{}/secret", head.webhook.id));
    let off = head.off.clone();
    let guide = fresh.is_some().then(|| view! { <VerifyGuide wire/> });
    let old_ends = live.iter().filter_map(|one| one.expires_at).max();
    view! {
        <WebhookPage frame head tab="Secret">
            <div class="stack loose measure">
                {fresh.map(|text| view! { <Fresh text/> })}
                <section class="card stack" aria-labelledby="signing">
                    <h2 id="signing">"What signs now"</h2>
                    <Live live at=at.clone() off=off.clone() now/>
                    <OneSignature own_header old_ends/>
                </section>
                <Rotate action=at overlap errors off/>
                {guide}
            </div>
        </WebhookPage>
    }
}

/// The new secret, this once.
#[component]
fn Fresh(text: String) -> impl IntoView {
    view! {
        <section class="card stack" aria-labelledby="fresh">
            <h2 id="fresh">"Your new signing secret"</h2>
            <p>"Store it where your receiver can read it. "<strong>"It is shown this once."</strong></p>
            <SecretOnce text what="signing secret"/>
        </section>
    }
}

/// Each secret by its last characters, the current one first.
#[component]
fn Live(live: Vec<SigningSecret>, at: String, off: Option<String>, now: Time) -> impl IntoView {
    let row = move |one: SigningSecret| {
        let badge = match one.expires_at {
            None => view! { <Badge mood=Mood::Good icon=glyph::KEY text="Current"/> },
            Some(_) => view! { <Badge mood=Mood::Warn icon=glyph::CLOCK text="Old"/> },
        };
        let end = format!("{at}/{}/end", one.id);
        let until = match one.expires_at {
            None => view! { "Until you make a new one" }.into_any(),
            Some(ends) => view! { "Ends "<TimeText at=ends now/> }.into_any(),
        };
        let hint = one.hint.clone();
        let action = one.expires_at.map(|_| {
            view! {
                <LinkButton href=end small=true tone=Tone::Danger off=off.clone()>
                    "End now …"<span class="only-heard">{format!(" (the secret that ends in {hint})")}</span>
                </LinkButton>
            }
        });
        view! {
            <tr>
                <th scope="row"><code>{format!("…{}", one.hint)}</code></th>
                <td data-label="State">{badge}</td>
                <td data-label="Made"><TimeText at=one.created_at now/></td>
                <td data-label="Signs">{until}</td>
                <td class="end">{action}</td>
            </tr>
        }
    };
    view! {
        <div class="table-box"><table class="table cards">
            <thead><tr>
                <th scope="col">"Ends in"</th><th scope="col">"State"</th><th scope="col">"Made"</th>
                <th scope="col">"Signs"</th><th scope="col"><span class="only-heard">"Actions"</span></th>
            </tr></thead>
            <tbody>{live.into_iter().rev().map(row).collect_view()}</tbody>
        </table></div>
    }
}

/// What a header with room for one signature does meanwhile.
#[component]
fn OneSignature(own_header: Option<String>, old_ends: Option<Time>) -> impl IntoView {
    let both = "While two secrets are valid, webhook-signature carries a signature of each, so that receivers can change over without a gap.";
    let one = own_header.map(|name| {
        let until = match old_ends {
            Some(at) => format!(" until {}, then with the current one.", at.absolute()),
            None => " until the overlap ends, then with the new one.".to_owned(),
        };
        view! {
            <p>"The header "<code>{name}</code>" has room for one signature: it is made with the older secret"{until}
                " Give your receiver the new secret before that moment, and let it change over then."</p>
        }
    });
    view! { <div class="stack tight muted"><p>{both}</p>{one}</div> }
}

/// Making a new one, or bringing one's own.
#[component]
fn Rotate(action: String, overlap: String, errors: Errors, off: Option<String>) -> impl IntoView {
    let options = OVERLAPS.map(|(seconds, text)| (seconds.to_string(), text.to_owned())).into();
    let own = errors.any_under("secret");
    view! {
        <section class="card" aria-labelledby="rotate">
            <form class="form" method="post" action=action novalidate=true>
                <h2 id="rotate">"Make a new secret"</h2>
                <FormError errors=errors.clone()/>
                <SelectField name="overlap_seconds" label="The old secret still signs" options value=overlap errors=errors.clone()
                    help="Long enough to give every receiver the new one. If the old one has leaked, let it end now."/>
                <details class="fold" open=own>
                    <summary>"Use a secret of my own"</summary>
                    <TextField name="secret" label="Your secret" optional=true class="input mono" autocomplete="off" errors
                        help="“whsec_” and base64 of 24 to 64 bytes, or 16 to 128 printable characters. Left empty, a strong one is made."/>
                </details>
                <div class="actions"><Button icon=glyph::KEY off>"Make a new secret"</Button></div>
            </form>
        </section>
    }
}

/// Asks before an old secret ends early.
#[component]
pub fn EndSecretPage(frame: Frame, name: String, webhook: String, secret: SigningSecret) -> impl IntoView {
    let at = frame.path(&format!("webhooks/{webhook}"));
    let above = vec![
        ("Webhooks".into(), frame.path("webhooks")),
        (name, at.clone()),
        ("Secret".into(), format!("{at}/secret")),
    ];
    let ends = secret.expires_at.map(|at| format!(" By itself it would end on {}.", at.absolute()));
    view! {
        <Layout frame section=Section::Webhooks narrow=true>
            <Breadcrumbs above here="End"/>
            <PageHeader title=format!("End the secret that ends in {}?", secret.hint)/>
            <form class="card form" method="post" action=format!("{at}/secret/{}/end", secret.id)>
                <p>"From the next delivery on nothing is signed with it. A receiver that still checks with this secret refuses every delivery from then on."{ends}</p>
                <div class="actions">
                    <Button tone=Tone::DangerPrimary>"End it now"</Button>
                    <LinkButton href=format!("{at}/secret") tone=Tone::Quiet>"Keep it"</LinkButton>
                </div>
            </form>
        </Layout>
    }
}
