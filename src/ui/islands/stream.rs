//! A stream of server-sent events that stops while nobody looks and catches up afterwards.

use leptos::{
    ev::visibilitychange,
    prelude::*,
    wasm_bindgen::{JsCast, closure::Closure},
};
use std::rc::Rc;
use web_sys::{Element, EventSource, MessageEvent};

/// Brings the islands within what was put into the page to life: public/islands.js listens.
pub fn awaken(element: &Element) {
    if let Ok(event) = web_sys::Event::new("fragment") {
        let _ = element.dispatch_event(&event);
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
            handlers: StoredValue::new_local(Vec::new()),
        };
        let hidden = RwSignal::new(false);
        let seen = StoredValue::new(since.to_string());
        let open = StoredValue::new_local(None::<Open>);
        Effect::new(move |_| {
            let wanted = !stream.paused.get() && !hidden.get();
            stream.connected.set(false);
            open.set_value(wanted.then(|| stream.connect(&address, seen)).flatten());
        });
        Effect::new(move |_| {
            let listener = window_event_listener(visibilitychange, move |_| hidden.set(document().hidden()));
            on_cleanup(move || listener.remove());
        });
        stream
    }

    /// Calls `handler` for each event of this name.
    pub fn on(&self, name: &'static str, handler: impl Fn(String, String) + 'static) {
        self.handlers.update_value(|all| all.push((name, Rc::new(handler))));
    }

    pub fn set_paused(&self, paused: bool) {
        self.paused.set(paused);
    }

    /// `Live`, `Paused` or `Connecting…`.
    pub fn word(&self) -> &'static str {
        match (self.paused.get(), self.connected.get()) {
            (true, _) => "Paused",
            (false, true) => "Live",
            (false, false) => "Connecting…",
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
        let connected = self.connected;
        listeners.push(listen("open", Closure::new(move |_: MessageEvent| connected.set(true))));
        listeners.push(listen("error", Closure::new(move |_: MessageEvent| connected.set(false))));
        Some(Open { source, _listeners: listeners })
    }
}
