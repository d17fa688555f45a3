//! Ślōnski, we ślabikŏrzowym szrajbōnku.

use super::{Told, Words, day, good, listed, micros_with_comma, told};
use crate::addresses::LeftOut;
use crate::doctor::cases::{
    About, Certificate, Clock, Disk, Domain, Firewall, Kernel, Keys, Media, Name, Network, Page, Pin,
    PlainPage, Proxy, Radio, Speed,
};
use crate::doctor::facts::{Drops, Holder, NoPage, NoRules, Place};
use crate::doctor::findings::Weight;

pub(super) struct Silesian;

impl Words for Silesian {
    fn title(&self) -> &'static str {
        "Dochtōr"
    }

    fn verdict(&self, well: bool) -> &'static str {
        match well {
            true => "Nic niy przeszkŏdzŏ ludziōm sie połōnczyć.",
            false => "Cosik przeszkŏdzŏ ludziōm sie połōnczyć.",
        }
    }

    fn last(&self, well: bool) -> &'static str {
        match well {
            true => self.verdict(well),
            false => "Te felery przeszkŏdzajōm ludziōm sie połōnczyć.",
        }
    }

    fn mark(&self, weight: Weight) -> &'static str {
        match weight {
            Weight::Good => "ok",
            Weight::Hint => "rada",
            Weight::Fault => "FELER",
        }
    }

    fn about(&self, about: About) -> &'static str {
        match about {
            About::Page => "zajta",
            About::Pin => "PIN",
            About::PlainPage => "zajta ôd zaufaniŏ",
            About::Media => "ôbrŏz i głos",
            About::Network => "nec",
            About::Name => "miano",
            About::Domain => "dōmyna",
            About::Proxy => "proxy",
            About::Firewall => "zapora",
            About::Clock => "zygŏr",
            About::Certificate => "certyfikat",
            About::Keys => "klucze",
            About::Disk => "dysk",
            About::Radio => "Wi-Fi",
            About::Kernel => "jōndro",
            About::Speed => "wartkość",
        }
    }

    fn page(&self, case: &Page) -> Told {
        match case {
            Page::Served { port } => good(format!("Zajta je na porcie {port}.")),
            Page::Aside { first, holder } => {
                let why = held_by(holder).unwrap_or("tyn używŏcz niy może go wziōńć".into());
                told(
                    format!("Zajty niy ma na porcie {first} ({why}), tōż trza wpisować numer portu."),
                    "Zwolnij tyn port i puś serwer jeszcze rŏz abo pedz ludziōm numer.",
                )
            }
            Page::Silent { why } => told(
                format!("Serwer mŏ swōj port, ale zajty niy ma: {}.", no_page(why)),
                "Zaglōndnij do dziynnika (journalctl --unit wizyjno) i puś serwer jeszcze rŏz.",
            ),
            Page::AnyPort { setting } => told(
                "Port je byle jaki, tōż niy wiadōmo, kaj je zajta.",
                format!("Podej numer portu nasztalowaniym {setting}."),
            ),
            Page::Taken { port, holder, setting } => told(
                format!("Port {port} je zajynty: {}.", held_by(holder).unwrap_or_default()),
                format!("Zawrzij tyn program abo dej serwerowi inkszy port nasztalowaniym {setting}."),
            ),
            Page::Idle { ports } => told(
                format!("Serwer niy idzie: na porcie {} niy ma zajty.", listed(ports, " ani ")),
                "Puś go: systemctl start wizyjno abo po prostu wizyjno.",
            ),
        }
    }

    fn pin(&self, Pin { wrong }: &Pin) -> Told {
        told(
            format!("Ftoś zgaduje PIN; tela było ôstatnio złych: {wrong}."),
            "Dziynnik gŏdŏ, z jakij adresy. Weź dugszy PIN, jak we necy sōm cudzi.",
        )
    }

    fn plain_page(&self, case: &PlainPage) -> Told {
        match case {
            PlainPage::Served { port } => {
                good(format!("Zajta, co pōmŏgŏ zaufać serwerowi, je na porcie {port}."))
            }
            PlainPage::Taken { ports, setting } => {
                let says = match ports.as_slice() {
                    [(port, _)] => format!("Port {port} je zajynty"),
                    all => {
                        let each = |(port, holder): &(u16, Holder)| {
                            format!("{port} ({})", held_by(holder).unwrap_or_default())
                        };
                        let all: Vec<String> = all.iter().map(each).collect();
                        format!("Porty {} sōm zajynte", all.join(" i "))
                    }
                };
                told(
                    format!("{says}, tōż masziny niy dowiedzōm sie tam, jak zaufać serwerowi."),
                    format!(
                        "Zwolnij jedyn z nich i puś serwer jeszcze rŏz abo dej mu inkszy port nasztalowaniym {setting}."
                    ),
                )
            }
        }
    }

    fn media(&self, case: &Media) -> Told {
        match case {
            Media::Served { port } => good(format!("Ôbrŏz i głos idōm bez port UDP {port}.")),
            Media::Taken { port, holder } => told(
                format!("Port UDP {port} je zajynty ({}), tōż ôbrŏz i głos idōm bez inkszy.", who(holder)),
                "Zawrzij tyn program i puś serwer jeszcze rŏz, jak zapora puszczŏ ino tyn port.",
            ),
            Media::Narrow { interface, mtu, wanted } => told(
                format!(
                    "{interface} niesie pakety do {mtu} bajtōw, tōż pakety ôd ôbrŏzu idōm we kōnskach i tracōm sie, jak \
                     sie straci choby jedyn kōnsek."
                ),
                format!("Niych niesie {wanted} abo wiyncyj: ip link set {interface} mtu 1500."),
            ),
        }
    }

    fn network(&self, case: &Network) -> Told {
        match case {
            Network::Unknown { why } => told(
                format!("Niy idzie przeczytać listy interfejsōw: {why}."),
                "Sprawdź, eli jōndro mŏ rtnetlink i eli piŏskownica go puszczŏ.",
            ),
            Network::Local { interface, address } => {
                good(format!("{interface} to je lokalnŏ nec, ze adresōm {address}."))
            }
            Network::LeftOut { interface, address, why } => {
                good(format!("{interface} ({address}) je pōminiynty: {}.", left_out(*why)))
            }
            Network::None => told(
                "Żŏdyn interfejs niy mŏ adresy we lokalnyj necy.",
                "Wraź kabel, załōncz Wi-Fi abo podej interfejs nasztalowaniym interface.",
            ),
        }
    }

    fn name(&self, case: &Name) -> Told {
        const ANOTHER: &str = "Dej jednymu z tych dwōch inksze miano nasztalowaniym name.";
        match case {
            Name::None => told(
                "Serwer niy ôgłŏszŏ miana, tōż trza znać jego adresa.",
                "Weź no-mdns fōrt, jak ludzie majōm znojdować serwer po mianie.",
            ),
            Name::Other { wanted, name } => {
                told(format!("Inkszŏ maszina mŏ miano {wanted}, tōż serwer mŏ miano {name}."), ANOTHER)
            }
            Name::Answered { name, interface } => {
                good(format!("Na pytanie ô {name} prziłazi ôdpowiydź bez {interface}."))
            }
            Name::Unanswered { name, interface, avahi } => told(
                format!("Żŏdyn niy ôdpowiadŏ na pytanie ô {name} bez {interface}."),
                match avahi {
                    true => {
                        "Ôbejzdrzij deny-interfaces, allow-interfaces, use-ipv4 i disallow-other-stacks we /etc/avahi/avahi-daemon.conf: avahi sam idzie i niy ôdpowiadŏ; abo znojdź zapora, co wyciepuje port UDP 5353."
                    }
                    false => {
                        "Znojdź zapora, co wyciepuje port UDP 5353, i zaglōndnij do dziynnika; adresa idzie i tak."
                    }
                },
            ),
            Name::Foreign { name, interface, address } => {
                told(format!("Na {interface} {name} to je {address}, inkszŏ maszina."), ANOTHER)
            }
            Name::Unasked { name, interface, why } => told(
                format!("Niy idzie spytać ô {name} bez {interface}: {why}."),
                "Sprawdź, eli interfejs je załōnczōny i niesie multicast.",
            ),
            Name::Avahi => good("Na tyj maszinie idzie tyż avahi i razym ze serwerym używŏ portu UDP 5353."),
        }
    }

    fn domain(&self, case: &Domain) -> Told {
        match case {
            Domain::Unresolved { domain, why } => told(
                format!("{domain} niy kludzi nikaj: {why}."),
                "Niych tyn, co prowadzi jeji DNS, dodŏ rekord A abo AAAA z publicznōm adresōm tyj maszyny.",
            ),
            Domain::Unreachable { domain, address, why } => told(
                format!("{domain} kludzi na {address}, kaj żŏdyn niy ôdpowiadŏ: {why}."),
                "Jak to je ta maszina, puś port TCP 443 we zaporze tego, co jōm dŏwŏ, abo we routerze.",
            ),
            Domain::Foreign { domain, address } => told(
                format!("{domain} kludzi na {address}, kaj ôdpowiadŏ inkszy serwer."),
                "Popraw jeji rekordy A i AAAA abo port, co go puszczŏ router.",
            ),
            Domain::Status { domain, status } => told(
                format!("Bez {domain} serwer ôdpowiadŏ stanym {status}."),
                "421 to je, jak proxy dŏwŏ inkszy Host jak tyn, co go fto napisoł; dobre nasztalowanie je we hosting/.",
            ),
            Domain::OwnAuthority { domain } => told(
                format!("Dlŏ {domain} niy ma jeszcze certyfikatu, co mu przeglōndarki ufajōm."),
                "Dziynnik gŏdŏ, czymu: journalctl -u wizyjno. Porty 443 i 80 muszōm być ôtwarte na świat.",
            ),
            Domain::Untrusted { domain, why } => told(
                format!("Przeglōndarki niy ufajōm certyfikatowi dlŏ {domain}: {why}."),
                "Dej taki, co mŏ cołkŏ keta, abo wyciep tls-cert.",
            ),
            Domain::Invalid { domain, from, until } => told(
                format!(
                    "Certyfikat dlŏ {domain} je dobry ôd {} do {}, a niy dzisiej.",
                    day(*from),
                    day(*until)
                ),
                "Dziynnik gŏdŏ, czymu niy ma nowego: journalctl -u wizyjno abo dziynnik proxy.",
            ),
            Domain::Overdue { domain, days } => told(
                format!("Certyfikat dlŏ {domain} je dobry jeszcze {days} dni, a miŏł już być nowy."),
                "Dziynnik gŏdŏ, czymu go niy ma: journalctl -u wizyjno abo dziynnik proxy.",
            ),
            Domain::Served { domain, address, days } => good(format!(
                "{domain} kludzi sam bez {address}, ze certyfikatym, co mu przeglōndarki ufajōm jeszcze {days} dni."
            )),
            Domain::HttpClosed { domain, address } => told(
                format!("Port 80 na {address} je zawarty, tōż fto napisze http://{domain}, niy trefi."),
                "Puś port TCP 80.",
            ),
            Domain::MediaClosed { address, port, protocol } => told(
                format!("Ôbrŏz i głos niy dojdōm na {address}, port {protocol} {port}."),
                format!("Puś port {protocol} {port} we zaporze tego, co dŏwŏ maszina, abo we routerze."),
            ),
        }
    }

    fn proxy(&self, case: &Proxy) -> Told {
        match case {
            Proxy::Untrusted { domain, address } => told(
                format!(
                    "Bez {domain} wszyjscy idōm ôd {address}, ôd proxy, co mu sie niy ufŏ, i rachujōm sie za jednego."
                ),
                format!("Jak to je twoje proxy: trusted-proxy {address}."),
            ),
            Proxy::UnknownClient { domain, client } => told(
                format!("Bez {domain} ta maszina idzie za {client}, a to je adresa proxy, co mu sie ufŏ."),
                "Sprawdź, eli proxy dŏwŏ X-Forwarded-For, Forwarded abo protokōł PROXY, jak te we hosting/.",
            ),
            Proxy::SaidToBePlain { domain } => told(
                format!("Bez {domain} proxy gŏdŏ, co ludzie idōm bez TLS, tōż zajta posyłŏ ich we kōłko."),
                "Niych proxy dŏwŏ X-Forwarded-Proto https.",
            ),
        }
    }

    fn firewall(&self, case: &Firewall) -> Told {
        match case {
            Firewall::Unknown(why) => {
                told(format!("Jeji reguł niy znōmy: {}.", no_rules(why)), "Puś wizyjno doctor jako root.")
            }
            Firewall::Open => {
                good("Żŏdnŏ reguła, co jōm znōmy na isto, niy wyciepuje tego, co idzie do serwera.")
            }
            Firewall::Closed(Drops { protocol, port, place }) => told(
                format!("Port {protocol} {port} wyciepuje {}.", where_dropped(place)),
                "Puś go: reguły pokŏzuje nft list ruleset abo iptables -S.",
            ),
        }
    }

    fn clock(&self, Clock { shows }: &Clock) -> Told {
        told(
            format!(
                "Zygŏr pokŏzuje {}, a to niy może być; na razie serwer biere datōm, kej go zbudowano.",
                day(*shows)
            ),
            "Niych maszina rŏz połōnczy sie ze serwerym czasu abo nasztaluj zygŏr: timedatectl set-time.",
        )
    }

    fn certificate(&self, case: &Certificate) -> Told {
        match case {
            Certificate::Invalid { from, until, now } => told(
                format!(
                    "Certyfikat je dobry ôd {} do {}, a dzisiej je {}.",
                    day(*from),
                    day(*until),
                    day(*now)
                ),
                "Doczekej minuta, aż serwer zrobi nowy; jak niy zrobi, puś go jeszcze rŏz.",
            ),
            Certificate::Valid { days, names } => {
                let (names, days_left) = (names.join(", "), if *days == 1 { "dziyń" } else { "dni" });
                good(format!(
                    "Je dobry jeszcze {days} {days_left} dlŏ {names}, a nowy zrobi sie sōm wcześnij."
                ))
            }
        }
    }

    fn keys(&self, case: &Keys) -> Told {
        match case {
            Keys::Damaged { how } => {
                told(format!("Klucze sōm poknŏcōne: {how}."), "Ze takimi kluczami serwer niy pōjdzie.")
            }
            Keys::Absent { path } => told(
                format!("Fołdra ôd kluczy, {}, jeszcze niy ma.", path.display()),
                "Zrobi go piyrsze puszczynie serwera.",
            ),
            Keys::ReadOnly { path } => told(
                format!("Do fołdra ôd kluczy, {}, niy idzie pisać.", path.display()),
                "Pōki tak je, nowy certyfikat sie niy zapisze; ôbejzdrzij, czyj je fołder, i dysk.",
            ),
            Keys::Kept { path } => good(format!("Leżōm we {}; idzie tam pisać.", path.display())),
            Keys::InMemory { path } => told(
                format!(
                    "Fołder ôd kluczy, {}, je ino we pamiyńci: jak maszina zgaśnie, klucze sie stracōm i kożdŏ maszina \
                     bydzie musieć zaufać serwerowi ôd nowa.",
                    path.display()
                ),
                "Dej serwerowi fołder na dysku nasztalowaniym state-dir.",
            ),
        }
    }

    fn disk(&self, Disk { free, path }: &Disk) -> Told {
        told(
            format!("Tam, kaj je {}, niy ma placu; wolne bajty: {free}.", path.display()),
            "Zrōb plac; tymu, co tam już je, nic niy bydzie.",
        )
    }

    fn radio(&self, case: &Radio) -> Told {
        match case {
            Radio::Sleeps { interface } => told(
                format!("{interface} zasypiŏ miyndzy paketami i traci pytania ô miano."),
                format!("Wyłōncz to: iw dev {interface} set power_save off."),
            ),
            Radio::Awake { interface } => good(format!("{interface} niy zasypiŏ.")),
            Radio::Unknown { interface } => {
                told(format!("Niy wiadōmo, eli {interface} zasypiŏ."), "Zainstaluj iw.")
            }
        }
    }

    fn kernel(&self, case: &Kernel) -> Told {
        match case {
            Kernel::Buffers { bytes } => good(format!("Bufory UDP mogōm mieć tela bajtōw: {bytes}.")),
            Kernel::SmallBuffers { bytes, wanted } => told(
                format!("Bufory UDP mogōm mieć ino tela bajtōw: {bytes}; sroge izby mogōm tracić pakety."),
                format!("Wpisz: sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}"),
            ),
            Kernel::Joined => good("Datagramy sie posyłajōm i ôdbiyrajōm połōnczōne (GSO, GRO)."),
            Kernel::NotJoined => told(
                "Datagramy niy posyłajōm i niy ôdbiyrajōm sie połōnczōne (GSO, GRO), tōż procesor mŏ wiyncyj roboty.",
                "Weź Linuksa 5.0 abo nowszego.",
            ),
        }
    }

    fn speed(&self, Speed { cores, encrypt, members, rooms, slow }: &Speed) -> Told {
        let says = format!(
            "Jōndra procesora: {cores}, szyfrowanie paketu: {}; styknie na izba dlŏ jakichś {members} ludzi, a \
             izbōw po sztyrech ludzi idzie mieć {rooms}.",
            micros_with_comma(*encrypt)
        );
        let mend =
            "Dwoje i tak gŏdajōm prosto; dlŏ wiyncyj ludzi weź wartszŏ maszina abo posyłej myńsze ôbrŏzki.";
        if *slow { told(says, mend) } else { good(says) }
    }
}

fn who(holder: &Holder) -> String {
    match holder {
        Holder::Other { name, process } => format!("{name}, proces {process}"),
        Holder::Hidden => "program, co go widzi ino root".into(),
        Holder::Us => "serwer".into(),
        Holder::Nobody => "żŏdyn".into(),
    }
}

fn held_by(holder: &Holder) -> Option<String> {
    match holder {
        Holder::Other { .. } | Holder::Hidden => Some(format!("mŏ go {}", who(holder))),
        Holder::Nobody | Holder::Us => None,
    }
}

fn no_page(why: &NoPage) -> String {
    match why {
        NoPage::NoAuthority => "zajta ôd zaufaniŏ niy dŏwŏ certyfikatu ôd urzyndu".into(),
        NoPage::Status(status) => format!("ôdpowiadŏ stanym {status}"),
        NoPage::Failed(cause) => cause.clone(),
    }
}

fn left_out(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Loopback => "to je pyntla tyj masziny",
        LeftOut::NotNamed => "niy ma go we nasztalowaniu interface",
        LeftOut::Down => "je wyłōnczōny, bez kabla i bez necy",
        LeftOut::PointToPoint => "to je łōncze punkt-punkt",
        LeftOut::EmptyBridge => "to je most bez masziny, jak go majōm kōntynery",
        LeftOut::Tunnel => "to je tunel abo modym",
        LeftOut::Virtual => "po mianie to je interfejs ôd kōntynerōw abo wirtualnych maszin",
    }
}

fn no_rules(why: &NoRules) -> String {
    match why {
        NoRules::Absent(program) => format!("niy ma programu {program}"),
        NoRules::NotAllowed(program) => format!("tyn używŏcz niy może pytać programu {program}"),
        NoRules::NotUnderstood(program) => format!("ôdpowiydzi programu {program} niy idzie spokopić"),
    }
}

fn where_dropped(Place { rule, chain, table }: &Place) -> String {
    match rule {
        Some(rule) => format!("reguła {rule} kety {chain} we tabuli {table}"),
        None => format!("zwyczajnŏ zasada kety {chain} we tabuli {table}"),
    }
}
