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
        // Who listens on [::] sees IPv4 peers as ::ffff:10.0.0.1; networks and limits know them as 10.0.0.1.
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
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
        let Ok(before) = name.parse::<IpAddr>() else { break };
        address = before.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::cidr;
    use axum::http::Request;
    use clap::Parser;

    /// The settings alone, as the command line reads them.
    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        settings: Settings,
    }

    fn seen(peer: &str, forwarded: &str) -> String {
        let mut settings = Alone::parse_from(["switchhook"]).settings;
        settings.trusted_proxies = vec![cidr("10.0.0.0/8").unwrap()];
        let request = Request::builder().header("x-forwarded-for", forwarded).body(()).unwrap();
        let peer: IpAddr = peer.parse().unwrap();
        behind_proxies(&settings, peer.to_canonical(), request.headers()).to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        assert_eq!(seen("10.0.0.1", "198.51.100.7, 203.0.113.9"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "198.51.100.7, 10.2.2.2"), "198.51.100.7");
        assert_eq!(seen("203.0.113.5", "198.51.100.7"), "203.0.113.5");
        assert_eq!(seen("10.0.0.1", "made up"), "10.0.0.1");
    }

    #[test]
    fn a_proxy_of_ipv4_is_known_where_all_addresses_are_listened_on() {
        assert_eq!(seen("::ffff:10.0.0.1", "::ffff:203.0.113.9"), "203.0.113.9");
    }
}
