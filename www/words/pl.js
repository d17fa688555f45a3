// Polski. Sentences avoid forms that would have to know whether NAME is a woman or a man, and never inflect it.
/** @import { Words } from './index.js' */

import { plural } from './plural.js'

const count = plural('pl')
const list = new Intl.ListFormat('pl')

/** @type {Words} */
export default {
  start: {
    greeting: 'Dzień dobry!',
    tagline: 'Zobacz i usłysz wszystkich w swojej sieci.',
    yourName: 'Twoje imię',
    enter: 'Wejdź',
    entering: 'Chwileczkę…',
    nameRefused: 'Tego imienia nie da się pokazać innym. Wpisz inne, najwyżej 40 znaków.',
    preview: 'Twój obraz',
    without: 'Możesz też wejść bez kamery i mikrofonu.',
  },

  devices: {
    camera: 'Kamera',
    microphone: 'Mikrofon',
    speaker: 'Głośnik',
    usual: 'Domyślne urządzenie',
    numbered: number => `Urządzenie ${number}`,
    level: 'Poziom mikrofonu',
    tryAgain: 'Spróbuj ponownie',
    asking: 'Przeglądarka pyta, czy ta strona może go użyć.',
    camera_problems: {
      denied: 'Przeglądarka nie pozwala tej stronie używać kamery; możesz to zmienić obok adresu.',
      missing: 'Nie ma żadnej kamery.',
      busy: 'Kamery używa inny program.',
      unfit: 'Ta kamera tu nie działa; spróbuj innej.',
      insecure: 'Przeglądarka udostępnia kamerę tylko stronom otwartym przez https.',
      unknown: 'Kamera nie chce się włączyć.',
    },
    microphone_problems: {
      denied: 'Przeglądarka nie pozwala tej stronie używać mikrofonu; możesz to zmienić obok adresu.',
      missing: 'Nie ma żadnego mikrofonu.',
      busy: 'Mikrofonu używa inny program.',
      unfit: 'Ten mikrofon tu nie działa; spróbuj innego.',
      insecure: 'Przeglądarka udostępnia mikrofon tylko stronom otwartym przez https.',
      unknown: 'Mikrofon nie chce się włączyć.',
    },
  },

  people: {
    title: 'Ludzie',
    others: number => count(number, { one: '# osoba poza tobą', few: '# osoby poza tobą', many: '# osób poza tobą', other: '# osoby poza tobą' }),
    nobody: 'Na razie nie ma tu nikogo',
    how: 'Na innym telefonie lub komputerze w tej sieci otwórz',
    or: 'albo',
    call: 'Zadzwoń',
    callPerson: name => `Zadzwoń: ${name}`,
    knock: 'Zapukaj',
    knockOn: name => `Zapukaj do pokoju: ${name}`,
    invite: 'Zaproś',
    invitePerson: name => `Zaproś: ${name}`,
    status: {
      available: 'ma czas',
      in_call: 'rozmawia',
      away: 'nie ma przy ekranie',
      do_not_disturb: 'prosi nie przeszkadzać',
    },
    reconnecting: 'łączy się ponownie…',
    locked: 'rozmawia za zamkniętymi drzwiami',
    here: 'w tej rozmowie',
    ringing: 'właśnie dzwonisz',
    yourStatus: 'Twój status',
    availability: {
      available: 'Mam czas',
      away: 'Nie ma mnie',
      do_not_disturb: 'Nie przeszkadzać',
    },
    signOut: 'Wyjdź',
    show: 'Ludzie',
    close: 'Zamknij listę',
  },

  calling: {
    calling: name => `Dzwonisz: ${name}`,
    progress: {
      sent: 'Szukamy drugiej strony…',
      ringing: 'Dzwoni.',
      in_another_call: 'Trwa tam inna rozmowa, ale widać, że dzwonisz.',
    },
    secondsLeft: seconds => count(seconds, { one: 'została # sekunda', few: 'zostały # sekundy', many: 'zostało # sekund', other: 'zostało # sekundy' }),
    cancel: 'Anuluj',
    waiting: 'Czekasz pod drzwiami',
    waitingHow: 'Otworzyć może każdy, kto jest w środku.',
    withdraw: 'Odejdź od drzwi',
  },

  incoming: {
    isCalling: name => `Dzwoni ${name}`,
    together: names => `W rozmowie: ${list.format(names)}.`,
    more: number => count(number, { one: 'Dzwoni jeszcze # osoba.', few: 'Dzwonią jeszcze # osoby.', many: 'Dzwoni jeszcze # osób.', other: 'Dzwoni jeszcze # osoby.' }),
    accept: 'Odbierz',
    decline: 'Odrzuć',
    declineWith: 'Odrzuć i powiedz dlaczego',
    reasons: { busy: 'Nie mam teraz czasu', in_a_minute: 'Za chwilkę' },
    leaveAndJoin: 'Wyjdź i dołącz',
    bringHere: 'Zaproś tutaj',
    isKnocking: name => `Puka ${name}`,
    letIn: 'Wpuść',
    refuse: 'Nie wpuszczaj',
  },

  call: {
    region: 'Rozmowa',
    you: 'Ty',
    length: 'Czas rozmowy',
    mute: 'Wycisz mikrofon',
    unmute: 'Włącz mikrofon',
    cameraOff: 'Wyłącz kamerę',
    cameraOn: 'Włącz kamerę',
    shareScreen: 'Pokaż ekran',
    stopSharing: 'Przestań pokazywać ekran',
    /** @param {string} name */
    screenOf: (name) => `Ekran: ${name}`,
    information: 'Informacje o rozmowie',
    settings: 'Ustawienia',
    hangUp: 'Rozłącz się',
    muted: 'mikrofon wyciszony',
    host: 'gospodarz',
    connecting: 'Łączenie…',
    interrupted: 'Połączenie przerwane…',
    failed: 'Brak połączenia',
    reconnecting: 'Łączy się ponownie…',
    lock: 'Zamknij drzwi',
    unlock: 'Otwórz drzwi',
    locked: 'Drzwi zamknięte: nikt nie może zapukać',
    options: name => `Opcje: ${name}`,
    askToMute: 'Poproś o wyciszenie',
    remove: 'Usuń z rozmowy',
  },

  info: {
    title: 'Informacje o rozmowie',
    path: 'Droga',
    paths: { direct: 'wprost do drugiego urządzenia', relay: 'przez serwer', relay_tcp: 'przez serwer, po TCP' },
    picture: 'Obraz',
    /** @param {number} number */
    frames: number => count(number, { one: '# klatka na sekundę', few: '# klatki na sekundę', many: '# klatek na sekundę', other: '# klatki na sekundę' }),
    size: 'Wysyłany rozmiar',
    layers: { small: 'mały', middle: 'średni', large: 'duży' },
    lost: 'Zgubione po drodze',
    roundTrip: 'Tam i z powrotem',
    boxRoundTrip: 'Do serwera i z powrotem',
    mine: {
      good: 'To, co wysyłasz, dociera dobrze.',
      my_loss: 'Część tego, co wysyłasz, ginie: podejdź bliżej do Wi-Fi albo użyj kabla.',
      loss_between: 'Część tego, co wysyłasz, ginie, choć do serwera masz dobrą drogę: ginie po drugiej stronie.',
      my_delay: 'To, co wysyłasz, dociera późno: Twoja sieć jest wolna albo zajęta.',
      my_narrow_link: 'Twoja sieć nie przenosi teraz większych obrazów.',
      my_slow_device: 'Twoje urządzenie nie nadąża, więc inni widzą Cię mniejszym albo mniej płynnie: zamknij inne programy.',
    },
    theirs: {
      /** @param {string} name */
      good: name => `${name}: dociera dobrze.`,
      /** @param {string} name */
      connecting: name => `${name}: szukamy drogi.`,
      /** @param {string} name */
      interrupted: name => `${name}: droga jest przerwana, próbujemy dalej.`,
      /** @param {string} name */
      failed: name => `${name}: nie znaleziono drogi, próbujemy dalej.`,
      /** @param {string} name */
      box_strained: name => `${name}: serwer ma dużo pracy, więc obraz jest mniejszy.`,
      /** @param {string} name */
      my_loss: name => `${name}: część ginie po Twojej stronie. Podejdź bliżej do Wi-Fi albo użyj kabla.`,
      /** @param {string} name */
      their_loss: name => `${name}: część ginie po tamtej stronie. Tam trzeba podejść bliżej do Wi-Fi albo użyć kabla.`,
      /** @param {string} name */
      loss_between: name => `${name}: część ginie w sieci między Wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dociera późno, bo Twoja sieć jest wolna albo zajęta.`,
      /** @param {string} name */
      their_delay: name => `${name}: dociera późno, bo sieć po tamtej stronie jest wolna albo zajęta.`,
      /** @param {string} name */
      delay_between: name => `${name}: dociera późno, bo sieć między Wami jest wolna albo zajęta.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: Twoja sieć jest wolna, więc obraz jest mniejszy.`,
      /** @param {string} name */
      my_slow_device: name => `${name}: Twoje urządzenie nie nadąża z obrazem. Zamknij inne programy.`,
      /** @param {string} name */
      their_slow_device: name => `${name}: mało klatek, choć nic nie ginie. Tamto urządzenie jest wolne albo jest tam ciemno.`,
    },
  },

  connection: {
    lost: 'Nie ma połączenia z serwerem. Próbujemy dalej…',
    lostInCall: 'Nie ma połączenia z serwerem, ale rozmowa trwa. Próbujemy dalej…',
    soundBlocked: 'Przeglądarka milczy, dopóki nie klikniesz lub nie dotkniesz tej strony.',
    takenOver: 'Jesteś teraz w innej karcie albo na innym urządzeniu.',
    useHere: 'Wróć tutaj',
  },

  settings: {
    title: 'Ustawienia',
    close: 'Zamknij',
    save: 'Zapisz',
    language: 'Język',
    notifications: {
      title: 'Powiadomienia',
      default: 'Powiadamiaj, gdy ktoś dzwoni, a strona jest w tle',
      granted: 'Dostaniesz powiadomienie, gdy ktoś zadzwoni, a strona będzie w tle.',
      denied: 'Przeglądarka nie pozwala tej stronie na powiadomienia.',
      unsupported: 'Ta przeglądarka nie ma powiadomień.',
    },
    about: (host, version) => `${host}, wersja ${version}`,
  },

  notices: {
    dismiss: 'Zamknij',
    mine: {
      accepted: name => `${name} już idzie.`,
      declined: name => `${name} nie może teraz rozmawiać.`,
      busy: name => `${name} nie ma teraz czasu.`,
      in_a_minute: name => `${name} będzie mieć czas za chwilkę.`,
      do_not_disturb: name => `${name} prosi, żeby nie przeszkadzać.`,
      cancelled: name => `Już nie dzwonisz (${name}).`,
      expired: name => `${name} nie odbiera.`,
      overtaken: name => `${name} i ty już rozmawiacie.`,
      gone: name => `${name}: nie ma tu już tej osoby.`,
    },
    theirs: {
      accepted: name => `Rozmowa odebrana: ${name}.`,
      declined: name => `Rozmowa odrzucona: ${name}.`,
      cancelled: name => `${name} już nie dzwoni.`,
      expired: name => `Nieodebrana rozmowa: ${name}.`,
      overtaken: name => `${name} i ty już rozmawiacie.`,
      gone: name => `Nieodebrana rozmowa, a osoby już tu nie ma: ${name}.`,
    },
    farewell: {
      left: 'Koniec rozmowy.',
      removed: 'Gospodarz zakończył twój udział w rozmowie.',
      last_left: name => `${name} kończy rozmowę.`,
      last_lost: name => `Utracono połączenie: ${name}.`,
      interrupted: 'Rozmowa została przerwana.',
    },
    knock: {
      admitted: 'Zapraszamy do środka!',
      refused: 'Teraz nie mogą cię wpuścić.',
      withdrawn: 'Już nie pukasz.',
      expired: 'Nikt nie otworzył.',
      locked: 'Drzwi zostały zamknięte.',
      gone: 'Ta rozmowa już się skończyła.',
      overtaken: 'Jesteś teraz w innej rozmowie.',
    },
    askedToMute: name => `${name} prosi o wyciszenie mikrofonu.`,
    back: 'Połączenie wróciło.',
    strained: 'Urządzenie ma dużo pracy: obrazy będą przez chwilę mniejsze.',
    deviceLost: { camera: 'Kamera przestała działać.', microphone: 'Mikrofon przestał działać.' },
    pathFailed: name => `Obraz i dźwięk na razie nie mogą się połączyć: ${name}.`,
    errors: {
      not_understood: 'Strona i serwer się nie rozumieją; odśwież stronę.',
      hello_first: 'Serwer jeszcze cię nie zna; odśwież stronę.',
      name_invalid: 'Tego imienia nie da się pokazać innym.',
      lobby_full: 'Jest tu już za dużo osób.',
      person_unknown: 'Tej osoby już tu nie ma.',
      not_yourself: 'Nie da się zadzwonić do siebie.',
      too_many_invitations: 'Dzwonisz do zbyt wielu osób naraz.',
      room_full: 'W tej rozmowie nie ma już miejsca.',
      room_unknown: 'Ta rozmowa już się skończyła.',
      room_locked: 'Drzwi są zamknięte.',
      already_in_room: 'Już jesteś w tej rozmowie.',
      not_in_room: 'Nie ma cię w tej rozmowie.',
      host_only: 'Może to zrobić tylko gospodarz.',
    },
  },
}
