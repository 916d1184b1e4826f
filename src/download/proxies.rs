//! Proxies as the usual variables name them.
//!
//! Must not know: whose variables they are.

use std::collections::BTreeMap;

use reqwest::{NoProxy, Proxy};

/// Programs on this machine are never asked through a proxy.
const ALWAYS_DIRECT: &str = "localhost,127.0.0.1,::1";

/// Which requests go through which proxy; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    all: Option<String>,
    direct: Option<String>,
}

impl Proxies {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not (the latter count first, as in curl).
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let find = |name: &str| {
            let found =
                [name.to_lowercase(), name.to_owned()].iter().find_map(|name| variables.get(name)).cloned();
            found.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Self {
            http: find("HTTP_PROXY"),
            https: find("HTTPS_PROXY"),
            all: find("ALL_PROXY"),
            direct: find("NO_PROXY"),
        }
    }

    pub(crate) fn to_reqwest(&self) -> reqwest::Result<Vec<Proxy>> {
        let direct =
            [Some(ALWAYS_DIRECT), self.direct.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(",");
        let made = [
            self.http.as_deref().map(Proxy::http),
            self.https.as_deref().map(Proxy::https),
            self.all.as_deref().map(Proxy::all),
        ];
        let with_exceptions = |proxy: Proxy| proxy.no_proxy(NoProxy::from_string(&direct));
        made.into_iter().flatten().map(|proxy| proxy.map(with_exceptions)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn small_letters_count_first_and_empty_is_none() {
        let proxies = Proxies::from_variables(&variables(&[
            ("HTTP_PROXY", "http://a"),
            ("http_proxy", "http://b"),
            ("ALL_PROXY", " "),
        ]));
        assert_eq!(proxies, Proxies { http: Some("http://b".into()), ..Proxies::default() });
        assert_eq!(Proxies::from_variables(&variables(&[])), Proxies::default());
    }

    #[test]
    fn a_proxy_that_is_no_address_is_an_error() {
        let broken = Proxies::from_variables(&variables(&[("HTTPS_PROXY", "http://[")]));
        assert!(broken.to_reqwest().is_err());
        let good =
            Proxies::from_variables(&variables(&[("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", ".intern")]));
        assert_eq!(good.to_reqwest().map(|proxies| proxies.len()).ok(), Some(1));
    }
}
