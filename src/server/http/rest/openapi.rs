//! The OpenAPI document, from the handlers and shapes themselves.

use super::{events, listen, logs, recovery, webhooks};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Server,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

/// What all calls have in common, in front of the reference.
const ABOUT: &str = "Publish events, manage webhooks, look into deliveries.

Every call carries an API key of your organization as `Authorization: Bearer <key>`; the key fixes the \
organization. Names are snake_case, times RFC 3339 in UTC, ids opaque texts with a prefix. The content type is not \
insisted on; a body is JSON of at most 10 MiB.

Lists answer `data` and `next_cursor`; give that as `cursor` to go on. A page of the \
log can hold fewer than `limit`, even none, and still have a `next_cursor`: what is asked for is rare, and the \
search goes on from there. Unknown query parameters are passed over.

Errors are problem documents (RFC 9457) of the type application/problem+json: 400 for what is no JSON, 422 with the \
field for what is wrong in it, 401 without a known key, 403 where the key lacks a scope, 404 for what is unknown or \
another organization's, 409 for what is in no state for the call, 413 for a body over 10 MiB, 503 with Retry-After \
when full.";

#[derive(OpenApi)]
#[openapi(
    info(title = "Switchhook API", description = ABOUT, license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(
        events::publish, events::publish_batch, events::get, events::types,
        webhooks::create, webhooks::list, webhooks::get, webhooks::put, webhooks::patch, webhooks::delete,
        webhooks::test,
        webhooks::rotate,
        logs::list, logs::get,
        logs::retry,
        listen::hear,
        recovery::recover, recovery::list, recovery::get, recovery::cancel, recovery::pause, recovery::resume,
    ),
    tags(
        (name = "Events", description = "What has happened: published once, delivered to every webhook that wants it."),
        (name = "Webhooks", description = "Who wants to know: an address, the events it takes, and how to reach it."),
        (name = "Deliveries", description = "What became of it: one event for one webhook, with every attempt."),
        (name = "Recovery", description = "Many finished deliveries sent again, by a job in the background."),
        (name = "Event types", description = "What there is to subscribe to."),
    ),
    modifiers(&Common),
)]
struct Document;

/// The security scheme, the scopes that each call needs, and the answers that every call may give.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("API key");
        let scheme = scheme.description(Some("An API key of the organization, from Settings → API keys."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme.build()));
        for call in super::calls() {
            let path = format!("/v1{}", call.path);
            let operation = document.paths.paths.get_mut(&path).and_then(|item| {
                use axum::http::Method;
                match call.method {
                    Method::GET => item.get.as_mut(),
                    Method::POST => item.post.as_mut(),
                    Method::PUT => item.put.as_mut(),
                    Method::PATCH => item.patch.as_mut(),
                    Method::DELETE => item.delete.as_mut(),
                    _ => None,
                }
            });
            if let Some(operation) = operation {
                operation.security = Some(vec![SecurityRequirement::new("api_key", [call.scope.as_str()])]);
                refusals(operation, call.scope.as_str());
            }
        }
    }
}

/// What any call answers to a caller without the right key, or when it is full; what any answers that reads a body or
/// the query.
fn refusals(operation: &mut utoipa::openapi::path::Operation, scope: &str) {
    use utoipa::openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::{Parameter, ParameterIn},
    };
    let problem = |what: String| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(what).content("application/problem+json", content).build()
    };
    let all = [
        ("401", "No key, or one that is unknown, expired or revoked".to_string()),
        ("403", format!("The key lacks the scope {scope}")),
    ];
    for (status, what) in all {
        operation.responses.responses.insert(status.into(), problem(what).into());
    }
    let mut more = vec!["503"];
    if operation.request_body.is_some() {
        more.extend(["400", "413", "422"]);
    }
    let in_query = |given: &RefOr<Parameter>| match given {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
        RefOr::Ref(_) => false,
    };
    if operation.parameters.iter().flatten().any(in_query) {
        more.push("422");
    }
    for status in more {
        let known = operation.responses.responses.entry(status.into());
        known.or_insert_with(|| problem(String::new()).into());
    }
    let refused = operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']));
    for (status, response) in refused {
        let utoipa::openapi::RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let known = crate::server::http::problem::KINDS.iter().find(|(code, ..)| code.to_string() == *status);
            response.description = known.map_or_else(String::new, |(_, _, title)| (*title).to_string());
        }
        if let Some(content) = response.content.shift_remove("application/json") {
            response.content.insert("application/problem+json".into(), content);
        }
    }
}

/// The document for an installation that is reached at `base`.
pub fn document(base: &str) -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.servers = Some(vec![Server::new(base)]);
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_in_the_document_with_its_scope_and_nothing_else_is() {
        let json = serde_json::to_value(document("http://127.0.0.1:3000")).unwrap();
        assert_eq!(json["openapi"], "3.1.0");
        let mut described = Vec::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let scope = operation["security"][0]["api_key"][0].as_str().unwrap_or("none").to_string();
                described.push((method.to_uppercase(), path.clone(), scope));
            }
        }
        let mut calls: Vec<_> = super::super::calls()
            .into_iter()
            .map(|c| (c.method.to_string(), format!("/v1{}", c.path), c.scope.as_str().to_string()))
            .collect();
        described.sort();
        calls.sort();
        assert_eq!(described, calls);
    }

    #[test]
    fn the_words_of_outcomes_are_listed() {
        let json = serde_json::to_value(document("")).unwrap();
        let words = &json["components"]["schemas"]["OutcomeWord"]["enum"];
        for word in ["answered", "timeout", "dns", "refused_address", "connect", "tls", "reset", "protocol"] {
            assert!(words.as_array().unwrap().iter().any(|w| w == word), "{word} in {words}");
        }
    }
}
