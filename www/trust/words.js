// Every sentence of the page that leads to trust, but for the steps (systems.js). What is *between stars* stands out.

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} heading
 * @property {string} lead
 * @property {string} continue
 * @property {string} pastHeading the heading for whoever is past the warning
 * @property {string} pastLead
 * @property {string} warned
 * @property {string} picture
 * @property {string[]} warnedSteps `{button}` is what to press first, next, last
 * @property {string} trustTitle
 * @property {string} trustLead
 * @property {string} watching
 * @property {string} trusted
 * @property {string} others
 * @property {{ crt: string, profile: string }} download
 * @property {string} there where the download is without a question
 * @property {string} goThere
 * @property {string} keep what to do about a download that the browser holds back: `{button}`
 * @property {string} keepPicture
 * @property {string} compareTitle
 * @property {string} compare
 * @property {string} compareWith
 * @property {string} compareNot
 * @property {string} addresses
 * @property {string} language
 */

/** @type {Words} */
const en = {
  title: 'Wizyjno Godka: welcome',
  heading: 'See and hear everybody on your network',
  lead: 'A small box in this house connects you with each other. No account, no internet: what you say stays here.',
  continue: 'Continue',
  pastHeading: 'No more warnings',
  pastLead: 'With these steps the warning never comes back on this device.',
  warned: 'Your browser will warn you, because it does not know this box yet. Here, on your own network, you may go on:',
  picture: 'A drawing of the warning: first the button at the bottom, then the line below it.',
  warnedSteps: ['Choose *{button}*.', 'Then, at the very end, *{button}*.', 'And confirm with *{button}*.'],
  trustTitle: 'Trust this box for good',
  trustLead: 'Two minutes on this device, and the warning never comes back.',
  watching: 'This page moves on by itself as soon as your browser trusts the box.',
  trusted: 'Your browser trusts the box.',
  others: 'Other devices',
  download: { crt: 'Download the certificate', profile: 'Download the profile' },
  there: 'Go past the warning first: there the file comes without a question.',
  goThere: 'Show these steps there',
  keep: 'Or download it here: the browser holds it back, because this page is not encrypted, so choose *{button}*.',
  keepPicture: 'A drawing of the held download: what to choose stands at its end.',
  compareTitle: 'Is it the right box?',
  compare: 'Somebody on your network could exchange the file on its way to you, and this page, too.',
  compareWith: 'So compare the fingerprint that *your own device shows* during the steps with the one on *the box’s own screen*: its terminal says it, and *wizyjno ca show* says it again.',
  compareNot: 'If you cannot compare, do none of this and just go past the warning each time.',
  addresses: 'This box is also at',
  language: 'Language',
}

/** @type {Words} */
const pl = {
  title: 'Wizyjno Godka: witaj',
  heading: 'Zobacz i usłysz wszystkich w swojej sieci',
  lead: 'Mały serwer w tym domu łączy was ze sobą. Bez konta i bez internetu: co powiecie, zostaje tutaj.',
  continue: 'Dalej',
  pastHeading: 'Bez ostrzeżeń',
  pastLead: 'Po tych krokach ostrzeżenie już nie wróci na tym urządzeniu.',
  warned: 'Przeglądarka cię ostrzeże, bo nie zna jeszcze tego serwera. Tutaj, w swojej sieci, możesz iść dalej:',
  picture: 'Rysunek ostrzeżenia: najpierw przycisk na dole, potem wiersz pod nim.',
  warnedSteps: ['Wybierz *{button}*.', 'Potem, na samym końcu, *{button}*.', 'Na koniec potwierdź: *{button}*.'],
  trustTitle: 'Zaufaj temu serwerowi na stałe',
  trustLead: 'Dwie minuty na tym urządzeniu i ostrzeżenie już nie wróci.',
  watching: 'Ta strona sama przejdzie dalej, gdy tylko przeglądarka zaufa serwerowi.',
  trusted: 'Przeglądarka ufa temu serwerowi.',
  others: 'Inne urządzenia',
  download: { crt: 'Pobierz certyfikat', profile: 'Pobierz profil' },
  there: 'Najpierw przejdź przez ostrzeżenie: tam plik pobiera się bez pytania.',
  goThere: 'Pokaż te kroki tam',
  keep: 'Albo pobierz go tutaj: przeglądarka go wstrzyma, bo ta strona nie jest szyfrowana, więc wybierz *{button}*.',
  keepPicture: 'Rysunek wstrzymanego pobierania: to, co wybrać, jest na jego końcu.',
  compareTitle: 'Czy to ten serwer?',
  compare: 'Ktoś w twojej sieci mógłby po drodze podmienić plik, a także tę stronę.',
  compareWith: 'Dlatego porównaj odcisk, który w trakcie kroków *pokazuje twoje urządzenie*, z tym na *ekranie samego serwera*: podaje go jego terminal, a także *wizyjno ca show*.',
  compareNot: 'Jeśli nie możesz porównać, nie rób tego wcale i za każdym razem po prostu przejdź przez ostrzeżenie.',
  addresses: 'Ten serwer jest też pod adresem',
  language: 'Język',
}

/** @type {Words} */
const szl = {
  title: 'Wizyjno Godka: witej',
  heading: 'Ôbejzdrzij i posuchej wszyskich we swojij necy',
  lead: 'Mały serwer we tym dōma łōnczy wŏs ze sobōm. Niy trza ani kōnta, ani internetu: co pedzōcie, ôstŏwŏ sam.',
  continue: 'Dali',
  pastHeading: 'Bez ôstrzeżyń',
  pastLead: 'Po tych krokach ôstrzeżynie już niy prziyńdzie na tyj maszinie.',
  warned: 'Przeglōndarka cie ôstrzeże, bo jeszcze niy znŏ tego serwera. Sam, we swojij necy, możesz iś dali:',
  picture: 'Malōnek ôstrzeżyniŏ: nojprzōd knefel na spodku, potym raja pod nim.',
  warnedSteps: ['Wybier *{button}*.', 'Potym, na samym kōńcu, *{button}*.', 'Na kōniec potwiyrdź: *{button}*.'],
  trustTitle: 'Zaufej tymu serwerowi na zawdy',
  trustLead: 'Dwie minuty na tyj maszinie i ôstrzeżynie już niy prziyńdzie.',
  watching: 'Ta zajta sama pōńdzie dali, jak ino przeglōndarka zaufŏ serwerowi.',
  trusted: 'Przeglōndarka ufŏ tymu serwerowi.',
  others: 'Inksze masziny',
  download: { crt: 'Pobier certyfikat', profile: 'Pobier profil' },
  there: 'Nojprzōd przyńdź bez ôstrzeżynie: tam sie zbiōr pobiyrŏ bez pytaniŏ.',
  goThere: 'Pokŏż te kroki tam',
  keep: 'Abo pobier go sam: przeglōndarka go zatrzimie, bo ta zajta niy je szyfrowanŏ, tōż wybier *{button}*.',
  keepPicture: 'Malōnek zatrzimanego pobiyraniŏ: to, co wybrać, je na jego kōńcu.',
  compareTitle: 'Eli to je tyn serwer?',
  compare: 'Ftoś we twojij necy mōgby po drōdze podmiynić zbiōr, a tyż ta zajta.',
  compareWith: 'Skuli tego porōwnej ôdcisk, co go przi tych krokach *pokŏzuje twoja maszina*, z tym na *ekranie samego serwera*: je we jego terminalu, a pokŏże go tyż *wizyjno ca show*.',
  compareNot: 'Jak niy możesz porōwnać, niy rōb tego w cale i za kożdym razym ino przyńdź bez ôstrzeżynie.',
  addresses: 'Tyn serwer je tyż pod adresōm',
  language: 'Jynzyk',
}

/** In the order in which they are offered. */
export const languages = { szl, pl, en }

/** @typedef {keyof typeof languages} Language */
