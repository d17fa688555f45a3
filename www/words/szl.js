// Ślōnski, we ślabikŏrzowym szrajbōnku. Like Polish, it never inflects NAME nor asks whether it is a woman or a man.
/** @import { Words } from './index.js' */

import { brief, plural } from './plural.js'

const count = plural('pl') // Silesian counts as Polish does, and browsers know only the latter's rules
const list = new Intl.ListFormat('pl')

/** @type {Words} */
export default {
  start: {
    greeting: 'Witej!',
    tagline: 'Ôbejzdrzij i posuchej wszyskich we swojij necy.',
    yourName: 'Twoje miano',
    enter: 'Wlyź',
    entering: 'Chwilka…',
    nameRefused: 'Tego miana niy idzie pokŏzać inkszym. Wpisz inksze, nojwyżyj 40 znakōw.',
    pin: 'Kōd PIN',
    pinHint: 'Wlazujōm sam ci, co znajōm PIN. Powiy go tyn, czyj je serwer.',
    preview: 'Twōj ôbrŏz',
    without: 'Możesz wlyźć tyż bez kamery i mikrofōnu.',
  },

  devices: {
    camera: 'Kamera',
    microphone: 'Mikrofōn',
    speaker: 'Gośnik',
    usual: 'Tyn, co zawdy',
    numbered: number => `Maszina ${number}`,
    level: 'Jak cie słychać',
    tryAgain: 'Sprōbuj jeszcze rŏz',
    asking: 'Przeglōndarka pytŏ ô kamera i mikrofōn: pozwōl na nie.',
    trackMuted: { camera: 'Systym na terŏzki zgasił kamera.', microphone: 'Systym na terŏzki zawarł mikrofōn.' },
    test: 'Prōbny klang',
    mirror: 'Pokŏzuj mie jak we zdrzadle',
    blur: 'Rozmaż to, co je za mnōm',
    closed: 'Kamera i mikrofōn sōm zawarte, aż bydzie gŏdka.',
    remedies: {
      denied: {
        chromium: 'Naciś znak po lewyj ôd adresy, załōncz to tam i sprōbuj jeszcze rŏz.',
        firefox: 'Naciś przekryślōny znak po lewyj ôd adresy, weź ta zawada i sprōbuj jeszcze rŏz.',
        safari: 'Ôtwōrz menu zajty kole adresy, weź nasztalowania tyj zajty, pozwōl na to i sprōbuj jeszcze rŏz.',
        ios: 'Ôtwōrz nasztalowania telefōnu, znojdź ta przeglōndarka, pozwōl na to i sprōbuj jeszcze rŏz.',
      },
      system: 'Jak to niy pōmoże, pozwōl na to przeglōndarce we nasztalowaniach masziny.',
      missing: 'Wraź jaki do maszina: zaroz pōjdzie.',
      busy: 'Zawrzij program, co go używŏ, i sprōbuj jeszcze rŏz.',
      unfit: 'Weź inkszy we nasztalowaniach.',
      insecure: 'Ôtwōrz ta zajta bez https.',
      unknown: 'Wyciōng i wraź nazŏd, abo ôtwōrz przeglōndarka jeszcze rŏz i sprōbuj.',
    },
    camera_problems: {
      denied: 'Przeglōndarka niy dŏ tyj zajcie kamery; możesz to przestawić kole adresy.',
      missing: 'Niy ma żŏdnyj kamery.',
      busy: 'Kamera je zajyntŏ bez inkszy program.',
      unfit: 'Ta kamera sam niy idzie; sprōbuj inkszyj.',
      insecure: 'Przeglōndarka dŏwŏ kamera ino zajtōm ôtwartym bez https.',
      unknown: 'Kamera niy chce sie załōnczyć.',
    },
    microphone_problems: {
      denied: 'Przeglōndarka niy dŏ tyj zajcie mikrofōnu; możesz to przestawić kole adresy.',
      missing: 'Niy ma żŏdnego mikrofōnu.',
      busy: 'Mikrofōn je zajynty bez inkszy program.',
      unfit: 'Tyn mikrofōn sam niy idzie; sprōbuj inkszego.',
      insecure: 'Przeglōndarka dŏwŏ mikrofōn ino zajtōm ôtwartym bez https.',
      unknown: 'Mikrofōn niy chce sie załōnczyć.',
    },
  },

  people: {
    title: 'Ludzie',
    others: number => count(number, { one: '# czowiek krōm ciebie', few: '# ludzie krōm ciebie', many: '# ludzi krōm ciebie', other: '# ludzi krōm ciebie' }),
    nobody: 'Niy ma tu jeszcze żŏdnego',
    others_come: 'Jak prziwołać inkszych',
    how: 'Na inkszym telefōnie abo kōmputrze w tyj samyj necy ôtwōrz',
    or: 'abo',
    call: 'Zawołej',
    callPerson: name => `Zawołej: ${name}`,
    knock: 'Zaklupej',
    knockOn: name => `Zaklupej do izby: ${name}`,
    invite: 'Zaproś',
    invitePerson: name => `Zaproś: ${name}`,
    status: {
      available: 'mŏ czas',
      in_call: 'gŏdŏ',
      away: 'kajś poszło',
      do_not_disturb: 'niy chce, coby przeszkŏdzać',
    },
    inCallWith: names => `gŏdŏ, tam tyż: ${list.format(brief(names, rest => count(rest, { one: 'jeszcze # czowiek', few: 'jeszcze # ludzi', many: 'jeszcze # ludzi', other: 'jeszcze # ludzi' })))}`,
    reconnecting: 'zaroz bydzie nazŏd…',
    locked: 'gŏdŏ za zawartymi dźwiyrzami',
    here: 'w tyj gŏdce',
    ringing: 'prawie wołŏsz',
    /** @param {string} name */
    letRing: name => `Niych ${name} zaś dzwōni`,
    yourStatus: 'Co u ciebie',
    availability: {
      available: 'Mōm czas',
      away: 'Niy ma mie',
      do_not_disturb: 'Niy przeszkŏdzać',
    },
    signOut: 'Wylyź',
    show: 'Ludzie',
    close: 'Zawrzij lista',
    search: 'Znojdź czowieka',
    nobodyFound: 'Takigo miana sam niy ma.',
    share: 'Poślij adresa dalij',
    copy: 'Weź adresa ze sobōm',
    copied: 'Już je wziyntŏ',
    scan: 'Abo pokŏż to kamerze ôd telefōnu:',
    keepOpen: 'Zawartŏ zajta niy zadzwōni: niych bydzie ôtwartŏ, coby cie szło zawołać.',
    notify: 'Dŏwej znać, jak fto wołŏ',
    notNow: 'Niy terŏzki',
  },

  calling: {
    calling: name => `Wołŏsz: ${name}`,
    progress: {
      sent: 'Szukōmy drugij strōny…',
      ringing: 'Dzwōni.',
      in_another_call: 'Tam je inkszŏ gŏdka, ale już wiedzōm, że wołŏsz.',
    },
    secondsLeft: seconds => count(seconds, { one: 'ôstała # sekōnda', few: 'ôstały # sekōndy', many: 'ôstało # sekōnd', other: 'ôstało # sekōndy' }),
    cancel: 'Dej pokōj',
    waiting: 'Czekŏsz pod dźwiyrzami',
    waitingHow: 'Ôtworzyć może kożdy, fto je w izbie.',
    withdraw: 'Idź nazŏd',
  },

  incoming: {
    isCalling: name => `Wołŏ cie ${name}`,
    together: names => `We gŏdce sōm: ${list.format(names)}.`,
    more: number => count(number, { one: 'Wołŏ jeszcze # czowiek.', few: 'Wołajōm jeszcze # ludzie.', many: 'Wołŏ jeszcze # ludzi.', other: 'Wołŏ jeszcze # ludzi.' }),
    accept: 'Ôdbier',
    decline: 'Niy terŏz',
    declineWith: 'Pedz, czamu niy',
    reasons: { busy: 'Niy mōm terŏz czasu', in_a_minute: 'Za chwilka' },
    /** @param {string} name */
    quiet: name => `Niych ${name} na razie niy dzwōni`,
    leaveAndJoin: 'Wylyź i idź tam',
    bringHere: 'Zaproś sam',
    isKnocking: name => `Klupie ${name}`,
    letIn: 'Puść',
    refuse: 'Niy puszczej',
  },

  several: {
    everybody: 'Zawołej wszyskich',
    choose: 'Ôbier, kogo zawołać',
    some: 'Ôbier',
    ring: number => `Zawołej ${count(number, { one: '# czowieka', few: '# ludzi', many: '# ludzi', other: '# ludzi' })}`,
    stop: 'Niy terŏz',
    pick: name => `Ôbier: ${name}`,
    calling: number => `Wołōmy ${count(number, { one: '# czowieka', few: '# ludzi', many: '# ludzi', other: '# ludzi' })}`,
    names: names => `Fto mŏ przijść: ${list.format(brief(names, rest => `jeszcze ${rest}`))}`,
  },

  answering: {
    title: 'Ôdbieraj samo ôd sia',
    whom: { nobody: 'Ôd żŏdnego', chosen: 'Ôd ôbranych ludzi', everybody: 'Ôd wszyskich' },
    means: 'Po klangu i piyńciu sekundach tyn, co wołŏ, widzi i słyszy ta izba, aż wylezie. Wszyscy widzōm, że ta maszina ôdbiyrŏ sama.',
    camera: 'Ôdbieraj z kamerōm',
    device: 'Poznŏwanŏ je maszina, a niy miano.',
    none: 'Jeszcze żŏdyn niy je ôbrany.',
    add: 'Ôbier kogoś, co sam je',
    nobodyHere: 'Jeszcze sam żŏdnego inkszego niy ma',
    remove: name => `Niy ôbierej: ${name}`,
    answering: (name, seconds) => `Wołŏ ${name}: ôdbiōr za ${seconds} s`,
    dont: 'Niy ôdbieraj',
    status: 'ôdbiyrŏ samo ôd sia',
    calling: 'Może sie ôdebrać samo ôd sia: zaroz bydzie cie widać i słychać.',
    sign: name => `Ôdebrane samo ôd sia: ta izba widzi i słyszy ${name}.`,
    here: 'Jŏ żech sam je',
    answered: names => `Ôdebrane samo ôd sia, może żŏdnego tam niy ma: ${list.format(names)}`,
  },

  call: {
    region: 'Gŏdka',
    you: 'Ty',
    length: 'Wiela już gŏdōmy',
    mute: 'Zawrzij mikrofōn',
    unmute: 'Ôtwōrz mikrofōn',
    cameraOff: 'Zgaś kamera',
    cameraOn: 'Zaświyć kamera',
    shareScreen: 'Pokŏż ekran',
    stopSharing: 'Przestōń pokŏzować ekran',
    /** @param {string} name */
    screenOf: (name) => `Ekran ôd: ${name}`,
    came: name => `${name} prziłazi.`,
    went: name => `${name} wyłazi.`,
    isSilent: name => `${name} mŏ zawarty mikrofōn.`,
    showsScreen: name => `${name} pokŏzuje ekran.`,
    information: 'Ô tyj gŏdce',
    settings: 'Nasztalowania',
    hangUp: 'Zakōńcz gŏdka',
    muted: 'mikrofōn zawarty',
    host: 'gospodŏrz',
    connecting: 'Łōnczynie…',
    interrupted: 'Cosik przerwało…',
    failed: 'Niy ma połōnczyniŏ',
    reconnecting: 'Zaroz bydzie nazŏd…',
    lock: 'Zawrzij dźwiyrze',
    unlock: 'Ôtwōrz dźwiyrze',
    locked: 'Dźwiyrze zawarte: żŏdyn niy może zaklupać',
    options: name => `Co zrobić: ${name}`,
    askToMute: 'Poproś ô cisza',
    remove: 'Wyciep z gŏdki',
    removeSure: name => `Wyciepnōńć z gŏdki: ${name}?`,
    removeMeans: 'Tyn czowiek może zaklupać nazŏd.',
    pin: 'Przipnij',
    unpin: 'Ôdepnij',
    pinned: 'przipiynty',
    closer: 'Bliżyj',
    whole: 'Pokŏż cołki ôbrŏzek',
    moveCorner: 'Przeciōng do inkszego rogu',
    grid: 'Wszyscy jednako srodzy',
    speaker: 'Srogi ôbrŏz tego, co gŏdŏ',
    turnCamera: 'Drugŏ kamera',
    float: 'Małe ôkno na wiyrchu',
    unfloat: 'Nazŏd ze małego ôkna',
    fullScreen: 'Na cołki ekran',
    window: 'Niy na cołki ekran',
    weak: 'słabŏ nec',
    spokeWhileMuted: 'Mŏsz zawarty mikrofōn: żŏdyn cie niy słyszy.',
    /** @param {string} name */
    echo: name => `Twōj głos wrŏcŏ sie ôd: ${name}. Siedzicie w jednyj izbie? Zawrzijcie mikrofōn na jednym z tych dwōch.`,
    holding: 'Słychać cie, pōki trzimiesz szpacja.',
  },

  keys: {
    title: 'Tasty',
    on: 'Używej tych tastōw',
    space: 'Szpacja',
    hold: 'gŏdej, pōki trzimiesz, jak mikrofōn je zawarty',
    mute: 'mikrofōn ôtwarty abo zawarty',
    camera: 'kamera zaświycōnŏ abo zgaszōnŏ',
    share: 'pokŏż ekran abo przestōń',
    layout: 'wszyscy jednako srodzy abo srogi tyn, co gŏdŏ',
    fullScreen: 'na cołki ekran',
    float: 'małe ôkno na wiyrchu',
    people: 'lista ludzi ze necy',
    list: 'ta sama lista',
  },

  info: {
    title: 'Ô tyj gŏdce',
    path: 'Drōga',
    paths: { direct: 'prosto do drugij masziny', relay: 'bez serwer', relay_tcp: 'bez serwer, po TCP', relay_tls: 'bez serwer, bez TLS' },
    picture: 'Ôbrŏzek',
    /** @param {number} number */
    frames: number => count(number, { one: '# ôbrŏzek na sekōnda', few: '# ôbrŏzki na sekōnda', many: '# ôbrŏzkōw na sekōnda', other: '# ôbrŏzka na sekōnda' }),
    size: 'Jaki srogi idzie',
    layers: { small: 'maluśki', middle: 'strzedni', large: 'srogi' },
    lost: 'Stracōne po drodze',
    roundTrip: 'Tam i nazŏd',
    boxRoundTrip: 'Do serwera i nazŏd',
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer niy mōg posłać do ciebie # pakietu', other: 'Serwer niy mōg posłać do ciebie # pakietōw' }) + ': nec po jego strōnie może takich niy niyś. Powiydz ô tym tymu, co sie ô niego starŏ.',
    mine: {
      good: 'To, co posyłŏsz, dochodzi dobrze.',
      my_loss: 'Kōnsek tego, co posyłŏsz, sie traci: przidź bliżyj do Wi-Fi abo weź kabel.',
      loss_between: 'Kōnsek tego, co posyłŏsz, sie traci, chocia do serwera mŏsz dobrŏ drōga: traci sie po drugij strōnie.',
      my_delay: 'To, co posyłŏsz, dochodzi niyskoro: twoja nec je pōmałŏ abo mŏ moc roboty.',
      my_narrow_link: 'Twoja nec niy uniesie terŏz srogszych ôbrŏzkōw.',
      my_slow_device: 'Twoja maszina niy nadōnżŏ, tōż inksi widzōm cie myńszego abo nierōwno: zawrzij inksze programy.',
    },
    theirs: {
      /** @param {string} name */
      good: name => `${name}: wszyjsko dochodzi dobrze.`,
      /** @param {string} name */
      connecting: name => `${name}: szukōmy drōgi.`,
      /** @param {string} name */
      interrupted: name => `${name}: drōga sie przerwała, prōbujymy dalij.`,
      /** @param {string} name */
      failed: name => `${name}: niy ma drōgi, prōbujymy dalij.`,
      /** @param {string} name */
      box_strained: name => `${name}: serwer mŏ moc roboty, tōż ôbrŏzek je myńszy.`,
      /** @param {string} name */
      my_loss: name => `${name}: kōnsek sie traci po twojij strōnie. Przidź bliżyj do Wi-Fi abo weź kabel.`,
      /** @param {string} name */
      their_loss: name => `${name}: kōnsek sie traci po tamtyj strōnie. Tam trza przijś bliżyj do Wi-Fi abo wziōńć kabel.`,
      /** @param {string} name */
      loss_between: name => `${name}: kōnsek sie traci w necy miyndzy wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dochodzi niyskoro, bo twoja nec je pōmałŏ abo mŏ moc roboty.`,
      /** @param {string} name */
      their_delay: name => `${name}: dochodzi niyskoro, bo tam nec je pōmałŏ abo mŏ moc roboty.`,
      /** @param {string} name */
      delay_between: name => `${name}: dochodzi niyskoro, bo nec miyndzy wami je pōmałŏ abo mŏ moc roboty.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoja nec je pōmałŏ, tōż ôbrŏzek je myńszy.`,
      /** @param {string} name */
      my_slow_device: name => `${name}: twoja maszina niy nadōnżŏ ze ôbrŏzkym. Zawrzij inksze programy.`,
      /** @param {string} name */
      their_slow_device: name => `${name}: mało ôbrŏzkōw, chocia nic sie niy traci. Tamta maszina je pōmałŏ abo tam je ćma.`,
    },
  },

  connection: {
    unable: {
      webrtc: 'Ta przeglōndarka niy może dzwōnić, bo niy mŏ WebRTC: weź Firefoksa, Chrome, Edge abo Safari.',
      lockdown: 'Ta przeglōndarka niy może dzwōnić, bo załōnczōny je Tryb blokady: wyłōncz go dlŏ tyj zajty we menu kole adresy.',
    },
    lost: 'Niy ma połōnczyniŏ ze serwerym. Prōbujymy dalij…',
    lostInCall: 'Niy ma połōnczyniŏ ze serwerym, ale gŏdka idzie dalij. Prōbujymy…',
    soundBlocked: 'Przeglōndarka niy wydŏ głosu, aż klikniesz abo tykniesz ta zajta.',
    takenOver: 'Terŏz żeś je we inkszyj karcie abo na inkszyj maszinie.',
    useHere: 'Wrōć sam',
  },

  settings: {
    title: 'Nasztalowania',
    close: 'Zawrzij',
    noMoreWarnings: 'Bez ôstrzeżyń',
    save: 'Spamiyntej',
    language: 'Jynzyk',
    notifications: {
      title: 'Znaki',
      default: 'Dej znać, jak fto wołŏ, a zajta je schowanŏ',
      granted: 'Dōmy ci znać, jak fto zawołŏ, a zajta bydzie schowanŏ.',
      denied: 'Przeglōndarka niy pozwŏlŏ tyj zajcie dŏwać znać.',
      unsupported: 'Ta przeglōndarka niy umi dŏwać znać.',
    },
    onlyInCalls: 'Kamera ino przi gŏdce',
    stayAwake: 'Niych ekran niy gaśnie',
    about: (host, version) => `${host}, wersyjŏ ${version}`,
  },

  notices: {
    dismiss: 'Zawrzij',
    updated: 'Je nowszŏ zajta.',
    spaceClosed: {
      removed: 'Ta przestrzyń je zawartŏ. Poproś ô nowy link tego, co ci go dŏł.',
      expired: 'Czas tyj przestrzyni sie skōńczōł.',
      too_many: 'Na razie niy idzie zrobić wiyncyj przestrzyni. Doczekej pora minut i sprōbuj jeszcze rŏz.',
    },
    reload: 'Weź ta nowszŏ',
    callBack: 'Zawołej nazŏd',
    callBackTo: name => `Zawołej nazŏd: ${name}`,
    mine: {
      accepted: name => `${name} już idzie.`,
      declined: name => `${name} niy może terŏz gŏdać.`,
      busy: name => `${name} niy mŏ terŏz czasu.`,
      in_a_minute: name => `${name} bydzie mieć czas za chwilka.`,
      do_not_disturb: name => `${name} prosi, coby niy przeszkŏdzać.`,
      cancelled: name => `Już niy wołŏsz (${name}).`,
      expired: name => `${name} niy ôdbiyrŏ.`,
      overtaken: name => `${name} i ty już gŏdŏcie.`,
      gone: name => `${name}: niy ma tu już tego czowieka.`,
    },
    theirs: {
      accepted: name => `Gŏdka ôdebranŏ: ${name}.`,
      declined: name => `Gŏdka niyprziyntŏ: ${name}.`,
      cancelled: name => `${name} wołŏ i kōńczy, niż żeś ôdebrŏł abo ôdebrała.`,
      expired: name => `Niyôdebranŏ gŏdka: ${name}.`,
      overtaken: name => `${name} i ty już gŏdŏcie.`,
      gone: name => `Niyôdebranŏ gŏdka, a czowieka już niy ma: ${name}.`,
    },
    roomEnded: {
      left: 'Kōniec gŏdki.',
      removed: 'Gospodŏrz skōńczył twoja gŏdka.',
      last_left: name => `${name} kōńczy gŏdka.`,
      last_lost: name => `Połōnczynie sie straciło: ${name}.`,
      interrupted: 'Gŏdka sie przerwała.',
    },
    knock: {
      admitted: 'Pōdź dalij!',
      refused: 'Terŏz cie niy mogōm puścić.',
      withdrawn: 'Już niy klupiesz.',
      expired: 'Żŏdyn niy ôtworzył.',
      locked: 'Dźwiyrze sōm terŏz zawarte.',
      gone: 'Ta gŏdka już sie skōńczyła.',
      overtaken: 'Terŏz żeś je we inkszyj gŏdce.',
    },
    askedToMute: name => `${name} zawiyrŏ ci mikrofōn.`,
    back: 'Połōnczynie je nazŏd.',
    meshed: 'Serwer niy podŏwŏ sam ôbrazu i głosu, tōż idōm prosto miyndzy wami: widzōm i słyszōm sie nojwyżyj sztyrech.',
    meshFull: 'Serwer niy podŏwŏ sam ôbrazu i głosu, tōż widzieć i słyszeć sie może ino sztyrech.',
    strained: 'Serwer mŏ moc roboty: ôbrŏzki bydōm bez chwila myńsze.',
    deviceLost: { camera: 'Kamera przestała iść.', microphone: 'Mikrofōn przestoł iść.' },
    pathFailed: name => `Ôbrŏz i głos jeszcze niy znŏdły drōgi: ${name}.`,
    errors: {
      not_understood: 'Zajta i serwer sie niy rozumiōm; wgrej zajta jeszcze rŏz.',
      hello_first: 'Serwer cie jeszcze niy znŏ; wgrej zajta jeszcze rŏz.',
      pin_needed: 'Wlazujōm sam ci, co znajōm PIN.',
      pin_wrong: 'To niy ma tyn PIN. Sprōbuj jeszcze rŏz.',
      pin_wait: 'Za moc złych PIN-ōw. Doczekej pora minut i sprōbuj jeszcze rŏz.',
      name_invalid: 'Tego miana niy idzie pokŏzać inkszym.',
      lobby_full: 'Je tu już za moc ludzi.',
      too_many_from_address: 'Z twojigo adresu sieci przyszło za moc ludzi; sprōbuj jeszcze rŏz za pora minut.',
      person_unknown: 'Tego czowieka już tu niy ma.',
      not_yourself: 'Siebie samego niy idzie zawołać.',
      too_many_invitations: 'Wołŏsz za moc ludzi na rŏz.',
      ring_wait: 'Dzwōnisz fest czynsto we krōtkim czasie; doczekej chwila.',
      too_often: 'To za czynsto we krōtkim czasie; doczekej chwila.',
      room_full: 'We tyj gŏdce niy ma już placu.',
      room_unknown: 'Ta gŏdka już sie skōńczyła.',
      room_locked: 'Dźwiyrze sōm zawarte.',
      already_in_room: 'Już żeś je w tyj gŏdce.',
      not_in_room: 'Niy ma cie w tyj gŏdce.',
      host_only: 'To może zrobić ino gospodŏrz.',
    },
  },
}

/** @type {import('./index.js').Instead} */
export const hosted = {
  start: {
    tagline: 'Ôbejzdrzijcie i posuchejcie sie, prosto bez przeglōndarka.',
    pinHint: 'Wlazujōm sam ci, co znajōm PIN. Spytej tego, co ci doł link.',
  },
  people: { how: 'Na inkszym telefōnie abo kōmputrze ôtwōrz' },
  call: { weak: 'słabe łōncze' },
  keys: { people: 'lista ludzi' },
  info: {
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer niy mōg posłać do ciebie # pakietu', other: 'Serwer niy mōg posłać do ciebie # pakietōw' }) + ': drōga ôd niego może takich niy niyś. Powiydz ô tym tymu, co sie ô niego starŏ.',
    mine: {
      my_loss: 'Kōnsek tego, co posyłŏsz, sie traci: znojdź lepszy zasiōng abo weź kabel.',
      my_delay: 'To, co posyłŏsz, dochodzi niyskoro: twoje łōncze je pōmałe abo mŏ moc roboty.',
      my_narrow_link: 'Twoje łōncze niy uniesie terŏz srogszych ôbrŏzkōw.',
    },
    theirs: {
      /** @param {string} name */
      my_loss: name => `${name}: kōnsek sie traci po twojij strōnie. Znojdź lepszy zasiōng abo weź kabel.`,
      /** @param {string} name */
      their_loss: name => `${name}: kōnsek sie traci po tamtyj strōnie. Tam trza znojś lepszy zasiōng abo wziōńć kabel.`,
      /** @param {string} name */
      loss_between: name => `${name}: kōnsek sie traci po drodze miyndzy wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dochodzi niyskoro, bo twoje łōncze je pōmałe abo mŏ moc roboty.`,
      /** @param {string} name */
      their_delay: name => `${name}: dochodzi niyskoro, bo tam łōncze je pōmałe abo mŏ moc roboty.`,
      /** @param {string} name */
      delay_between: name => `${name}: dochodzi niyskoro, bo drōga miyndzy wami je pōmałŏ abo mŏ moc roboty.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoje łōncze je pōmałe, tōż ôbrŏzek je myńszy.`,
    },
  },
  notices: { errors: { too_many_from_address: 'Z twojigo adresu przyszło za moc ludzi; sprōbuj jeszcze rŏz za pora minut.' } },
}
