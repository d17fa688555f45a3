// What a device is told, step by step, so that it trusts the box; and what stands on the warnings of browsers. What is
// *between stars* stands like that on the visitor's screen. `{authority}` is the name that is listed.
//
// Where each step is from:
// - iOS: https://support.apple.com/102400 (install a profile, which is gone after 8 minutes), https://support.apple.com/102390
//   (trust it fully)
// - Android: https://support.google.com/pixelphone/answer/2844832 (install a CA certificate, screen lock); the warning:
//   https://android.googlesource.com/platform/packages/apps/Settings/+/refs/heads/main/res/values/strings.xml (ca_certificate_warning_*)
// - Windows: https://learn.microsoft.com/skype-sdk/sdn/articles/installing-the-trusted-root-certificate
// - macOS: https://support.apple.com/guide/keychain-access/kyca2431/mac (add), https://support.apple.com/guide/keychain-access/kyca11871/mac (trust)
// - ChromeOS and Linux: https://chromium.googlesource.com/chromium/src/+/main/chrome/app/certificate_manager.grdp (followed in Chromium 156),
//   https://support.google.com/chrome/answer/95617
// - Firefox: https://support.mozilla.org/kb/set-certificate-authorities-firefox,
//   https://searchfox.org/mozilla-central/source/security/manager/locales/en-US/security/certificates/certManager.ftl (followed in Firefox 153)
// - Firefox on Android: https://searchfox.org/mozilla-central/search?q=allow_third_party_root_certs
// - warnings of Chromium and Chrome, on iOS too:
//   https://chromium.googlesource.com/chromium/src/+/main/components/security_interstitials_strings.grdp (IDS_SSL_OVERRIDABLE_PROCEED_PARAGRAPH)
// - of Edge, which changes that sentence: https://learn.microsoft.com/answers/questions/1165854/
// - of Firefox: https://searchfox.org/mozilla-central/source/toolkit/locales/en-US/toolkit/neterror/certError.ftl (fp-certerror-override-exception-button-2)
// - of Firefox on Android: https://searchfox.org/mozilla-central/search?q=errorpages_security_bad_cert_accept_temporary
// - of Firefox on iOS: https://github.com/mozilla-mobile/firefox-ios/blob/main/firefox-ios/Shared/Strings.swift (ErrorPagesVisitOnceButton)
// - of Safari: https://support.apple.com/guide/safari/sfri40697/mac
// - what Chromium holds back, and *Keep*: https://chromium.googlesource.com/chromium/src/+/main/chrome/app/generated_resources.grd
//   (IDS_DOWNLOAD_BUBBLE_…, seen in Chromium 156)

/**
 * How one system is told to trust the box.
 * @typedef {object} System
 * @property {string} name
 * @property {'crt' | 'profile'} file what to download
 * @property {string[]} steps
 * @property {string} [note]
 */

/** @typedef {'ios' | 'android' | 'windows' | 'macos' | 'chromeos' | 'linux' | 'firefox' | 'firefoxAndroid'} SystemName */

/** @typedef {Record<SystemName, System>} Systems */

/** @type {Systems} */
const en = {
  ios: {
    name: 'iPhone and iPad',
    file: 'profile',
    steps: [
      'Open this page in Safari, download the profile and choose *Allow*.',
      'In *Settings*, tap *Profile Downloaded* at the top, or go to *General › VPN & Device Management*, within eight minutes.',
      'Tap *More Details* and the certificate, and compare its fingerprint; then go back and tap *Install*.',
      'Go to *Settings › General › About › Certificate Trust Settings* and switch on *{authority}*.',
      'Come back to this page.',
    ],
  },
  android: {
    name: 'Android',
    file: 'crt',
    steps: [
      'Download the certificate.',
      'Open *Settings* and search for *CA certificate*: it is under *Security & privacy › More security settings*, in *Encryption & credentials › Install a certificate*.',
      'Choose *Install anyway* and pick the file *wizyjno.crt*.',
      'In the same place, open *Trusted credentials › User*, tap *{authority}* and compare its fingerprint; if it is another one, choose *Remove*.',
      'Come back to this page.',
    ],
    note: 'Android wants a screen lock for this, and says afterwards that the network may be monitored, as it does of every certificate that you add yourself.',
  },
  windows: {
    name: 'Windows',
    file: 'crt',
    steps: [
      'Download the certificate, open it and choose *Install Certificate…*',
      'Choose *Current User*, then *Place all certificates in the following store* and *Browse…*',
      'Pick *Trusted Root Certification Authorities*, then *Next* and *Finish*.',
      'Compare the *Thumbprint (sha1)* that Windows shows, and only then choose *Yes*.',
      'Close the browser, open it again and come back.',
    ],
  },
  macos: {
    name: 'Mac',
    file: 'crt',
    steps: [
      'Download the certificate and open it; if the Mac asks, choose *Open Keychain Access*.',
      'Find *{authority}* there, double-click it and compare its fingerprint, which stands under *Details*.',
      'Under *Trust*, choose *Always Trust*, close the window and enter your password.',
      'Come back to this page.',
    ],
  },
  chromeos: {
    name: 'Chromebook',
    file: 'crt',
    steps: [
      'Download the certificate.',
      'In Chrome, go to *Settings › Privacy and security › Security › Manage certificates*.',
      'Choose *Installed by you*, beside *Trusted Certificates* choose *Import*, and pick the file *wizyjno.crt*; if Chrome asks, tick *Trust this certificate for identifying websites*.',
      'Open the certificate there and compare its fingerprint; if it is another one, delete it.',
      'Come back to this page.',
    ],
  },
  linux: {
    name: 'Linux: Chrome, Chromium, Edge',
    file: 'crt',
    steps: [
      'Download the certificate.',
      'Go to *Settings › Privacy and security › Security › Manage certificates*.',
      'Choose *Installed by you*, beside *Trusted Certificates* choose *Import*, and pick the file *wizyjno.crt*.',
      'Open the certificate there and compare its fingerprint; if it is another one, delete it.',
      'Come back to this page.',
    ],
  },
  firefox: {
    name: 'Linux: Firefox',
    file: 'crt',
    steps: [
      'Download the certificate.',
      'Go to *Settings › Privacy and security*, there to *Connection and software security › Advanced settings*, and at its end to *Manage certificates*.',
      'Under *Authorities* choose *Import…* and pick the file *wizyjno.crt*.',
      'Choose *View*: a page of its own opens. Compare the fingerprint at its end (*SHA-256*), and close that page.',
      'Tick *Trust this CA to identify websites.* and choose *OK*.',
      'Come back to this page.',
    ],
    note: 'On Windows and Mac, Firefox trusts what the system trusts.',
  },
  firefoxAndroid: {
    name: 'Android: Firefox',
    file: 'crt',
    steps: [
      'Do the steps for Android.',
      'In Firefox, go to *Settings › About Firefox* and tap the logo five times.',
      'Go back to *Settings › Secret Settings* and switch on *Use third party CA certificates*.',
      'Come back to this page.',
    ],
  },
}

/** @type {Systems} */
const pl = {
  ios: {
    name: 'iPhone i iPad',
    file: 'profile',
    steps: [
      'Otwórz tę stronę w Safari, pobierz profil i wybierz *Pozwól*.',
      'W *Ustawieniach* stuknij na górze *Pobrany profil* albo wejdź w *Ogólne › VPN i zarządzanie urządzeniem*; masz na to osiem minut.',
      'Stuknij *Więcej szczegółów* i certyfikat, porównaj jego odcisk, potem wróć i stuknij *Zainstaluj*.',
      'Wejdź w *Ustawienia › Ogólne › To urządzenie › Ustawienia zaufania certyfikatów* i włącz *{authority}*.',
      'Wróć na tę stronę.',
    ],
  },
  android: {
    name: 'Android',
    file: 'crt',
    steps: [
      'Pobierz certyfikat.',
      'Otwórz *Ustawienia* i wyszukaj *Certyfikat CA*: jest w *Zabezpieczenia i prywatność › Więcej ustawień zabezpieczeń*, pod *Szyfrowanie i dane logowania › Zainstaluj certyfikat*.',
      'Wybierz *Zainstaluj mimo to* i wskaż plik *wizyjno.crt*.',
      'W tym samym miejscu otwórz *Zaufane dane uwierzytelniające › Użytkownik*, stuknij *{authority}* i porównaj odcisk; jeśli jest inny, wybierz *Usuń*.',
      'Wróć na tę stronę.',
    ],
    note: 'Android wymaga do tego blokady ekranu, a potem powie, że sieć może być monitorowana: mówi tak o każdym certyfikacie dodanym własnoręcznie.',
  },
  windows: {
    name: 'Windows',
    file: 'crt',
    steps: [
      'Pobierz certyfikat, otwórz go i wybierz *Zainstaluj certyfikat…*',
      'Wybierz *Bieżący użytkownik*, potem *Umieść wszystkie certyfikaty w następującym magazynie* i *Przeglądaj…*',
      'Wskaż *Zaufane główne urzędy certyfikacji*, potem *Dalej* i *Zakończ*.',
      'Porównaj *Odcisk palca (sha1)*, który pokaże Windows, i dopiero wtedy wybierz *Tak*.',
      'Zamknij przeglądarkę, otwórz ją znowu i wróć tutaj.',
    ],
  },
  macos: {
    name: 'Mac',
    file: 'crt',
    steps: [
      'Pobierz certyfikat i otwórz go; jeśli Mac zapyta, wybierz *Otwórz Dostęp do pęku kluczy*.',
      'Znajdź tam *{authority}*, kliknij dwa razy i porównaj odcisk, który jest w części *Szczegóły*.',
      'W części *Zaufanie* wybierz *Zawsze ufaj*, zamknij okno i podaj hasło.',
      'Wróć na tę stronę.',
    ],
  },
  chromeos: {
    name: 'Chromebook',
    file: 'crt',
    steps: [
      'Pobierz certyfikat.',
      'W Chrome wejdź w *Ustawienia › Prywatność i bezpieczeństwo › Bezpieczeństwo › Zarządzaj certyfikatami*.',
      'Wybierz *Zainstalowane przez Ciebie*, obok *Certyfikaty zaufane* wybierz *Importuj* i wskaż plik *wizyjno.crt*; jeśli Chrome zapyta, pozwól certyfikatowi na identyfikowanie witryn.',
      'Otwórz tam certyfikat i porównaj odcisk; jeśli jest inny, usuń go.',
      'Wróć na tę stronę.',
    ],
  },
  linux: {
    name: 'Linux: Chrome, Chromium, Edge',
    file: 'crt',
    steps: [
      'Pobierz certyfikat.',
      'Wejdź w *Ustawienia › Prywatność i bezpieczeństwo › Bezpieczeństwo › Zarządzaj certyfikatami*.',
      'Wybierz *Zainstalowane przez Ciebie*, obok *Certyfikaty zaufane* wybierz *Importuj* i wskaż plik *wizyjno.crt*.',
      'Otwórz tam certyfikat i porównaj odcisk; jeśli jest inny, usuń go.',
      'Wróć na tę stronę.',
    ],
  },
  firefox: {
    name: 'Linux: Firefox',
    file: 'crt',
    steps: [
      'Pobierz certyfikat.',
      'Wejdź w *Ustawienia › Prywatność i bezpieczeństwo*, tam w *Bezpieczeństwo połączeń i oprogramowania › Ustawienia zaawansowane*, a na końcu w *Zarządzaj certyfikatami*.',
      'W części *Organy certyfikacji* wybierz *Importuj…* i wskaż plik *wizyjno.crt*.',
      'Wybierz *Wyświetl*: otworzy się osobna strona. Porównaj odcisk na jej końcu (*SHA-256*) i zamknij ją.',
      'Zaznacz *Zaufaj temu organowi certyfikacji przy identyfikacji witryn internetowych.* i wybierz *OK*.',
      'Wróć na tę stronę.',
    ],
    note: 'W systemie Windows i na Macu Firefox ufa temu, czemu ufa system.',
  },
  firefoxAndroid: {
    name: 'Android: Firefox',
    file: 'crt',
    steps: [
      'Zrób to, co opisano przy Androidzie.',
      'W Firefoksie wejdź w *Ustawienia › O Firefoksie* i stuknij logo pięć razy.',
      'Wróć do *Ustawienia › Secret Settings* i włącz *Use third party CA certificates*.',
      'Wróć na tę stronę.',
    ],
  },
}

/** Systems and browsers do not speak Silesian, so their own words are Polish here. @type {Systems} */
const szl = {
  ios: {
    name: 'iPhone i iPad',
    file: 'profile',
    steps: [
      'Ôtwōrz ta zajta we Safari, pobier profil i wybier *Pozwól*.',
      'We *Ustawieniach* tyknij na wiyrchu *Pobrany profil* abo wlyź we *Ogólne › VPN i zarządzanie urządzeniem*; mŏsz na to ôziym minut.',
      'Tyknij *Więcej szczegółów* i certyfikat, porōwnej jego ôdcisk, potym wrōć i tyknij *Zainstaluj*.',
      'Wlyź we *Ustawienia › Ogólne › To urządzenie › Ustawienia zaufania certyfikatów* i załōncz *{authority}*.',
      'Wrōć na ta zajta.',
    ],
  },
  android: {
    name: 'Android',
    file: 'crt',
    steps: [
      'Pobier certyfikat.',
      'Ôtwōrz *Ustawienia* i poszukej *Certyfikat CA*: je we *Zabezpieczenia i prywatność › Więcej ustawień zabezpieczeń*, pod *Szyfrowanie i dane logowania › Zainstaluj certyfikat*.',
      'Wybier *Zainstaluj mimo to* i pokŏż zbiōr *wizyjno.crt*.',
      'We tym samym placu ôtwōrz *Zaufane dane uwierzytelniające › Użytkownik*, tyknij *{authority}* i porōwnej ôdcisk; jak je inkszy, wybier *Usuń*.',
      'Wrōć na ta zajta.',
    ],
    note: 'Android chce ku tymu zawarciŏ ekranu, a potym powiy, że nec może być monitorowanŏ: tak gŏdŏ ô kożdym certyfikacie, co go fto dodŏ sōm.',
  },
  windows: {
    name: 'Windows',
    file: 'crt',
    steps: [
      'Pobier certyfikat, ôtwōrz go i wybier *Zainstaluj certyfikat…*',
      'Wybier *Bieżący użytkownik*, potym *Umieść wszystkie certyfikaty w następującym magazynie* i *Przeglądaj…*',
      'Pokŏż *Zaufane główne urzędy certyfikacji*, potym *Dalej* i *Zakończ*.',
      'Porōwnej *Odcisk palca (sha1)*, co go pokŏże Windows, i ino wtynczŏs wybier *Tak*.',
      'Zawrzij przeglōndarka, ôtwōrz jōm jeszcze rŏz i wrōć sam.',
    ],
  },
  macos: {
    name: 'Mac',
    file: 'crt',
    steps: [
      'Pobier certyfikat i ôtwōrz go; jak sie Mac spytŏ, wybier *Otwórz Dostęp do pęku kluczy*.',
      'Znojdź tam *{authority}*, kliknij dwa razy i porōwnej ôdcisk, co je we tajli *Szczegóły*.',
      'We tajli *Zaufanie* wybier *Zawsze ufaj*, zawrzij ôkno i podej hasło.',
      'Wrōć na ta zajta.',
    ],
  },
  chromeos: {
    name: 'Chromebook',
    file: 'crt',
    steps: [
      'Pobier certyfikat.',
      'We Chrome wlyź we *Ustawienia › Prywatność i bezpieczeństwo › Bezpieczeństwo › Zarządzaj certyfikatami*.',
      'Wybier *Zainstalowane przez Ciebie*, kole *Certyfikaty zaufane* wybier *Importuj* i pokŏż zbiōr *wizyjno.crt*; jak sie Chrome spytŏ, pozwōl certyfikatowi poznŏwać zajty.',
      'Ôtwōrz tam certyfikat i porōwnej ôdcisk; jak je inkszy, wyciep go.',
      'Wrōć na ta zajta.',
    ],
  },
  linux: {
    name: 'Linux: Chrome, Chromium, Edge',
    file: 'crt',
    steps: [
      'Pobier certyfikat.',
      'Wlyź we *Ustawienia › Prywatność i bezpieczeństwo › Bezpieczeństwo › Zarządzaj certyfikatami*.',
      'Wybier *Zainstalowane przez Ciebie*, kole *Certyfikaty zaufane* wybier *Importuj* i pokŏż zbiōr *wizyjno.crt*.',
      'Ôtwōrz tam certyfikat i porōwnej ôdcisk; jak je inkszy, wyciep go.',
      'Wrōć na ta zajta.',
    ],
  },
  firefox: {
    name: 'Linux: Firefox',
    file: 'crt',
    steps: [
      'Pobier certyfikat.',
      'Wlyź we *Ustawienia › Prywatność i bezpieczeństwo*, tam we *Bezpieczeństwo połączeń i oprogramowania › Ustawienia zaawansowane*, a na kōńcu we *Zarządzaj certyfikatami*.',
      'We tajli *Organy certyfikacji* wybier *Importuj…* i pokŏż zbiōr *wizyjno.crt*.',
      'Wybier *Wyświetl*: ôtworzy sie ôsobnŏ zajta. Porōwnej ôdcisk na jeji kōńcu (*SHA-256*) i zawrzij jōm.',
      'Zaznacz *Zaufaj temu organowi certyfikacji przy identyfikacji witryn internetowych.* i wybier *OK*.',
      'Wrōć na ta zajta.',
    ],
    note: 'Na Windowsie i na Macu Firefox ufŏ tymu, czymu ufŏ system.',
  },
  firefoxAndroid: {
    name: 'Android: Firefox',
    file: 'crt',
    steps: [
      'Zrōb to, co stoji przi Androidzie.',
      'We Firefoksie wlyź we *Ustawienia › O Firefoksie* i tyknij logo piyńć razy.',
      'Wrōć do *Ustawienia › Secret Settings* i załōncz *Use third party CA certificates*.',
      'Wrōć na ta zajta.',
    ],
  },
}

export const systems = { szl, pl, en }

/** Those whose warnings differ. @typedef {'chromium' | 'edge' | 'firefox' | 'firefoxAndroid' | 'firefoxIos' | 'safari'} Warned */

/**
 * What to press on the browser's own warning, one after the other, in the language that the browser speaks.
 * @type {Record<Warned, Record<'en' | 'pl', string[]>>}
 */
export const warnings = {
  chromium: {
    en: ['Advanced', 'Proceed to {host} (unsafe)'],
    pl: ['Zaawansowane', 'Otwórz stronę {host} (niebezpieczną)'],
  },
  edge: {
    en: ['Advanced', 'Continue to {host} (unsafe)'],
    pl: ['Zaawansowane', 'Kontynuuj do {host} (niebezpieczne)'],
  },
  firefox: {
    en: ['Advanced', 'Proceed to {host} (Risky)'],
    pl: ['Zaawansowane', 'Przejdź do witryny {host} (ryzykowne)'],
  },
  firefoxAndroid: {
    en: ['Advanced', 'Accept the Risk and Continue'],
    pl: ['Zaawansowane', 'Akceptuję ryzyko, kontynuuj'],
  },
  firefoxIos: {
    en: ['Advanced', 'Visit site anyway'],
    pl: ['Zaawansowane', 'Odwiedź stronę mimo to'],
  },
  safari: {
    en: ['Show Details', 'visit this website', 'Visit Website'],
    pl: ['Pokaż szczegóły', 'odwiedź tę witrynę', 'Odwiedź witrynę'],
  },
}

/** What stands on a download that the browser holds back, and on what lets it through. @type {Record<'en' | 'pl', [string, string]>} */
export const held = {
  en: ['Insecure download blocked', 'Keep'],
  pl: ['Zablokowano pobieranie niebezpiecznego pliku', 'Zachowaj'],
}
