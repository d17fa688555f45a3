//! Polski.

use super::{Told, Words, day, good, listed, micros_with_comma, told};
use crate::addresses::LeftOut;
use crate::doctor::cases::{
    About, Certificate, Clock, Disk, Domain, Firewall, Kernel, Keys, Media, Name, Network, Page, Pin,
    PlainPage, Proxy, Radio, Speed,
};
use crate::doctor::facts::{Drops, Holder, NoPage, NoRules, Place};
use crate::doctor::findings::Weight;

pub(super) struct Polish;

impl Words for Polish {
    fn title(&self) -> &'static str {
        "Diagnostyka"
    }

    fn verdict(&self, well: bool) -> &'static str {
        match well {
            true => "Nic nie przeszkadza ludziom się połączyć.",
            false => "Coś przeszkadza ludziom się połączyć.",
        }
    }

    fn last(&self, well: bool) -> &'static str {
        match well {
            true => self.verdict(well),
            false => "Te błędy przeszkadzają ludziom się połączyć.",
        }
    }

    fn mark(&self, weight: Weight) -> &'static str {
        match weight {
            Weight::Good => "ok",
            Weight::Hint => "rada",
            Weight::Fault => "BŁĄD",
        }
    }

    fn about(&self, about: About) -> &'static str {
        match about {
            About::Page => "strona",
            About::Pin => "PIN",
            About::PlainPage => "strona zaufania",
            About::Media => "obraz i dźwięk",
            About::Network => "sieć",
            About::Name => "nazwa",
            About::Domain => "domena",
            About::Proxy => "proxy",
            About::Firewall => "zapora",
            About::Clock => "zegar",
            About::Certificate => "certyfikat",
            About::Keys => "klucze",
            About::Disk => "dysk",
            About::Radio => "Wi-Fi",
            About::Kernel => "jądro",
            About::Speed => "szybkość",
        }
    }

    fn page(&self, case: &Page) -> Told {
        match case {
            Page::Served { port } => good(format!("Strona jest na porcie {port}.")),
            Page::Aside { first, holder } => {
                let why = held_by(holder).unwrap_or("ten użytkownik nie może go zająć".into());
                told(
                    format!("Strony nie ma na porcie {first} ({why}), więc trzeba wpisywać numer portu."),
                    "Zwolnij ten port i uruchom serwer ponownie albo podaj ludziom numer.",
                )
            }
            Page::Silent { why } => told(
                format!("Serwer ma swój port, ale strony nie ma: {}.", no_page(why)),
                "Zajrzyj do dziennika (journalctl --unit wizyjno) i uruchom serwer ponownie.",
            ),
            Page::AnyPort { setting } => told(
                "Port jest dowolny, więc nie wiadomo, gdzie jest strona.",
                format!("Podaj numer portu ustawieniem {setting}."),
            ),
            Page::Taken { port, holder, setting } => told(
                format!("Port {port} jest zajęty: {}.", held_by(holder).unwrap_or_default()),
                format!("Zakończ ten program albo daj serwerowi inny port ustawieniem {setting}."),
            ),
            Page::Idle { ports } => told(
                format!("Serwer nie działa: na porcie {} nie ma strony.", listed(ports, " ani ")),
                "Uruchom go: systemctl start wizyjno albo po prostu wizyjno.",
            ),
        }
    }

    fn pin(&self, Pin { wrong }: &Pin) -> Told {
        told(
            format!("Ktoś zgaduje PIN; liczba ostatnich błędnych prób: {wrong}."),
            "Dziennik podaje, z jakiego adresu. Wybierz dłuższy PIN, jeśli w sieci są obcy.",
        )
    }

    fn plain_page(&self, case: &PlainPage) -> Told {
        match case {
            PlainPage::Served { port } => {
                good(format!("Strona, która pomaga zaufać serwerowi, jest na porcie {port}."))
            }
            PlainPage::Taken { ports, setting } => {
                let says = match ports.as_slice() {
                    [(port, _)] => format!("Port {port} jest zajęty"),
                    all => {
                        let each = |(port, holder): &(u16, Holder)| {
                            format!("{port} ({})", held_by(holder).unwrap_or_default())
                        };
                        let all: Vec<String> = all.iter().map(each).collect();
                        format!("Porty {} są zajęte", all.join(" i "))
                    }
                };
                told(
                    format!("{says}, więc urządzenia nie dowiedzą się tam, jak zaufać serwerowi."),
                    format!(
                        "Zwolnij jeden z nich i uruchom serwer ponownie albo daj mu inny port ustawieniem {setting}."
                    ),
                )
            }
        }
    }

    fn media(&self, case: &Media) -> Told {
        match case {
            Media::Served { port } => good(format!("Obraz i dźwięk przechodzą przez port UDP {port}.")),
            Media::Taken { port, holder } => told(
                format!(
                    "Port UDP {port} jest zajęty ({}), więc obraz i dźwięk przechodzą przez inny.",
                    who(holder)
                ),
                "Zakończ ten program i uruchom serwer ponownie, jeśli zapora przepuszcza tylko ten port.",
            ),
            Media::Narrow { interface, mtu, wanted } => told(
                format!(
                    "{interface} przenosi pakiety do {mtu} bajtów, więc pakiety obrazu idą w kawałkach i giną, gdy \
                     zginie choć jeden kawałek."
                ),
                format!("Pozwól mu przenosić {wanted} lub więcej: ip link set {interface} mtu 1500."),
            ),
        }
    }

    fn network(&self, case: &Network) -> Told {
        match case {
            Network::Unknown { why } => told(
                format!("Nie da się odczytać listy interfejsów: {why}."),
                "Sprawdź, czy jądro ma rtnetlink i czy piaskownica go przepuszcza.",
            ),
            Network::Local { interface, address } => {
                good(format!("{interface} to sieć lokalna, z adresem {address}."))
            }
            Network::LeftOut { interface, address, why } => {
                good(format!("{interface} ({address}) jest pominięty: {}.", left_out(*why)))
            }
            Network::None => told(
                "Żaden interfejs nie ma adresu w sieci lokalnej.",
                "Podłącz kabel lub Wi-Fi albo podaj interfejs ustawieniem interface.",
            ),
        }
    }

    fn name(&self, case: &Name) -> Told {
        const ANOTHER: &str = "Daj jednemu z tych dwóch inną nazwę ustawieniem name.";
        match case {
            Name::None => told(
                "Serwer nie ogłasza nazwy, więc trzeba znać jego adres.",
                "Usuń no-mdns, jeśli ludzie mają znajdować serwer po nazwie.",
            ),
            Name::Other { wanted, name } => {
                told(format!("Inne urządzenie nazywa się {wanted}, więc serwer nazywa się {name}."), ANOTHER)
            }
            Name::Answered { name, interface } => {
                good(format!("Na pytanie o {name} przychodzi odpowiedź przez {interface}."))
            }
            Name::Unanswered { name, interface, avahi } => told(
                format!("Nikt nie odpowiada na pytanie o {name} przez {interface}."),
                match avahi {
                    true => {
                        "Sprawdź deny-interfaces, allow-interfaces, use-ipv4 i disallow-other-stacks w /etc/avahi/avahi-daemon.conf: avahi tu działa i nie odpowiada; albo poszukaj zapory, która odrzuca port UDP 5353."
                    }
                    false => {
                        "Poszukaj zapory, która odrzuca port UDP 5353, i zajrzyj do dziennika; adres działa mimo to."
                    }
                },
            ),
            Name::Foreign { name, interface, address } => {
                told(format!("Na {interface} {name} to {address}, czyli inne urządzenie."), ANOTHER)
            }
            Name::Unasked { name, interface, why } => told(
                format!("Nie da się zapytać o {name} przez {interface}: {why}."),
                "Sprawdź, czy interfejs jest włączony i przenosi multicast.",
            ),
            Name::Avahi => {
                good("Na tym komputerze działa też avahi i razem z serwerem używa portu UDP 5353.")
            }
        }
    }

    fn domain(&self, case: &Domain) -> Told {
        match case {
            Domain::Unresolved { domain, why } => told(
                format!("{domain} prowadzi donikąd: {why}."),
                "Niech ten, kto prowadzi jej DNS, doda rekord A albo AAAA z publicznym adresem tej maszyny.",
            ),
            Domain::Unreachable { domain, address, why } => told(
                format!("{domain} prowadzi do {address}, gdzie nikt nie odpowiada: {why}."),
                "Jeśli to ta maszyna, otwórz port TCP 443 w zaporze dostawcy albo w routerze.",
            ),
            Domain::Foreign { domain, address } => told(
                format!("{domain} prowadzi do {address}, gdzie odpowiada inny serwer."),
                "Popraw jej rekordy A i AAAA albo port, który przekierowuje router.",
            ),
            Domain::Status { domain, status } => told(
                format!("Pod {domain} serwer odpowiada statusem {status}."),
                "421 znaczy, że proxy przekazuje inny Host niż ten, który wpisano; wzór jest w hosting/.",
            ),
            Domain::OwnAuthority { domain } => told(
                format!("Dla {domain} nie ma jeszcze certyfikatu, któremu ufają przeglądarki."),
                "Dziennik mówi dlaczego: journalctl -u wizyjno. Porty 443 i 80 muszą być otwarte na świat.",
            ),
            Domain::Untrusted { domain, why } => told(
                format!("Przeglądarki nie ufają certyfikatowi dla {domain}: {why}."),
                "Podaj taki, który zawiera cały łańcuch, albo usuń tls-cert.",
            ),
            Domain::Invalid { domain, from, until } => told(
                format!(
                    "Certyfikat dla {domain} jest ważny od {} do {}, a nie dziś.",
                    day(*from),
                    day(*until)
                ),
                "Dziennik mówi, czemu nie jest odnawiany: journalctl -u wizyjno albo dziennik proxy.",
            ),
            Domain::Overdue { domain, days } => told(
                format!(
                    "Certyfikat dla {domain} wygasa, zostało mu dni: {days}, a powinien był już być odnowiony."
                ),
                "Dziennik mówi, czemu nie jest: journalctl -u wizyjno albo dziennik proxy.",
            ),
            Domain::Served { domain, address, days } => good(format!(
                "{domain} prowadzi tu przez {address}, z certyfikatem, któremu przeglądarki ufają; ważny jeszcze dni: {days}."
            )),
            Domain::HttpClosed { domain, address } => told(
                format!("Port 80 pod {address} jest zamknięty, więc kto wpisze http://{domain}, nie trafi."),
                "Otwórz port TCP 80.",
            ),
            Domain::MediaClosed { address, port, protocol } => told(
                format!("Obraz i dźwięk nie dojdą do {address}, port {protocol} {port}."),
                format!("Otwórz port {protocol} {port} w zaporze dostawcy albo w routerze."),
            ),
        }
    }

    fn proxy(&self, case: &Proxy) -> Told {
        match case {
            Proxy::Untrusted { domain, address } => told(
                format!(
                    "Pod {domain} wszyscy przychodzą z {address}, od proxy, któremu się nie ufa, i liczą się jako jeden."
                ),
                format!("Jeśli to twoje proxy: trusted-proxy {address}."),
            ),
            Proxy::UnknownClient { domain, client } => told(
                format!("Pod {domain} ta maszyna przychodzi jako {client}, a to adres zaufanego proxy."),
                "Sprawdź, czy proxy ustawia X-Forwarded-For, Forwarded albo protokół PROXY, jak te w hosting/.",
            ),
            Proxy::SaidToBePlain { domain } => told(
                format!(
                    "Pod {domain} proxy mówi, że ludzie przychodzą bez TLS, więc strona odsyła ich w kółko."
                ),
                "Niech proxy ustawia X-Forwarded-Proto na https.",
            ),
        }
    }

    fn firewall(&self, case: &Firewall) -> Told {
        match case {
            Firewall::Unknown(why) => told(
                format!("Jej reguły nie są znane: {}.", no_rules(why)),
                "Uruchom wizyjno doctor jako root.",
            ),
            Firewall::Open => good("Żadna znana na pewno reguła nie odrzuca tego, co idzie do serwera."),
            Firewall::Closed(Drops { protocol, port, place }) => told(
                format!("Port {protocol} {port} odrzuca {}.", where_dropped(place)),
                "Przepuść go: reguły pokazuje nft list ruleset albo iptables -S.",
            ),
        }
    }

    fn clock(&self, Clock { shows }: &Clock) -> Told {
        told(
            format!(
                "Zegar pokazuje {}, co jest niemożliwe; na razie serwer kieruje się datą swojej kompilacji.",
                day(*shows)
            ),
            "Niech komputer raz połączy się z serwerem czasu albo ustaw zegar: timedatectl set-time.",
        )
    }

    fn certificate(&self, case: &Certificate) -> Told {
        match case {
            Certificate::Invalid { from, until, now } => told(
                format!(
                    "Certyfikat jest ważny od {} do {}, a dziś jest {}.",
                    day(*from),
                    day(*until),
                    day(*now)
                ),
                "Poczekaj minutę, aż serwer zrobi nowy; jeśli nie zrobi, uruchom go ponownie.",
            ),
            Certificate::Valid { days, names } => {
                let (names, days_left) = (names.join(", "), if *days == 1 { "dzień" } else { "dni" });
                good(format!("Jest ważny jeszcze {days} {days_left} dla {names} i sam odnowi się wcześniej."))
            }
        }
    }

    fn keys(&self, case: &Keys) -> Told {
        match case {
            Keys::Damaged { how } => {
                told(format!("Klucze są uszkodzone: {how}."), "Z takimi kluczami serwer nie wystartuje.")
            }
            Keys::Absent { path } => told(
                format!("Folderu kluczy, {}, jeszcze nie ma.", path.display()),
                "Utworzy go pierwsze uruchomienie.",
            ),
            Keys::ReadOnly { path } => told(
                format!("Do folderu kluczy, {}, nie da się zapisywać.", path.display()),
                "Do tego czasu nowy certyfikat nie zostanie zapisany; sprawdź właściciela folderu i dysk.",
            ),
            Keys::Kept { path } => good(format!("Leżą w {}; można tam zapisywać.", path.display())),
            Keys::InMemory { path } => told(
                format!(
                    "Folder kluczy, {}, jest tylko w pamięci: po wyłączeniu komputera klucze znikną i każde urządzenie \
                     będzie musiało zaufać serwerowi od nowa.",
                    path.display()
                ),
                "Daj serwerowi folder na dysku ustawieniem state-dir.",
            ),
        }
    }

    fn disk(&self, Disk { free, path }: &Disk) -> Told {
        told(
            format!("Tam, gdzie jest {}, brakuje miejsca; wolne bajty: {free}.", path.display()),
            "Zrób miejsce; to, co już tam jest, jest bezpieczne.",
        )
    }

    fn radio(&self, case: &Radio) -> Told {
        match case {
            Radio::Sleeps { interface } => told(
                format!("{interface} zasypia między pakietami i gubi pytania o nazwę."),
                format!("Wyłącz to: iw dev {interface} set power_save off."),
            ),
            Radio::Awake { interface } => good(format!("{interface} nie zasypia.")),
            Radio::Unknown { interface } => {
                told(format!("Nie wiadomo, czy {interface} zasypia."), "Zainstaluj iw.")
            }
        }
    }

    fn kernel(&self, case: &Kernel) -> Told {
        match case {
            Kernel::Buffers { bytes } => good(format!("Bufory UDP mogą mieć tyle bajtów: {bytes}.")),
            Kernel::SmallBuffers { bytes, wanted } => told(
                format!("Bufory UDP mogą mieć tylko tyle bajtów: {bytes}; duże pokoje mogą gubić pakiety."),
                format!("Wpisz: sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}"),
            ),
            Kernel::Joined => good("Datagramy są wysyłane i odbierane połączone (GSO, GRO)."),
            Kernel::NotJoined => told(
                "Datagramy nie są wysyłane i odbierane połączone (GSO, GRO), co bardziej obciąża procesor.",
                "Użyj Linuksa 5.0 lub nowszego.",
            ),
        }
    }

    fn speed(&self, Speed { cores, encrypt, members, rooms, slow }: &Speed) -> Told {
        let says = format!(
            "Rdzenie: {cores}, szyfrowanie pakietu: {}; wystarczy na pokój dla około {members} osób, a liczba pokojów po \
             cztery osoby to {rooms}.",
            micros_with_comma(*encrypt)
        );
        let mend = "Dwie osoby i tak rozmawiają wprost; dla większej liczby weź szybszy komputer albo wysyłaj mniejsze obrazy.";
        if *slow { told(says, mend) } else { good(says) }
    }
}

fn who(holder: &Holder) -> String {
    match holder {
        Holder::Other { name, process } => format!("{name}, proces {process}"),
        Holder::Hidden => "program, który może zobaczyć tylko root".into(),
        Holder::Us => "serwer".into(),
        Holder::Nobody => "nikt".into(),
    }
}

fn held_by(holder: &Holder) -> Option<String> {
    match holder {
        Holder::Other { .. } | Holder::Hidden => Some(format!("ma go {}", who(holder))),
        Holder::Nobody | Holder::Us => None,
    }
}

fn no_page(why: &NoPage) -> String {
    match why {
        NoPage::NoAuthority => "strona zaufania nie daje certyfikatu urzędu".into(),
        NoPage::Status(status) => format!("odpowiada stanem {status}"),
        NoPage::Failed(cause) => cause.clone(),
    }
}

fn left_out(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Loopback => "to pętla zwrotna tego komputera",
        LeftOut::NotNamed => "nie ma go w ustawieniu interface",
        LeftOut::Down => "jest wyłączony, bez kabla i bez sieci",
        LeftOut::PointToPoint => "to łącze punkt-punkt",
        LeftOut::EmptyBridge => "to most bez urządzenia, jakie mają kontenery",
        LeftOut::Tunnel => "to tunel albo modem",
        LeftOut::Virtual => "według nazwy to interfejs kontenerów albo maszyn wirtualnych",
    }
}

fn no_rules(why: &NoRules) -> String {
    match why {
        NoRules::Absent(program) => format!("nie ma programu {program}"),
        NoRules::NotAllowed(program) => format!("ten użytkownik nie może pytać programu {program}"),
        NoRules::NotUnderstood(program) => format!("odpowiedź programu {program} jest niezrozumiała"),
    }
}

fn where_dropped(Place { rule, chain, table }: &Place) -> String {
    match rule {
        Some(rule) => format!("reguła {rule} łańcucha {chain} w tabeli {table}"),
        None => format!("zasada domyślna łańcucha {chain} w tabeli {table}"),
    }
}
