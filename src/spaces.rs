//! Which spaces there may be: those of the settings, and where spaces are open, any other.
//!
//! Shared by the hub, which makes and ends them, and by the web, which serves their pages and asks for PINs.

use crate::config::SpaceSettings;
use crate::pin_auth::PinAuth;
use crate::space_name::SpaceName;
use aws_lc_rs::hmac;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

/// See the [module](self).
pub(crate) struct SpaceRegistry {
    /// The box's own, from which each space has one.
    secret: [u8; 32],
    /// A lock is right: it is held for a look at a map.
    rules: RwLock<SpaceRules>,
}

struct SpaceRules {
    configured: BTreeMap<SpaceName, Configured>,
    is_open: bool,
}

struct Configured {
    settings: SpaceSettings,
    pin_auth: Arc<PinAuth>,
    /// When somebody was first let in, if it does not last for ever.
    begun: Option<Instant>,
    /// Its time is over.
    has_ended: bool,
}

/// What the hub needs to make a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpaceTerms {
    /// People at most, if not as many as in the lobby.
    pub(crate) size: Option<usize>,
    pub(crate) lifetime: Option<Duration>,
    /// It is none of the settings, but made by who came first.
    pub(crate) is_open: bool,
}

/// Why a space cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSpace {
    Unknown,
    /// Its time is over.
    Ended,
}

impl SpaceRegistry {
    /// `secret` is the box's own, and the same after a restart.
    pub(crate) fn new(
        secret: [u8; 32],
        configured: &BTreeMap<SpaceName, SpaceSettings>,
        is_open: bool,
    ) -> Self {
        let rules = SpaceRules { configured: BTreeMap::new(), is_open };
        let registry = SpaceRegistry { secret, rules: RwLock::new(rules) };
        registry.apply(configured, is_open);
        registry
    }

    /// Takes over other settings. Who guesses a space's PIN stays known; and that its time is over, as long as
    /// its lifetime is the same.
    pub(crate) fn apply(&self, configured: &BTreeMap<SpaceName, SpaceSettings>, is_open: bool) {
        let mut rules = self.rules.write().expect("nothing panics while it holds the spaces");
        let mut before = std::mem::take(&mut rules.configured);
        rules.is_open = is_open;
        for (name, settings) in configured {
            let entry = match before.remove(name) {
                Some(old) if old.settings.lifetime == settings.lifetime => {
                    Configured { settings: settings.clone(), ..old }
                }
                old => Configured {
                    settings: settings.clone(),
                    pin_auth: old.map_or_else(
                        || Arc::new(PinAuth::new(&self.secret_of(name), None)),
                        |old| old.pin_auth,
                    ),
                    begun: None,
                    has_ended: false,
                },
            };
            entry.pin_auth.set_pin(settings.pin.as_ref());
            rules.configured.insert(name.clone(), entry);
        }
    }

    /// The secret that signs a space's tokens and device tokens, so that they are worth nothing in any other.
    pub(crate) fn secret_of(&self, name: &SpaceName) -> [u8; 32] {
        let purpose = [b"wizyjno space ", name.as_str().as_bytes()].concat();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.secret), &purpose);
        tag.as_ref().try_into().expect("SHA-256 has 32 octets")
    }

    /// Whether there are spaces beside the lobby.
    pub(crate) fn has_any(&self) -> bool {
        self.look(|rules| rules.is_open || !rules.configured.is_empty())
    }

    /// What a space is to be like. `Err`: nobody can enter it.
    pub(crate) fn terms(&self, name: &SpaceName) -> Result<SpaceTerms, NoSpace> {
        self.look(|rules| match rules.configured.get(name) {
            Some(space) if space.has_ended => Err(NoSpace::Ended),
            Some(Configured { settings: SpaceSettings { size, lifetime, .. }, .. }) => {
                Ok(SpaceTerms { size: *size, lifetime: *lifetime, is_open: false })
            }
            None if rules.is_open => Ok(SpaceTerms { size: None, lifetime: None, is_open: true }),
            None => Err(NoSpace::Unknown),
        })
    }

    /// What a space is called for people: its title, else its name.
    pub(crate) fn title(&self, name: &SpaceName) -> String {
        let title =
            self.look(|rules| rules.configured.get(name).and_then(|space| space.settings.title.clone()));
        title.unwrap_or_else(|| name.to_string())
    }

    /// Who may enter a space; `None`: whoever has its address.
    pub(crate) fn pin_auth(&self, name: &SpaceName) -> Option<Arc<PinAuth>> {
        self.look(|rules| rules.configured.get(name).map(|space| space.pin_auth.clone()))
    }

    /// Those of all spaces that are in the settings.
    pub(crate) fn all_pin_auths(&self) -> Vec<Arc<PinAuth>> {
        self.look(|rules| rules.configured.values().map(|space| space.pin_auth.clone()).collect())
    }

    /// When the space's time is over, if it has begun.
    pub(crate) fn ends(&self, name: &SpaceName) -> Option<Instant> {
        self.look(|rules| {
            let space = rules.configured.get(name)?;
            Some(space.begun? + space.settings.lifetime?)
        })
    }

    /// Somebody is let in at `now`. When the space's time is over, if ever.
    pub(crate) fn begin(&self, name: &SpaceName, now: Instant) -> Option<Instant> {
        let mut rules = self.rules.write().expect("nothing panics while it holds the spaces");
        let space = rules.configured.get_mut(name)?;
        let lifetime = space.settings.lifetime?;
        Some(*space.begun.get_or_insert(now) + lifetime)
    }

    /// A space's time is over.
    pub(crate) fn end(&self, name: &SpaceName) {
        let mut rules = self.rules.write().expect("nothing panics while it holds the spaces");
        if let Some(space) = rules.configured.get_mut(name) {
            space.has_ended = true;
        }
    }

    fn look<T>(&self, look: impl FnOnce(&SpaceRules) -> T) -> T {
        look(&self.rules.read().expect("nothing panics while it holds the spaces"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;
    use std::net::{IpAddr, Ipv4Addr};

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));

    fn name(text: &str) -> SpaceName {
        SpaceName::new(text).expect("a name")
    }

    fn settings(spaces: &[(&str, Option<&str>, Option<Duration>)]) -> BTreeMap<SpaceName, SpaceSettings> {
        let settings = |pin: Option<&str>, lifetime| SpaceSettings {
            pin: pin.map(|pin| pin.parse().expect("a PIN")),
            lifetime,
            ..SpaceSettings::default()
        };
        spaces.iter().map(|(space, pin, lifetime)| (name(space), settings(*pin, *lifetime))).collect()
    }

    #[test]
    fn a_device_token_of_one_space_is_worth_nothing_in_another() {
        let registry = SpaceRegistry::new(
            [7; 32],
            &settings(&[("a", Some("2468"), None), ("b", Some("2468"), None)]),
            false,
        );
        let now = Instant::now();
        let [a, b] = ["a", "b"].map(|space| registry.pin_auth(&name(space)).expect("it is configured"));
        let Ok(Some(token)) = a.authenticate(CLIENT, Some("2468"), None, now) else { panic!("it is right") };
        assert_eq!(a.authenticate(CLIENT, None, Some(&token), now), Ok(None));
        assert_eq!(b.authenticate(CLIENT, None, Some(&token), now), Err(ErrorCode::PinNeeded));
        let main = PinAuth::new(&[7; 32], Some(&"2468".parse().unwrap()));
        assert_eq!(main.authenticate(CLIENT, None, Some(&token), now), Err(ErrorCode::PinNeeded));
        assert_ne!(registry.secret_of(&name("a")), registry.secret_of(&name("b")));
    }

    #[test]
    fn an_unknown_space_is_there_only_where_spaces_are_open() {
        let registry = SpaceRegistry::new([7; 32], &settings(&[("a", None, None)]), false);
        assert!(registry.terms(&name("a")).is_ok_and(|terms| !terms.is_open));
        assert_eq!(registry.terms(&name("b")), Err(NoSpace::Unknown));
        registry.apply(&BTreeMap::new(), true);
        assert!(
            registry.terms(&name("a")).is_ok_and(|terms| terms.is_open),
            "what is taken out is as any other"
        );
        assert!(registry.has_any());
        registry.apply(&BTreeMap::new(), false);
        assert!(!registry.has_any());
    }

    #[test]
    fn a_space_whose_time_is_over_stays_closed_until_its_lifetime_is_set_anew() {
        let hour = Duration::from_secs(3600);
        let registry = SpaceRegistry::new([7; 32], &settings(&[("a", None, Some(hour))]), true);
        let now = Instant::now();
        assert_eq!(registry.ends(&name("a")), None, "nobody has come");
        assert_eq!(registry.begin(&name("a"), now), Some(now + hour));
        assert_eq!(registry.ends(&name("a")), Some(now + hour));
        assert_eq!(registry.begin(&name("a"), now + hour / 2), Some(now + hour), "the first one counts");
        registry.end(&name("a"));
        registry.apply(&settings(&[("a", Some("1357"), Some(hour))]), true);
        assert_eq!(registry.terms(&name("a")), Err(NoSpace::Ended));
        registry.apply(&settings(&[("a", None, Some(2 * hour))]), true);
        assert!(registry.terms(&name("a")).is_ok());
        assert_eq!(registry.begin(&name("a"), now), Some(now + 2 * hour));
        assert_eq!(registry.begin(&name("b"), now), None, "an open one lasts as long as somebody is there");
    }
}
