//! Which addresses webhooks must not reach: everything that is not a public address of the Internet, and
//! some that are. Every form in which IPv6 carries an IPv4 address is refused as such.
//! (IANA special-purpose registries; the cloud platforms' own services.)

use crate::server::config::Cidr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Network, leading bits, what it is.
const REFUSED_V4: [([u8; 4], u32, &str); 17] = [
    ([0, 0, 0, 0], 8, "an address of “this network”"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "a shared carrier address"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([168, 63, 129, 16], 32, "a cloud platform's own service"),
    ([169, 254, 0, 0], 16, "a link-local or metadata address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "a documentation address"),
    ([192, 88, 99, 0], 24, "a relay address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "a benchmark address"),
    ([198, 51, 100, 0], 24, "a documentation address"),
    ([203, 0, 113, 0], 24, "a documentation address"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
    ([255, 255, 255, 255], 32, "a broadcast address"),
];

/// First two to eight groups, leading bits, what it is. Outside of 2000::/3 nothing is public;
/// the names only serve the message.
const REFUSED_V6: [([u16; 8], u32, &str); 15] = [
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "a loopback address"),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "an IPv4-mapped address"),
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "an IPv4-translated address"),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, "an IPv4-compatible address"),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "a NAT64 address"),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "a NAT64 address"),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "a discard address"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "a Teredo or special-purpose address"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "a documentation address"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "a 6to4 address"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "a documentation address"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "a private address"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "a link-local address"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "a site-local address"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "a multicast address"),
];

/// Why this address is refused: what it is, in words. None where it may be reached.
pub fn refusal(ip: IpAddr, allowed: &[Cidr]) -> Option<&'static str> {
    if is_allowed(ip, allowed) {
        return None;
    }
    match ip {
        IpAddr::V4(ip) => v4(ip),
        IpAddr::V6(ip) => v6(ip),
    }
}

/// Whether the operator has named this address's network in `SWITCHHOOK_ALLOW_TARGETS`.
pub fn is_allowed(ip: IpAddr, allowed: &[Cidr]) -> bool {
    allowed.iter().any(|network| network.contains(ip))
}

fn v4(ip: Ipv4Addr) -> Option<&'static str> {
    let inside = |(network, bits, _): &&([u8; 4], u32, &str)| {
        (u32::from(ip) ^ u32::from(Ipv4Addr::from(*network))).leading_zeros() >= *bits
    };
    REFUSED_V4.iter().find(inside).map(|(_, _, what)| *what)
}

fn v6(ip: Ipv6Addr) -> Option<&'static str> {
    let inside = |(network, bits, _): &&([u16; 8], u32, &str)| {
        (u128::from(ip) ^ u128::from(Ipv6Addr::from(*network))).leading_zeros() >= *bits
    };
    let groups = ip.segments();
    // ISATAP: the interface part is [0 or 0x200]:5efe and an IPv4 address, under any prefix.
    let isatap = groups[5] == 0x5efe && groups[4] & !0x200 == 0;
    let named = REFUSED_V6.iter().find(inside).map(|(_, _, what)| *what);
    named
        .or(isatap.then_some("an ISATAP address"))
        .or((groups[0] & 0xe000 != 0x2000).then_some("not an address of the public Internet"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::cidr;

    fn is_refused(ip: &str) -> bool {
        refusal(ip.parse().unwrap(), &[]).is_some()
    }

    #[test]
    fn no_form_of_a_forbidden_address_is_reached() {
        for ip in [
            "127.0.0.1",
            "127.255.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "198.18.0.1",
            "198.19.255.255",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "192.88.99.1",
            "224.0.0.1",
            "239.1.1.1",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "::5efe:127.0.0.1",
            "2a00::5efe:10.0.0.1",
            "2a00::200:5efe:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:0:1::1",
            "2001:1ff::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
            "1::1",
        ] {
            assert!(is_refused(ip), "{ip}");
        }
    }

    #[test]
    fn public_addresses_are_reached() {
        for ip in [
            "8.8.8.8",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "168.63.129.17",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "2003::1",
        ] {
            assert!(!is_refused(ip), "{ip}");
        }
    }

    #[test]
    fn what_the_operator_allows_is_reached_and_nothing_beside_it() {
        let allowed = [cidr("127.0.0.0/8").unwrap(), cidr("fd00::/64").unwrap()];
        let refused = |ip: &str| refusal(ip.parse().unwrap(), &allowed).is_some();
        assert!(!refused("127.0.0.1") && !refused("fd00::1"));
        assert!(refused("10.0.0.1") && refused("::1") && refused("::ffff:127.0.0.1") && refused("fd00:0:0:1::1"));
    }
}
