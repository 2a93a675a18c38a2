//! The network address that a request came from.

use crate::server::{config::Settings, env::Env};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// The address in text; none where the request came by no network, as in some tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(pub Option<String>);

impl FromRequestParts<Env> for Source {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(peer.map(|peer| behind_proxies(&env.settings, peer, &parts.headers).to_string())))
    }
}

/// From right to left, the first address that is no trusted proxy: what is left of it anybody can make up.
fn behind_proxies(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = |ip: IpAddr| settings.trusted_proxies.iter().any(|net| net.contains(ip));
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut address = peer;
    for name in named.into_iter().rev() {
        if !trusted(address) {
            break;
        }
        let Ok(before) = name.parse() else { break };
        address = before;
    }
    address
}
