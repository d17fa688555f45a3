// Polski. Sentences avoid forms that would have to know whether NAME is a woman or a man, and never inflect it.
/** @import { Words } from './index.js' */

import { brief, plural } from './plural.js'

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
    pin: 'Kod PIN',
    pinHint: 'Wchodzą tu osoby, które znają PIN. Poda go właściciel serwera.',
    preview: 'Twój obraz',
    without: 'Możesz też wejść bez kamery i mikrofonu.',
  },

  devices: {
    camera: 'Kamera',
    microphone: 'Mikrofon',
    speaker: 'Głośnik',
    usual: 'Domyślne',
    numbered: number => `Urządzenie ${number}`,
    level: 'Poziom mikrofonu',
    tryAgain: 'Spróbuj ponownie',
    asking: 'Przeglądarka pyta o kamerę i mikrofon: zezwól na nie.',
    trackMuted: { camera: 'System na razie wyłączył kamerę.', microphone: 'System na razie wyłączył mikrofon.' },
    test: 'Test dźwięku',
    mirror: 'Pokazuj mnie jak w lustrze',
    blur: 'Rozmyj tło za mną',
    closed: 'Kamera i mikrofon są zamknięte do czasu rozmowy.',
    remedies: {
      denied: {
        chromium: 'Naciśnij ikonę po lewej stronie adresu, włącz tam dostęp i spróbuj ponownie.',
        firefox: 'Naciśnij przekreśloną ikonę po lewej stronie adresu, usuń blokadę i spróbuj ponownie.',
        safari: 'Otwórz menu strony obok adresu, wybierz ustawienia tej witryny, zezwól na dostęp i spróbuj ponownie.',
        ios: 'Otwórz ustawienia telefonu, znajdź tę przeglądarkę wśród aplikacji, zezwól na dostęp i spróbuj ponownie.',
      },
      system: 'Jeśli to nie pomoże, zezwól na to przeglądarce w ustawieniach urządzenia.',
      missing: 'Podłącz urządzenie: zacznie działać od razu.',
      busy: 'Zamknij program, który go używa, i spróbuj ponownie.',
      unfit: 'Wybierz inne urządzenie w ustawieniach.',
      insecure: 'Otwórz tę stronę przez https.',
      unknown: 'Odłącz i podłącz urządzenie albo uruchom przeglądarkę od nowa i spróbuj ponownie.',
    },
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
    nobody: 'Na razie nie ma tu nikogo poza tobą',
    others_come: 'Jak zaprosić innych',
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
      away: 'z dala od ekranu',
      do_not_disturb: 'prosi, by nie przeszkadzać',
    },
    inCallWith: names => `rozmawia, tam też: ${list.format(brief(names, rest => count(rest, { one: 'jeszcze # osoba', few: 'jeszcze # osoby', many: 'jeszcze # osób', other: 'jeszcze # osoby' })))}`,
    reconnecting: 'łączy się ponownie…',
    locked: 'rozmawia za zamkniętymi drzwiami',
    here: 'w tej rozmowie',
    ringing: 'właśnie dzwonisz',
    /** @param {string} name */
    letRing: name => `Pozwól znów dzwonić: ${name}`,
    yourStatus: 'Twój status',
    availability: {
      available: 'Mam czas',
      away: 'Nie ma mnie',
      do_not_disturb: 'Nie przeszkadzać',
    },
    signOut: 'Wyjdź',
    show: 'Ludzie',
    close: 'Zamknij listę',
    search: 'Szukaj osoby',
    nobodyFound: 'Nie ma tu nikogo o takim imieniu.',
    share: 'Udostępnij adres',
    copy: 'Skopiuj adres',
    copied: 'Skopiowano',
    scan: 'Albo skieruj na to aparat telefonu:',
    keepOpen: 'Zamknięta strona nie zadzwoni: zostaw ją otwartą, by można było do ciebie zadzwonić.',
    notify: 'Powiadamiaj o rozmowach',
    notNow: 'Nie teraz',
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
    /** @param {string} name */
    quiet: name => `Nie pozwalaj na razie dzwonić: ${name}`,
    leaveAndJoin: 'Wyjdź i dołącz',
    bringHere: 'Zaproś tutaj',
    isKnocking: name => `Puka ${name}`,
    letIn: 'Wpuść',
    refuse: 'Nie wpuszczaj',
  },

  several: {
    everybody: 'Zadzwoń do wszystkich',
    choose: 'Wybierz, do kogo zadzwonić',
    some: 'Wybierz',
    ring: number => `Zadzwoń do ${count(number, { one: '# osoby', few: '# osób', many: '# osób', other: '# osoby' })}`,
    stop: 'Anuluj',
    pick: name => `Wybierz: ${name}`,
    calling: number => `Dzwoni do ${count(number, { one: '# osoby', few: '# osób', many: '# osób', other: '# osoby' })}`,
    names: names => `Zaproszenia: ${list.format(brief(names, rest => `${rest} więcej`))}`,
  },

  answering: {
    title: 'Odbieraj rozmowy samoczynnie',
    whom: { nobody: 'Od nikogo', chosen: 'Od wybranych osób', everybody: 'Od wszystkich' },
    means: 'Po sygnale i pięciu sekundach dzwoniąca osoba widzi i słyszy ten pokój, aż wyjdzie. Wszyscy widzą, że to urządzenie odbiera samo.',
    camera: 'Odbieraj z kamerą',
    device: 'Rozpoznawane jest urządzenie tej osoby, a nie imię.',
    none: 'Jeszcze nikogo nie wybrano.',
    add: 'Wybierz kogoś z obecnych',
    nobodyHere: 'Na razie nie ma nikogo innego',
    remove: name => `Usuń z wybranych: ${name}`,
    answering: (name, seconds) => `Dzwoni ${name}: odbiór za ${seconds} s`,
    dont: 'Nie odbieraj',
    status: 'odbiera samoczynnie',
    calling: 'Rozmowa może zostać odebrana samoczynnie: od razu będzie cię widać i słychać.',
    sign: name => `Odebrano samoczynnie: ten pokój widzi i słyszy ${name}.`,
    here: 'Jestem tutaj',
    answered: names => `Odebrano samoczynnie, może nikogo tam nie ma: ${list.format(names)}`,
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
    came: name => `${name} dołącza.`,
    went: name => `${name} wychodzi.`,
    isSilent: name => `${name} ma wyciszony mikrofon.`,
    showsScreen: name => `${name} pokazuje ekran.`,
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
    removeSure: name => `Usunąć z rozmowy: ${name}?`,
    removeMeans: 'Ta osoba może znowu zapukać.',
    pin: 'Przypnij',
    unpin: 'Odepnij',
    pinned: 'na stałe duży obraz',
    closer: 'Przybliż',
    whole: 'Pokaż cały obraz',
    moveCorner: 'Przenieś do innego rogu',
    grid: 'Wszyscy tak samo duzi',
    speaker: 'Pokaż dużą osobę, która mówi',
    turnCamera: 'Druga kamera',
    float: 'Małe okno nad wszystkim',
    unfloat: 'Wróć z małego okna',
    fullScreen: 'Pełny ekran',
    window: 'Zamknij pełny ekran',
    weak: 'słabe połączenie',
    spokeWhileMuted: 'Masz wyciszony mikrofon: nikt cię nie słyszy.',
    /** @param {string} name */
    echo: name => `Twój głos wraca od: ${name}. Jesteście w jednym pokoju? Wyciszcie mikrofon na jednym z urządzeń.`,
    holding: 'Słychać cię, dopóki trzymasz spację.',
  },

  keys: {
    title: 'Klawisze',
    on: 'Używaj tych klawiszy',
    space: 'Spacja',
    hold: 'mów, dopóki trzymasz, gdy mikrofon jest wyciszony',
    mute: 'mikrofon',
    camera: 'kamera',
    share: 'pokaż ekran lub przestań',
    layout: 'wszyscy tak samo duzi albo duża osoba, która mówi',
    fullScreen: 'pełny ekran',
    float: 'małe okno nad wszystkim',
    people: 'lista ludzi',
    list: 'ta lista',
  },

  info: {
    title: 'Informacje o rozmowie',
    path: 'Droga',
    paths: { direct: 'wprost do drugiego urządzenia', relay: 'przez serwer', relay_tcp: 'przez serwer, po TCP', relay_tls: 'przez serwer, przez TLS' },
    picture: 'Obraz',
    /** @param {number} number */
    frames: number => count(number, { one: '# klatka na sekundę', few: '# klatki na sekundę', many: '# klatek na sekundę', other: '# klatki na sekundę' }),
    size: 'Wysyłany rozmiar',
    layers: { small: 'mały', middle: 'średni', large: 'duży' },
    lost: 'Zgubione po drodze',
    roundTrip: 'Tam i z powrotem',
    boxRoundTrip: 'Do serwera i z powrotem',
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer nie mógł wysłać do ciebie # pakietu', other: 'Serwer nie mógł wysłać do ciebie # pakietów' }) + ': sieć po jego stronie może takich nie przenosić. Powiedz o tym osobie, która się nim opiekuje.',
    mine: {
      good: 'To, co wysyłasz, dociera dobrze.',
      my_loss: 'Część tego, co wysyłasz, ginie: podejdź bliżej do Wi-Fi albo użyj kabla.',
      loss_between: 'Część tego, co wysyłasz, ginie, choć do serwera masz dobrą drogę: ginie po drugiej stronie.',
      my_delay: 'To, co wysyłasz, dociera późno: twoja sieć jest wolna albo zajęta.',
      my_narrow_link: 'Twoja sieć nie przenosi teraz większych obrazów.',
      my_slow_device: 'Twoje urządzenie nie nadąża, więc inni widzą cię mniejszym albo mniej płynnie: zamknij inne programy.',
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
      my_loss: name => `${name}: część ginie po twojej stronie. Podejdź bliżej do Wi-Fi albo użyj kabla.`,
      /** @param {string} name */
      their_loss: name => `${name}: część ginie po tamtej stronie. Tam trzeba podejść bliżej do Wi-Fi albo użyć kabla.`,
      /** @param {string} name */
      loss_between: name => `${name}: część ginie w sieci między wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dociera późno, bo twoja sieć jest wolna albo zajęta.`,
      /** @param {string} name */
      their_delay: name => `${name}: dociera późno, bo sieć po tamtej stronie jest wolna albo zajęta.`,
      /** @param {string} name */
      delay_between: name => `${name}: dociera późno, bo sieć między wami jest wolna albo zajęta.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoja sieć jest wolna, więc obraz jest mniejszy.`,
      /** @param {string} name */
      my_slow_device: name => `${name}: twoje urządzenie nie nadąża z obrazem. Zamknij inne programy.`,
      /** @param {string} name */
      their_slow_device: name => `${name}: mało klatek, choć nic nie ginie. Tamto urządzenie jest wolne albo jest tam ciemno.`,
    },
  },

  connection: {
    unable: {
      webrtc: 'Ta przeglądarka nie może dzwonić, bo nie ma WebRTC: użyj Firefoksa, Chrome, Edge albo Safari.',
      lockdown: 'Ta przeglądarka nie może dzwonić, bo włączony jest Tryb blokady: wyłącz go dla tej witryny w menu strony obok adresu.',
    },
    lost: 'Nie ma połączenia z serwerem. Próbujemy dalej…',
    lostInCall: 'Nie ma połączenia z serwerem, ale rozmowa trwa. Próbujemy dalej…',
    soundBlocked: 'Przeglądarka milczy, dopóki nie klikniesz lub nie dotkniesz tej strony.',
    takenOver: 'Jesteś teraz w innej karcie albo na innym urządzeniu.',
    useHere: 'Wróć tutaj',
  },

  settings: {
    title: 'Ustawienia',
    close: 'Zamknij',
    noMoreWarnings: 'Bez ostrzeżeń',
    save: 'Zapisz',
    language: 'Język',
    notifications: {
      title: 'Powiadomienia',
      default: 'Powiadamiaj, gdy ktoś dzwoni, a strona jest w tle',
      granted: 'Dostaniesz powiadomienie, gdy ktoś zadzwoni, a strona będzie w tle.',
      denied: 'Przeglądarka nie pozwala tej stronie na powiadomienia.',
      unsupported: 'Ta przeglądarka nie ma powiadomień.',
    },
    onlyInCalls: 'Kamera tylko podczas rozmów',
    stayAwake: 'Nie wygaszaj tego ekranu',
    about: (host, version) => `${host}, wersja ${version}`,
  },

  notices: {
    dismiss: 'Zamknij',
    updated: 'Jest nowsza wersja tej strony.',
    spaceClosed: {
      removed: 'Ta przestrzeń jest zamknięta. Poproś o nowy link tego, kto ci go dał.',
      expired: 'Czas tej przestrzeni się skończył.',
      too_many: 'Na razie nie można utworzyć więcej przestrzeni. Odczekaj kilka minut i spróbuj ponownie.',
    },
    reload: 'Wczytaj ją',
    callBack: 'Oddzwoń',
    callBackTo: name => `Oddzwoń: ${name}`,
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
      cancelled: name => `${name} dzwoni i rozłącza się, zanim odbierasz.`,
      expired: name => `Nieodebrana rozmowa: ${name}.`,
      overtaken: name => `${name} i ty już rozmawiacie.`,
      gone: name => `Nieodebrana rozmowa, a osoby już tu nie ma: ${name}.`,
    },
    roomEnded: {
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
    askedToMute: name => `${name} wycisza ci mikrofon.`,
    back: 'Połączenie wróciło.',
    meshed: 'Serwer nie przekazuje tu obrazu i dźwięku, więc płyną wprost między wami: widzą się i słyszą najwyżej cztery osoby.',
    meshFull: 'Serwer nie przekazuje tu obrazu i dźwięku, więc widzieć się i słyszeć mogą tylko cztery osoby.',
    strained: 'Serwer ma dużo pracy: obrazy będą przez chwilę mniejsze.',
    deviceLost: { camera: 'Kamera przestała działać.', microphone: 'Mikrofon przestał działać.' },
    pathFailed: name => `Na razie nie udało się połączyć obrazu i dźwięku: ${name}.`,
    errors: {
      not_understood: 'Strona i serwer się nie rozumieją; odśwież stronę.',
      hello_first: 'Serwer jeszcze cię nie zna; odśwież stronę.',
      pin_needed: 'Wchodzą tu osoby, które znają PIN.',
      pin_wrong: 'To nie ten PIN. Spróbuj jeszcze raz.',
      pin_wait: 'Za dużo błędnych PIN-ów. Odczekaj kilka minut i spróbuj ponownie.',
      name_invalid: 'Tego imienia nie da się pokazać innym.',
      lobby_full: 'Jest tu już za dużo osób.',
      too_many_from_address: 'Z twojego adresu sieciowego przyszło za dużo osób; spróbuj ponownie za kilka minut.',
      person_unknown: 'Tej osoby już tu nie ma.',
      not_yourself: 'Nie da się zadzwonić do siebie.',
      too_many_invitations: 'Dzwonisz do zbyt wielu osób naraz.',
      ring_wait: 'Dzwonisz bardzo często w krótkim czasie; odczekaj chwilę.',
      too_often: 'To za często w krótkim czasie; odczekaj chwilę.',
      room_full: 'W tej rozmowie nie ma już miejsca.',
      room_unknown: 'Ta rozmowa już się skończyła.',
      room_locked: 'Drzwi są zamknięte.',
      already_in_room: 'Już jesteś w tej rozmowie.',
      not_in_room: 'Nie ma cię w tej rozmowie.',
      host_only: 'Może to zrobić tylko gospodarz.',
    },
  },
}

/** @type {import('./index.js').Instead} */
export const hosted = {
  start: {
    tagline: 'Zobaczcie się i usłyszcie, wprost z przeglądarki.',
    pinHint: 'Wchodzą tu osoby, które znają PIN. Zapytaj tego, kto ci dał link.',
  },
  people: { how: 'Na innym telefonie lub komputerze otwórz' },
  info: {
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer nie mógł wysłać do ciebie # pakietu', other: 'Serwer nie mógł wysłać do ciebie # pakietów' }) + ': droga od niego może takich nie przenosić. Powiedz o tym osobie, która się nim opiekuje.',
    mine: {
      my_loss: 'Część tego, co wysyłasz, ginie: znajdź lepszy zasięg albo użyj kabla.',
      my_delay: 'To, co wysyłasz, dociera późno: twoje łącze jest wolne albo zajęte.',
      my_narrow_link: 'Twoje łącze nie przenosi teraz większych obrazów.',
    },
    theirs: {
      /** @param {string} name */
      my_loss: name => `${name}: część ginie po twojej stronie. Znajdź lepszy zasięg albo użyj kabla.`,
      /** @param {string} name */
      their_loss: name => `${name}: część ginie po tamtej stronie. Tam trzeba znaleźć lepszy zasięg albo użyć kabla.`,
      /** @param {string} name */
      loss_between: name => `${name}: część ginie po drodze między wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dociera późno, bo twoje łącze jest wolne albo zajęte.`,
      /** @param {string} name */
      their_delay: name => `${name}: dociera późno, bo łącze po tamtej stronie jest wolne albo zajęte.`,
      /** @param {string} name */
      delay_between: name => `${name}: dociera późno, bo droga między wami jest wolna albo zajęta.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoje łącze jest wolne, więc obraz jest mniejszy.`,
    },
  },
  notices: { errors: { too_many_from_address: 'Z twojego adresu przyszło za dużo osób; spróbuj ponownie za kilka minut.' } },
}
