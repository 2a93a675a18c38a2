//! Around a form: it is sent once however often the button is pressed, and leaving it with changes asks first.

use leptos::{ev, prelude::*};

/// The form is the child.
#[island]
pub fn FormGuard(children: Children) -> impl IntoView {
    let changed = StoredValue::new(false);
    let sent = StoredValue::new(false);
    let submit = move |event: ev::SubmitEvent| {
        if sent.get_value() {
            event.prevent_default();
        }
        sent.set_value(true);
    };
    Effect::new(move || {
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            if changed.get_value() && !sent.get_value() {
                event.prevent_default();
            }
        });
        // Coming back by the browser's own button finds the form as it was left, to be sent again.
        let back = window_event_listener(ev::pageshow, move |_| sent.set_value(false));
        on_cleanup(move || {
            leaving.remove();
            back.remove();
        });
    });
    view! { <div class="guard" on:submit=submit on:input=move |_| changed.set_value(true)>{children()}</div> }
}
