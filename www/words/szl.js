// Ślōnski, we ślabikŏrzowym szrajbōnku. Like Polish, it never inflects NAME nor asks whether it is a woman or a man.
/** @import { Words } from './index.js' */

import { plural } from './plural.js'

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
    preview: 'Twōj ôbrŏz',
    without: 'Możesz wlyźć tyż bez kamery i mikrofōnu.',
  },

  devices: {
    camera: 'Kamera',
    microphone: 'Mikrofōn',
    speaker: 'Gośnik',
    usual: 'Tyn, co zawdy',
    numbered: number => `Masziny numer ${number}`,
    level: 'Jak cie słychać',
    tryAgain: 'Sprōbuj jeszcze rŏz',
    asking: 'Przeglōndarka pytŏ, eli ta zajta może go używać.',
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
    reconnecting: 'zaroz bydzie nazŏd…',
    locked: 'gŏdŏ za zawartymi dźwiyrzami',
    here: 'w tyj gŏdce',
    ringing: 'prawie wołŏsz',
    yourStatus: 'Co u ciebie',
    availability: {
      available: 'Mōm czas',
      away: 'Niy ma mie',
      do_not_disturb: 'Niy przeszkŏdzać',
    },
    signOut: 'Wylyź',
    show: 'Ludzie',
    close: 'Zawrzij lista',
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
    leaveAndJoin: 'Wylyź i idź tam',
    bringHere: 'Zaproś sam',
    isKnocking: name => `Klupie ${name}`,
    letIn: 'Puść',
    refuse: 'Niy puszczej',
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
    stopSharing: 'Przestōń pokazować ekran',
    /** @param {string} name */
    screenOf: (name) => `Ekran ôd: ${name}`,
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
  },

  info: {
    title: 'Ô tyj gŏdce',
    path: 'Droga',
    paths: { direct: 'prosto do drugij maszyny', relay: 'bez serwer', relay_tcp: 'bez serwer, po TCP' },
    picture: 'Ôbrŏzek',
    /** @param {number} number */
    frames: number => count(number, { one: '# ôbrŏzek na zykōnda', few: '# ôbrŏzki na zykōnda', many: '# ôbrŏzkōw na zykōnda', other: '# ôbrŏzka na zykōnda' }),
    size: 'Jaki srogi idzie',
    layers: { small: 'maluśki', middle: 'strzedni', large: 'srogi' },
    lost: 'Stracōne po drodze',
    roundTrip: 'Tam i nazŏd',
    boxRoundTrip: 'Do serwera i nazŏd',
    mine: {
      good: 'To, co posyłŏsz, dochodzi dobrze.',
      my_loss: 'Kōnsek tego, co posyłŏsz, sie traci: przidź bliżyj do Wi-Fi abo weź kabel.',
      loss_between: 'Kōnsek tego, co posyłŏsz, sie traci, chocia do serwera mŏsz dobrŏ droga: traci sie po drugij strōnie.',
      my_delay: 'To, co posyłŏsz, dochodzi niyskoro: twoja nec je pōmałŏ abo mŏ moc roboty.',
      my_narrow_link: 'Twoja nec niy uniesie teroz srogszych ôbrŏzkōw.',
      my_slow_device: 'Twoja maszyna niy nadōnżŏ, tōż inksi widzōm cie myńszego abo nierōwno: zawrzij inksze programy.',
    },
    theirs: {
      /** @param {string} name */
      good: name => `${name}: wszyjsko dochodzi dobrze.`,
      /** @param {string} name */
      connecting: name => `${name}: szukōmy drogi.`,
      /** @param {string} name */
      interrupted: name => `${name}: droga sie przerwała, prōbujymy dalij.`,
      /** @param {string} name */
      failed: name => `${name}: niy ma drogi, prōbujymy dalij.`,
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
      my_slow_device: name => `${name}: twoja maszyna niy nadōnżŏ ze ôbrŏzkym. Zawrzij inksze programy.`,
      /** @param {string} name */
      their_slow_device: name => `${name}: mało ôbrŏzkōw, chocia nic sie niy traci. Tamta maszyna je pōmałŏ abo tam je ćma.`,
    },
  },

  connection: {
    lost: 'Niy ma połōnczyniŏ ze serwerym. Prōbujymy dalij…',
    lostInCall: 'Niy ma połōnczyniŏ ze serwerym, ale gŏdka idzie dalij. Prōbujymy…',
    soundBlocked: 'Przeglōndarka niy wydŏ głosu, aż klikniesz abo tykniesz ta zajta.',
    takenOver: 'Terŏz żeś je we inkszyj karcie abo na inkszyj maszinie.',
    useHere: 'Wrōć sam',
  },

  settings: {
    title: 'Nasztalowania',
    close: 'Zawrzij',
    save: 'Spamiyntej',
    language: 'Jynzyk',
    notifications: {
      title: 'Znaki',
      default: 'Dej znać, jak fto wołŏ, a zajta je schowanŏ',
      granted: 'Dōmy ci znać, jak fto zawołŏ, a zajta bydzie schowanŏ.',
      denied: 'Przeglōndarka niy pozwŏlŏ tyj zajcie dŏwać znać.',
      unsupported: 'Ta przeglōndarka niy umi dŏwać znać.',
    },
    about: (host, version) => `${host}, wersyjŏ ${version}`,
  },

  notices: {
    dismiss: 'Zawrzij',
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
      cancelled: name => `${name} już niy wołŏ.`,
      expired: name => `Niyôdebranŏ gŏdka: ${name}.`,
      overtaken: name => `${name} i ty już gŏdŏcie.`,
      gone: name => `Niyôdebranŏ gŏdka, a czowieka już niy ma: ${name}.`,
    },
    farewell: {
      left: 'Kōniec gŏdki.',
      removed: 'Gospodŏrz skōńczył twoja gŏdka.',
      last_left: name => `${name} kōńczy gŏdka.`,
      last_lost: name => `Połōnczynie sie straciło: ${name}.`,
      interrupted: 'Gŏdka sie przerwała.',
    },
    knock: {
      admitted: 'Pōdź dali!',
      refused: 'Terŏz cie niy mogōm puścić.',
      withdrawn: 'Już niy klupiesz.',
      expired: 'Żŏdyn niy ôtworzył.',
      locked: 'Dźwiyrze sōm terŏz zawarte.',
      gone: 'Ta gŏdka już sie skōńczyła.',
      overtaken: 'Terŏz żeś je we inkszyj gŏdce.',
    },
    askedToMute: name => `${name} prosi, coby zawrzić mikrofōn.`,
    back: 'Połōnczynie je nazŏd.',
    strained: 'Maszyna mŏ moc roboty: ôbrŏzki bydōm bez chwila myńsze.',
    deviceLost: { camera: 'Kamera przestała iść.', microphone: 'Mikrofōn przestoł iść.' },
    pathFailed: name => `Ôbrŏz i głos jeszcze niy znŏdły drōgi: ${name}.`,
    errors: {
      not_understood: 'Zajta i serwer sie niy rozumiōm; wgrej zajta jeszcze rŏz.',
      hello_first: 'Serwer cie jeszcze niy znŏ; wgrej zajta jeszcze rŏz.',
      name_invalid: 'Tego miana niy idzie pokŏzać inkszym.',
      lobby_full: 'Je tu już za moc ludzi.',
      person_unknown: 'Tego czowieka już tu niy ma.',
      not_yourself: 'Siebie samego niy idzie zawołać.',
      too_many_invitations: 'Wołŏsz za moc ludzi na rŏz.',
      room_full: 'We tyj gŏdce niy ma już placu.',
      room_unknown: 'Ta gŏdka już sie skōńczyła.',
      room_locked: 'Dźwiyrze sōm zawarte.',
      already_in_room: 'Już żeś je w tyj gŏdce.',
      not_in_room: 'Niy ma cie w tyj gŏdce.',
      host_only: 'To może zrobić ino gospodŏrz.',
    },
  },
}
