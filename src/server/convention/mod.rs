//! How a platform's webhooks look on the wire: one TOML each, and the code that renders them.
