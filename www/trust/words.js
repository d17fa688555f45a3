// Every sentence of the page that leads to trust. What is *between stars* stands like that on the visitor's screen.

/**
 * How one system is told to trust the box.
 * @typedef {object} System
 * @property {string} name
 * @property {'crt' | 'profile'} file what to download
 * @property {string[]} steps `{authority}` is the name that is listed
 * @property {string} [note]
 */

/** @typedef {'ios' | 'android' | 'windows' | 'macos' | 'linux' | 'firefox' | 'firefoxAndroid'} SystemName */

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} heading
 * @property {string} lead
 * @property {string} continue
 * @property {string} warned
 * @property {string} picture
 * @property {[string, string]} warnedSteps
 * @property {string} trustTitle
 * @property {string} trustLead
 * @property {string} watching
 * @property {string} trusted
 * @property {string} others
 * @property {{ crt: string, profile: string }} download
 * @property {string} fingerprintTitle
 * @property {string} fingerprintHow
 * @property {string} addresses
 * @property {string} language
 * @property {Record<SystemName, System>} systems
 */

/** @type {Words} */
const en = {
  title: 'Wizyjno Godka: welcome',
  heading: 'See and hear everybody on your network',
  lead: 'A small box in this house connects you with each other. No account, no internet: what you say stays here.',
  continue: 'Continue',
  warned: 'Your browser will warn you, because it does not know this box yet. Here, on your own network, you may go on:',
  picture: 'A drawing of the warning: first the button at the bottom, then the line below it.',
  warnedSteps: ['Choose *{first}*.', 'Then *{second}*.'],
  trustTitle: 'Trust this box for good',
  trustLead: 'Two minutes on this device, and the warning never comes back.',
  watching: 'This page moves on by itself as soon as your browser trusts the box.',
  trusted: 'Your browser trusts the box.',
  others: 'Other devices',
  download: { crt: 'Download the certificate', profile: 'Download the profile' },
  fingerprintTitle: 'Is it the right box?',
  fingerprintHow: 'When it starts, the box shows this fingerprint of its certificate:',
  addresses: 'This box is also at',
  language: 'Language',
  systems: {
    ios: {
      name: 'iPhone and iPad',
      file: 'profile',
      steps: [
        'Open this page in Safari, download the profile and choose *Allow*.',
        'In *Settings*, tap *Profile Downloaded* at the top, then *Install*.',
        'Go to *Settings › General › About › Certificate Trust Settings* and switch on *{authority}*.',
        'Come back to this page.',
      ],
    },
    android: {
      name: 'Android',
      file: 'crt',
      steps: [
        'Download the certificate.',
        'Open *Settings* and search for *CA certificate* (under *Security › Encryption & credentials › Install a certificate*).',
        'Choose *Install anyway* and pick the file *wizyjno.crt*.',
        'Come back to this page.',
      ],
      note: 'Android then says that the network may be monitored. It says so for every certificate that you add yourself.',
    },
    windows: {
      name: 'Windows',
      file: 'crt',
      steps: [
        'Download the certificate, open it and choose *Install Certificate…*',
        'Choose *Current User*, then *Place all certificates in the following store* and *Browse…*',
        'Pick *Trusted Root Certification Authorities*, then *Next*, *Finish* and *Yes*.',
        'Close the browser, open it again and come back.',
      ],
    },
    macos: {
      name: 'Mac',
      file: 'crt',
      steps: [
        'Download the certificate and open it: *Keychain Access* comes up and adds it.',
        'Find *{authority}* there and double-click it.',
        'Under *Trust*, choose *Always Trust*, close the window and enter your password.',
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
        'Come back to this page.',
      ],
    },
    firefox: {
      name: 'Linux: Firefox',
      file: 'crt',
      steps: [
        'Download the certificate.',
        'Go to *Settings › Privacy & Security › Manage certificates › Authorities*, choose *Import…* and pick the file *wizyjno.crt*.',
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
  },
}

/** @type {Words} */
const pl = {
  title: 'Wizyjno Godka: witaj',
  heading: 'Zobacz i usłysz wszystkich w swojej sieci',
  lead: 'Mała skrzynka w tym domu łączy was ze sobą. Bez konta i bez internetu: co powiecie, zostaje tutaj.',
  continue: 'Dalej',
  warned: 'Przeglądarka cię ostrzeże, bo nie zna jeszcze tej skrzynki. Tutaj, w swojej sieci, możesz iść dalej:',
  picture: 'Rysunek ostrzeżenia: najpierw przycisk na dole, potem wiersz pod nim.',
  warnedSteps: ['Wybierz *{first}*.', 'Potem *{second}*.'],
  trustTitle: 'Zaufaj tej skrzynce na stałe',
  trustLead: 'Dwie minuty na tym urządzeniu i ostrzeżenie już nie wróci.',
  watching: 'Ta strona sama przejdzie dalej, gdy tylko przeglądarka zaufa skrzynce.',
  trusted: 'Przeglądarka ufa tej skrzynce.',
  others: 'Inne urządzenia',
  download: { crt: 'Pobierz certyfikat', profile: 'Pobierz profil' },
  fingerprintTitle: 'Czy to ta skrzynka?',
  fingerprintHow: 'Skrzynka pokazuje przy starcie taki odcisk swojego certyfikatu:',
  addresses: 'Ta skrzynka jest też pod adresem',
  language: 'Język',
  systems: {
    ios: {
      name: 'iPhone i iPad',
      file: 'profile',
      steps: [
        'Otwórz tę stronę w Safari, pobierz profil i wybierz *Pozwól*.',
        'W *Ustawieniach* stuknij na górze *Pobrano profil*, potem *Zainstaluj*.',
        'Wejdź w *Ustawienia › Ogólne › To urządzenie › Ustawienia zaufania certyfikatów* i włącz *{authority}*.',
        'Wróć na tę stronę.',
      ],
    },
    android: {
      name: 'Android',
      file: 'crt',
      steps: [
        'Pobierz certyfikat.',
        'Otwórz *Ustawienia* i wyszukaj *Certyfikat CA* (w *Zabezpieczenia › Szyfrowanie i dane logowania › Zainstaluj certyfikat*).',
        'Wybierz *Zainstaluj mimo to* i wskaż plik *wizyjno.crt*.',
        'Wróć na tę stronę.',
      ],
      note: 'Android powie potem, że sieć może być monitorowana. Mówi tak o każdym certyfikacie dodanym własnoręcznie.',
    },
    windows: {
      name: 'Windows',
      file: 'crt',
      steps: [
        'Pobierz certyfikat, otwórz go i wybierz *Zainstaluj certyfikat…*',
        'Wybierz *Bieżący użytkownik*, potem *Umieść wszystkie certyfikaty w następującym magazynie* i *Przeglądaj…*',
        'Wskaż *Zaufane główne urzędy certyfikacji*, potem *Dalej*, *Zakończ* i *Tak*.',
        'Zamknij przeglądarkę, otwórz ją znowu i wróć tutaj.',
      ],
    },
    macos: {
      name: 'Mac',
      file: 'crt',
      steps: [
        'Pobierz certyfikat i otwórz go: doda go program *Dostęp do pęku kluczy*.',
        'Znajdź tam *{authority}* i kliknij dwa razy.',
        'W części *Zaufanie* wybierz *Zawsze ufaj*, zamknij okno i podaj hasło.',
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
        'Wróć na tę stronę.',
      ],
    },
    firefox: {
      name: 'Linux: Firefox',
      file: 'crt',
      steps: [
        'Pobierz certyfikat.',
        'Wejdź w *Ustawienia › Prywatność i bezpieczeństwo › Zarządzaj certyfikatami › Organy certyfikacji*, wybierz *Importuj…* i wskaż plik *wizyjno.crt*.',
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
  },
}

/** Systems and browsers do not speak Silesian, so their own words are Polish here. @type {Words} */
const szl = {
  title: 'Wizyjno Godka: witej',
  heading: 'Ôbejzdrzij i posuchej wszyskich we swojij necy',
  lead: 'Małŏ skrzinka we tym dōma łōnczy wŏs ze sobōm. Niy trza ani kōnta, ani internetu: co pedzōcie, ôstŏwŏ sam.',
  continue: 'Dali',
  warned: 'Przeglōndarka cie ôstrzeże, bo jeszcze niy znŏ tyj skrzinki. Sam, we swojij necy, możesz iś dali:',
  picture: 'Malōnek ôstrzeżyniŏ: nojprzōd knefel na spodku, potym raja pod nim.',
  warnedSteps: ['Wybier *{first}*.', 'Potym *{second}*.'],
  trustTitle: 'Zaufej tyj skrzince na zawdy',
  trustLead: 'Dwie minuty na tyj maszinie i ôstrzeżynie już niy prziyńdzie.',
  watching: 'Ta zajta sama pōńdzie dali, jak ino przeglōndarka zaufŏ skrzince.',
  trusted: 'Przeglōndarka ufŏ tyj skrzince.',
  others: 'Inksze masziny',
  download: { crt: 'Pobier certyfikat', profile: 'Pobier profil' },
  fingerprintTitle: 'Eli to je ta skrzinka?',
  fingerprintHow: 'Jak sie zapuszczŏ, skrzinka pokŏzuje taki ôdcisk swojigo certyfikatu:',
  addresses: 'Ta skrzinka je tyż pod adresōm',
  language: 'Jynzyk',
  systems: {
    ios: {
      name: 'iPhone i iPad',
      file: 'profile',
      steps: [
        'Ôtwōrz ta zajta we Safari, pobier profil i wybier *Pozwól*.',
        'We *Ustawieniach* tyknij na wiyrchu *Pobrano profil*, potym *Zainstaluj*.',
        'Wlyź we *Ustawienia › Ogólne › To urządzenie › Ustawienia zaufania certyfikatów* i załōncz *{authority}*.',
        'Wrōć na ta zajta.',
      ],
    },
    android: {
      name: 'Android',
      file: 'crt',
      steps: [
        'Pobier certyfikat.',
        'Ôtwōrz *Ustawienia* i poszukej *Certyfikat CA* (we *Zabezpieczenia › Szyfrowanie i dane logowania › Zainstaluj certyfikat*).',
        'Wybier *Zainstaluj mimo to* i pokŏż zbiōr *wizyjno.crt*.',
        'Wrōć na ta zajta.',
      ],
      note: 'Android powiy potym, że nec może być monitorowany. Tak gŏdŏ ô kożdym certyfikacie, co go fto dodŏ sōm.',
    },
    windows: {
      name: 'Windows',
      file: 'crt',
      steps: [
        'Pobier certyfikat, ôtwōrz go i wybier *Zainstaluj certyfikat…*',
        'Wybier *Bieżący użytkownik*, potym *Umieść wszystkie certyfikaty w następującym magazynie* i *Przeglądaj…*',
        'Pokŏż *Zaufane główne urzędy certyfikacji*, potym *Dalej*, *Zakończ* i *Tak*.',
        'Zawrzij przeglōndarka, ôtwōrz jōm jeszcze rŏz i wrōć sam.',
      ],
    },
    macos: {
      name: 'Mac',
      file: 'crt',
      steps: [
        'Pobier certyfikat i ôtwōrz go: dodŏ go program *Dostęp do pęku kluczy*.',
        'Znojdź tam *{authority}* i kliknij dwa razy.',
        'We tajli *Zaufanie* wybier *Zawsze ufaj*, zawrzij ôkno i podej hasło.',
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
        'Wrōć na ta zajta.',
      ],
    },
    firefox: {
      name: 'Linux: Firefox',
      file: 'crt',
      steps: [
        'Pobier certyfikat.',
        'Wlyź we *Ustawienia › Prywatność i bezpieczeństwo › Zarządzaj certyfikatami › Organy certyfikacji*, wybier *Importuj…* i pokŏż zbiōr *wizyjno.crt*.',
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
  },
}

/** In the order in which they are offered. */
export const languages = { szl, pl, en }

/** @typedef {keyof typeof languages} Language */

/**
 * What stands on the two places of the browser's own warning, in the language that the browser speaks.
 * @type {Record<'chromium' | 'firefox' | 'safari', Record<'en' | 'pl', [string, string]>>}
 */
export const warnings = {
  chromium: {
    en: ['Advanced', 'Proceed to {host} (unsafe)'],
    pl: ['Zaawansowane', 'Otwórz stronę {host} (niebezpieczną)'],
  },
  firefox: {
    en: ['Advanced', 'Proceed to {host} (Risky)'],
    pl: ['Zaawansowane', 'Przejdź do witryny {host} (ryzykowne)'],
  },
  safari: {
    en: ['Show Details', 'visit this website'],
    pl: ['Pokaż szczegóły', 'odwiedź tę witrynę'],
  },
}
