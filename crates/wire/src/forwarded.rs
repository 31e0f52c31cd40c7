//! Where a request came from, behind proxies. A header is anybody's claim: it counts only as far as
//! configured proxies wrote it.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// Whether an address belongs to a configured proxy.
#[must_use]
pub fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|network| network.contains(&address))
}

/// The address of the client: that of the connection, or, where a configured proxy made the
/// connection, the last one of `X-Forwarded-For` that is no such proxy. What stands before it is not
/// looked at: anybody may have written it.
#[must_use]
pub fn client_address(connection: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut client = connection.to_canonical();
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let hops = lines.iter().flat_map(|line| line.split(','));
    for hop in hops.rev() {
        if !is_trusted(client, proxies) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

/// Whether the client speaks TLS with the outermost proxy, as a configured proxy says.
#[must_use]
pub fn says_https(connection: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> bool {
    let said = headers.get(FORWARDED_PROTO).map(http::HeaderValue::as_bytes);
    is_trusted(connection, proxies) && said == Some(b"https")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn from(connection: &str, header: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in header {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        client_address(connection.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_they_are() {
        assert_eq!(from("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        // The proxy appends whom it saw; what the client sent stands before.
        assert_eq!(from("10.0.0.1", &["198.51.100.7, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(from("10.0.0.1", &["198.51.100.7", "192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn proxies_in_a_row_are_walked_and_nonsense_ends_the_walk() {
        assert_eq!(from("10.0.0.1", &["192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(from("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(from("2001:db8::1", &["nobody"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn only_a_proxy_says_that_it_is_https() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_PROTO, "https".parse().unwrap());
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        assert!(says_https("10.1.1.1".parse().unwrap(), &headers, &proxies));
        assert!(!says_https("192.0.2.1".parse().unwrap(), &headers, &proxies));
    }
}
