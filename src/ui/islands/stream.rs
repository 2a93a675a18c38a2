//! A stream of server-sent events that stops while nobody looks and catches up afterwards.

use leptos::{
    ev::visibilitychange,
    prelude::*,
    wasm_bindgen::{JsCast, closure::Closure},
};
use std::{rc::Rc, time::Duration};
use web_sys::{Element, EventSource, MessageEvent};

/// Brings the islands within what was put into the page to life: public/islands.js listens.
pub fn awaken(element: &Element) {
    if let Ok(event) = web_sys::Event::new("fragment") {
        let _ = element.dispatch_event(&event);
    }
}

/// Failures in a row after which the connection counts as lost: one alone is what a restart looks like.
const LOST: u32 = 2;
/// A browser tries again by itself, but not where the answer was an error: then it is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// The button that leads on once nothing more will come: the page itself says more, or asks to sign in.
#[component]
pub fn WayOn(stream: Stream) -> impl IntoView {
    let label = move || stream.over.get().map(|(way_on, _)| way_on).unwrap_or_default();
    view! {
        <button class="button small" r#type="button" hidden=move || !stream.is_over() on:click=|_| drop(window().location().reload())>
            {label}
        </button>
    }
}

/// Called with an id and a piece of HTML.
type Handler = Rc<dyn Fn(String, String)>;
type Listener = Closure<dyn FnMut(MessageEvent)>;

/// A stream and how it stands; cheap to copy.
#[derive(Clone, Copy)]
pub struct Stream {
    /// By the reader's own choice.
    pub paused: RwSignal<bool>,
    connected: RwSignal<bool>,
    /// Failures since the connection was last open.
    failures: RwSignal<u32>,
    /// Counts openings that the browser would not make.
    again: RwSignal<u32>,
    /// Set once nothing more will come: what can be done, and why.
    over: RwSignal<Option<(String, String)>>,
    handlers: StoredValue<Vec<(&'static str, Handler)>, LocalStorage>,
}

/// An open connection; closed when dropped.
struct Open {
    source: EventSource,
    /// Kept so that the browser can call them.
    _listeners: Vec<Listener>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl Stream {
    /// Opens `address` in the browser; `since` (microseconds) says from when on nothing may be missed.
    pub fn new(address: String, since: i64) -> Self {
        let stream = Self {
            paused: RwSignal::new(false),
            connected: RwSignal::new(false),
            failures: RwSignal::new(0),
            again: RwSignal::new(0),
            over: RwSignal::new(None),
            handlers: StoredValue::new_local(Vec::new()),
        };
        let hidden = RwSignal::new(false);
        let seen = StoredValue::new(since.to_string());
        let open = StoredValue::new_local(None::<Open>);
        Effect::new(move |_| {
            stream.again.track();
            let wanted = !stream.paused.get() && !hidden.get() && !stream.is_over();
            if !wanted {
                stream.failures.set(0);
            }
            stream.connected.set(false);
            open.set_value(wanted.then(|| stream.connect(&address, seen)).flatten());
        });
        Effect::new(move |_| {
            let listener = window_event_listener(visibilitychange, move |_| hidden.set(document().hidden()));
            on_cleanup(move || listener.remove());
        });
        stream.on("over", move |way_on, why| stream.over.set(Some((way_on, why))));
        stream
    }

    /// Calls `handler` for each event of this name.
    pub fn on(&self, name: &'static str, handler: impl Fn(String, String) + 'static) {
        self.handlers.update_value(|all| all.push((name, Rc::new(handler))));
    }

    pub fn set_paused(&self, paused: bool) {
        self.paused.set(paused);
    }

    /// How it stands, in a few words.
    pub fn word(&self) -> String {
        if let Some((_, why)) = self.over.get() {
            return why;
        }
        let word = match (self.paused.get(), self.connected.get(), self.failures.get() >= LOST) {
            (true, ..) => "Paused",
            (false, true, _) => "Live",
            (false, false, false) => "Connecting…",
            (false, false, true) => "Connection lost; trying again",
        };
        word.to_owned()
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        self.over.with(Option::is_some)
    }

    /// Whether what is shown may be old, and not because the reader wants it so.
    pub fn is_troubled(&self) -> bool {
        self.is_over() || self.failures.get() >= LOST
    }

    fn opened(self) {
        self.connected.set(true);
        self.failures.set(0);
    }

    /// Notes a failure; where the browser has given up, opens anew after a while.
    fn failed(self, has_given_up: bool) {
        self.connected.set(false);
        self.failures.update(|count| *count += 1);
        if has_given_up {
            set_timeout(move || self.again.update(|count| *count += 1), AGAIN_AFTER);
        }
    }

    fn connect(self, address: &str, seen: StoredValue<String>) -> Option<Open> {
        let joint = if address.contains('?') { '&' } else { '?' };
        let source = EventSource::new(&format!("{address}{joint}seen={}", seen.get_value())).ok()?;
        let listen = |name: &str, listener: Listener| {
            let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            listener
        };
        let handle = |(name, handler): (&'static str, Handler)| {
            let listener = Closure::new(move |event: MessageEvent| {
                seen.set_value(event.last_event_id());
                let data = event.data().as_string().unwrap_or_default();
                let (id, html) = data.split_once('\n').unwrap_or((&data, ""));
                handler(id.to_owned(), html.to_owned());
            });
            listen(name, listener)
        };
        let mut listeners: Vec<_> = self.handlers.get_value().into_iter().map(handle).collect();
        listeners.push(listen("open", Closure::new(move |_: MessageEvent| self.opened())));
        let asked = source.clone();
        let failed = move |_: MessageEvent| self.failed(asked.ready_state() == EventSource::CLOSED);
        listeners.push(listen("error", Closure::new(failed)));
        Some(Open { source, _listeners: listeners })
    }
}
