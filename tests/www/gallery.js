// The stories of the gallery: one made-up state for each screen.
/** @import { Member, Person, Room, State } from '../../www/state/types.d.ts' */

import { initial } from '../../www/state/reducer.js'
import { mount } from '../../www/ui/screens/app.js'

const now = performance.now()
const on = /** @type {const} */ ({ status: 'on' })

/** @type {State} */
const start = {
  ...initial,
  started: true,
  camera: on,
  microphone: on,
  devices: {
    cameras: [{ id: 'a', label: 'FaceTime HD Camera' }, { id: 'b', label: '' }],
    microphones: [{ id: 'c', label: 'Built-in microphone of this computer, with a long name' }],
    audioOutputs: [{ id: 'd', label: 'Headphones' }],
  },
  notifications: 'default',
}

/** @type {State} */
const alone = {
  ...start,
  connection: { status: 'open', host: 'wizyjno.local', version: '0.1.0' },
  me: { ...start.me, name: 'Ann', shownName: 'Ann', id: 1, entered: true },
  people: new Map([[1, { id: 1, name: 'Ann', status: 'available' }]]),
}

/** @type {Person[]} */
const neighbours = [
  { id: 1, name: 'Ann', status: 'available' },
  { id: 2, name: 'Bob Kowalski', status: 'available' },
  { id: 3, name: 'Ciotka Gabryjela', status: 'in_call', room: 8 },
  { id: 4, name: 'Ôpa Jorg', status: 'in_call', room: 8 },
  { id: 5, name: 'Zuzanna', status: 'away' },
  { id: 6, name: 'Erwin', status: 'do_not_disturb' },
  { id: 7, name: 'Maksymilian Aleksander Wielopolski-Nowak', status: 'available', reconnecting: true },
  { id: 8, name: 'Hanka', status: 'in_call', room: 9, locked: true },
]

// More of them than a screen has room for.
const crowd = ['Agata', 'Błażyj', 'Cila', 'Dorka', 'Ecik', 'Francik', 'Gustlik', 'Hilda', 'Ignac', 'Jadwiga', 'Klara', 'Lojza', 'Marika', 'Norbert', 'Ôtylija', 'Paulek']
for (let id = 9; id <= 60; id += 1) neighbours.push({ id, name: `${crowd[id % crowd.length]} ${String.fromCodePoint(65 + (id % 26))}.`, status: id % 5 === 0 ? 'away' : 'available' })

/** @type {State} */
const crowded = { ...alone, people: new Map(neighbours.map(person => [person.id, person])) }

/** @type {State} */
const lobby = { ...alone, people: new Map(neighbours.slice(0, 8).map(person => [person.id, person])) }

/** Whom this device has met. @type {State['known']} */
const known = ['Ôma Truda', 'Maksymilian Aleksander Wielopolski-Nowak', 'Francik', 'Hilda', 'Lojza'].map((name, n) => ({ name, mark: `${n}`, at: Date.now() - [3_000, 90_000_000, 400_000_000, 2_000_000_000, 40_000_000_000][n], watched: n === 1 }))

/** @param {number} id @param {Partial<Member>} [more] @returns {Member} */
const member = (id, more) => ({
  id, name: neighbours[id - 1].name, media: { microphone: true, camera: true, screen: false }, ...more,
})

/** @param {Member[]} members @param {Partial<Room>} [more] @returns {State} */
const call = (members, more) => ({
  ...lobby,
  people: new Map(neighbours.slice(0, 8).map(person => [person.id, members.some(({ id }) => id === person.id) ? { ...person, status: 'in_call', room: 5 } : person])),
  room: { id: 5, host: 1, locked: false, members: [member(1), ...members], invitations: [], knocks: [], capacity: 32, ...more },
  callSince: members.length > 0 ? now - 754_000 : null,
  until: new Map([[20, now + 23_000], [21, now + 12_000], [30, now + 50_000]]),
  paths: new Map(members.map(({ id }) => [id, { kind: 'direct', status: 'connected', hears: true, sees: true }])),
})

const ringing = { invitation: 20, from: 1, to: 2, name: 'Bob Kowalski', progress: /** @type {const} */ ('ringing'), expires_in_ms: 23_000 }
const elsewhere = { invitation: 21, from: 1, to: 3, name: 'Ciotka Gabryjela', progress: /** @type {const} */ ('in_another_call'), expires_in_ms: 12_000 }
const incoming = { invitation: 40, from: 2, name: 'Bob Kowalski', members: ['Bob Kowalski'], until: now + 28_000, since: now, rung: true }
const two = call([member(2)])
const failed = (/** @type {import('../../www/state/types.d.ts').Problem} */ problem) => ({ status: /** @type {const} */ ('failed'), problem })

/** Somebody looks at how the call is. @param {State} state @returns {State} */
function informed(state) {
  /** @param {number} at @param {number} lost @returns {import('../../www/state/types.d.ts').PathStats} */
  const stats = (at, lost) => ({
    state: 'connected', bytesReceived: 0, bytesSent: 0, framesDecoded: 24 * at, framesDropped: 0, width: 1280, height: 720, audioEnergy: 0,
    packetsReceived: 100 * at, packetsLost: lost * at, sentLoss: null, limited: 'none', roundTrip: 0.004, ends: ['host udp', 'host tcp'],
  })
  const look = (/** @type {number} */ at) => ({ at: at * 1000, boxRoundTrip: 0.006, members: { 2: stats(at, 0), 3: stats(at, 8), 4: stats(at, 0) } })
  /** @param {number} person @param {number} up_loss */
  const link = (person, up_loss) => ({ person, direct: false, tcp: false, up_loss, down_loss: 0, round_trip_ms: 14, narrow: false })
  return {
    ...state,
    paths: new Map([[2, { kind: 'relay', status: 'connected', hears: true, sees: true }], [3, { kind: 'relay', status: 'connected', hears: true, sees: true }], [4, { kind: 'relay', status: 'interrupted', hears: false, sees: false }]]),
    looks: [1, 2, 3, 4, 5].map(look),
    callInfo: {
      about: null,
      told: { type: 'links', strain: 'none', links: [{ ...link(1, 0), unsent: 40 }, link(2, 0), link(3, 0.11)], pictures: [{ person: 2, source: 'camera', layer: 2 }, { person: 3, source: 'camera', layer: 0 }] },
    },
  }
}

/** Those in which the list is opened. */
const LISTED = ['call-list']

/** @type {Record<string, State>} */
const stories = {
  'start': start,
  'start-unable': { ...start, unable: 'lockdown' },
  'start-entering': { ...start, me: { ...start.me, name: 'Ann', entered: true }, connection: { status: 'connecting', failing: true } },
  'start-asking': { ...start, camera: { status: 'asking' }, microphone: { status: 'asking' }, devices: initial.devices },
  'start-denied': { ...start, me: { ...start.me, name: 'Ann', nameRefused: true }, camera: failed('denied'), microphone: failed('missing'), devices: initial.devices },
  'start-pin': { ...start, me: { ...start.me, name: 'Ann', pin: { asked: true, typed: '', problem: null } } },
  'start-pin-wrong': { ...start, me: { ...start.me, name: 'Ann', pin: { asked: true, typed: '', problem: 'pin_wrong' } } },
  'start-link': { ...start, link: { room: 8, sent: false } },
  'lobby-alone': alone,
  'lobby': lobby,
  'lobby-crowded': crowded,
  'lobby-known': { ...lobby, people: new Map(neighbours.slice(0, 3).map(person => [person.id, person])), known, notices: [{ id: 1, text: { type: 'came', name: 'Bob Kowalski', person: 2 } }] },
  'lobby-alone-known': { ...alone, known: known.slice(0, 2) },
  'lobby-without-camera': { ...lobby, camera: failed('busy'), muted: true },
  'lobby-lost': { ...lobby, connection: { status: 'lost', since: now }, soundBlocked: true },
  'calling': call([], { invitations: [ringing] }),
  'calling-two': call([], { invitations: [ringing, elsewhere] }),
  'calling-several': call([], { invitations: [2, 3, 4, 5, 6].map(id => ({ ...ringing, invitation: 20 + (id % 2), to: id, name: neighbours[id - 1].name })) }),
  'call-info': informed(call([member(2), member(3), member(4)])),
  'call-weak': { ...informed(call([member(2), member(3), member(4)])), callInfo: null },
  'called': { ...lobby, calls: [incoming] },
  'called-itself': { ...lobby, calls: [{ ...incoming, itself: { mark: 'm', at: now + 4_500 } }], answering: { whom: 'everybody', camera: true, people: [] } },
  'called-by-three': { ...lobby, calls: [{ ...incoming, members: ['Bob Kowalski', 'Zuzanna', 'Hanka'] }, { ...incoming, invitation: 41, from: 3, name: 'Ciotka Gabryjela' }] },
  'knocking': { ...lobby, knock: { knock: 30, room: 8, until: now + 50_000 } },
  'call': two,
  // Of another room, because what is opened holds for its call.
  'call-list': { ...two, room: { .../** @type {Room} */ (two.room), id: 6 } },
  'call-waiting': { ...two, calls: [{ ...incoming, from: 3, name: 'Ciotka Gabryjela', members: ['Ciotka Gabryjela'] }] },
  'call-knock': { ...two, room: { .../** @type {Room} */ (two.room), knocks: [{ knock: 30, person: 5, name: 'Zuzanna', expires_in_ms: 50_000 }] } },
  'call-inviting': { ...two, room: { .../** @type {Room} */ (two.room), host: 2, locked: true, invitations: [elsewhere] } },
  'call-camera-off': { ...call([member(2, { media: { microphone: false, camera: false, screen: false } })]), camera: { status: 'off' }, muted: true },
  'call-interrupted': { ...call([member(2, { reconnecting: true })]), paths: new Map([[2, { kind: 'relay', status: 'interrupted', hears: false, sees: true }]]), connection: { status: 'lost', since: now } },
  'call-connecting': { ...two, paths: new Map([[2, { kind: 'direct', status: 'connecting', hears: false, sees: false }]]) },
  'call-three': call([member(2), member(3)]),
  'call-speaker': { ...call([2, 3, 4, 5, 6].map(id => member(id))), view: { ...initial.view, layout: 'speaker', speaker: 3 }, activeSpeakers: [3] },
  'call-speaker-eight': { ...call([2, 3, 4, 5, 6, 7, 8].map(id => member(id, id === 6 ? { media: { microphone: false, camera: false, screen: false } } : id === 8 ? { reconnecting: true } : undefined))), view: { ...initial.view, layout: 'speaker', speaker: 7 }, activeSpeakers: [7], paths: new Map([2, 3, 4, 5, 6, 7, 8].map(id => [id, { kind: 'relay', status: id === 8 ? 'interrupted' : 'connected', hears: true, sees: id !== 8 }])) },
  'call-screen': call([member(2, { media: { microphone: true, camera: true, screen: true } }), member(3), member(4)]),
  'call-pinned': { ...two, view: { ...initial.view, pinned: 'me', corner: 'topEnd' } },
  'call-spoke-while-muted': { ...two, muted: true, spokeWhileMuted: true },
  'call-echo': { ...two, echo: { member: 2, said: false } },
  'call-track-muted': { ...two, microphone: { status: 'on', trackMuted: true } },
  'call-sixteen': call(Array.from({ length: 15 }, (_, n) => member(n + 2))),
  'keys': { ...two, keysOpen: true },
  'call-eight': call([2, 3, 4, 5, 6, 7, 8].map(id => member(id, id % 3 === 0 ? { media: { microphone: false, camera: false, screen: false } } : undefined))),
  'settings': { ...lobby, settingsOpen: true, known },
  'settings-answering': { ...lobby, settingsOpen: true, answering: { whom: 'chosen', camera: true, people: [{ mark: 'a', name: 'Bob Kowalski' }, { mark: 'b', name: 'Maksymilian Aleksander Wielopolski-Nowak' }] } },
  'lobby-kiosk': { ...lobby, kiosk: true, answering: { whom: 'everybody', camera: true, people: [] }, people: new Map([...lobby.people, [2, { ...neighbours[1], answers_itself: true }]]) },
  'call-unattended': { ...two, unattended: 2, answering: { whom: 'everybody', camera: true, people: [] } },
  'call-with-unattended': call([member(2, { media: { microphone: true, camera: true, screen: false, unattended: true } }), member(3)]),
  'settings-in-call': { ...two, settingsOpen: true, camera: failed('busy'), notifications: 'denied' },
  'missed': { ...lobby, notices: [{ id: 1, text: { type: 'invitation_ended', name: 'Bob Kowalski', outcome: { how: 'expired' }, mine: false, person: 2, at: Date.now() - 420_000 } }, { id: 3, text: { type: 'invitation_ended', name: 'Maksymilian Aleksander Wielopolski-Nowak', outcome: { how: 'cancelled' }, mine: false, person: 7, at: Date.now() - 90_000_000 } }, { id: 2, text: { type: 'updated' } }] },
  'notices': {
    ...lobby,
    notices: [
      { id: 1, text: { type: 'room_left', why: { why: 'nobody_came', name: 'Bob Kowalski', outcome: { how: 'declined', reason: 'in_a_minute' } } } },
      { id: 2, text: { type: 'asked_to_mute', name: 'Maksymilian Aleksander Wielopolski-Nowak' } },
      { id: 3, text: { type: 'error', code: 'room_full' } },
    ],
  },
  'call-link': { ...two, notices: [{ id: 1, text: { type: 'link', address: 'http://wizyjno.local/s/kuchnia/r/4294967295', locked: true } }] },
  'call-link-elsewhere': { ...two, notices: [{ id: 1, text: { type: 'link', address: null, locked: false } }, { id: 2, text: { type: 'link_elsewhere', room: 8 } }] },
  'call-own-hidden': { ...two, view: { ...initial.view, ownHidden: true, volumes: new Map([[2, { loudness: 40, silent: true }]]) } },
  'call-three-own-hidden': { ...call([member(2), member(3)]), view: { ...initial.view, ownHidden: true, volumes: new Map([[3, { loudness: 0, silent: false }]]) } },
  'call-menu': { ...two, view: { ...initial.view, volumes: new Map([[2, { loudness: 40, silent: false }]]) } },
  'call-sound-only': { ...call([member(2), member(3, { media: { microphone: true, camera: false, screen: false, sound_only: true } })]), dataUse: 'sound', camera: { status: 'off' } },
  'call-save-data': { ...two, dataUse: 'save', room: { .../** @type {Room} */ (two.room), members: [member(1), member(2, { media: { microphone: true, camera: false, screen: false, sound_only: true } })] } },
  'call-muted': { ...call([member(2), member(3)], { host: 2 }), muted: true, mutedByHost: 5, notices: [{ id: 1, text: { type: 'asked_to_mute', name: 'Bob Kowalski' } }] },
  'call-hand': { ...two, room: { .../** @type {Room} */ (two.room), members: [member(1, { hand: 1 }), member(2)] }, reactions: [{ id: 1, from: 2, reaction: 'heart', count: 1 }, { id: 2, from: 2, reaction: 'laugh', count: 3 }, { id: 3, from: 1, reaction: 'thumbs_up', count: 1 }] },
  'call-hands': { ...call([2, 3, 4, 5, 6, 7, 8].map(id => member(id, { hand: { 3: 2, 6: 1, 7: 3 }[id] }))), reactions: [{ id: 1, from: 3, reaction: 'applause', count: 1 }, { id: 2, from: 5, reaction: 'applause', count: 12 }, { id: 3, from: 5, reaction: 'heart', count: 1 }, { id: 4, from: 5, reaction: 'laugh', count: 1 }, { id: 5, from: 5, reaction: 'thumbs_up', count: 1 }, { id: 6, from: 1, reaction: 'thumbs_up', count: 2 }] },
  'call-removal': { ...call([member(2), member(3)]), removal: 3 },
  'lobby-trouble': { ...lobby, camera: failed('denied'), trouble: 'camera' },
  'lobby-closed': { ...lobby, onlyInCalls: true, camera: { status: 'off' }, microphone: { status: 'off' }, offered: true },
  'taken-over': { ...lobby, connection: { status: 'taken_over' } },
}

/** What is said besides, the most urgent first. @type {State['notices']} */
const besides = [
  { id: 101, text: { type: 'updated' } },
  { id: 102, text: { type: 'asked_to_mute', name: 'Maksymilian Aleksander Wielopolski-Nowak' } },
  { id: 103, text: { type: 'room_left', why: { why: 'nobody_came', name: 'Bob Kowalski', outcome: { how: 'declined', reason: 'in_a_minute' } } } },
]

const asked = new URLSearchParams(location.search)
const story = stories[asked.get('story') ?? '']
const language = /** @type {State['language']} */ (asked.get('lang') ?? 'en')

if (story) {
  const page = new DOMParser().parseFromString(await (await fetch(new URL('index.html', document.baseURI))).text(), 'text/html')
  await Promise.all([...page.querySelectorAll('link[rel=stylesheet]')].map(link => new Promise(loaded => {
    const copy = document.createElement('link')
    copy.rel = 'stylesheet'
    copy.href = /** @type {string} */ (link.getAttribute('href'))
    copy.onload = loaded
    document.head.append(copy)
  })))
  document.documentElement.lang = language
  let state = { ...story, language }
  /** @type {Set<() => void>} */
  const listeners = new Set()
  mount(/** @type {Element} */ (document.getElementById('root')), {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispatch: event => console.log(event),
  })
  await settled(state)
  // The next stories need no new page: `await gallery('call')`.
  Object.assign(window, {
    /** @param {string} name @param {number} [notices] so many of them, if the story has fewer */
    async gallery(name, notices = 0) {
      /** @type {HTMLElement | null} */ (document.querySelector('.menu > [aria-expanded=true]'))?.click()
      const story = stories[name]
      state = { ...story, language, notices: [...story.notices, ...besides.slice(story.notices.length, notices)] }
      listeners.forEach(tell => tell())
      await settled(state)
      if (name === 'call-menu') {
        /** @type {HTMLElement | null} */ (document.querySelector('.tile[data-who=other] .menu > .button'))?.click()
        while (!document.querySelector('.menu-loudness')) await new Promise(requestAnimationFrame)
      }
      if (LISTED.includes(name)) /** @type {HTMLElement | null} */ (document.querySelector('.controls > [aria-expanded=false]'))?.click()
    },
  })
  document.documentElement.dataset.ready = 'yes'
} else {
  const list = document.createElement('ul')
  for (const name of Object.keys(stories)) {
    const link = document.createElement('a')
    link.href = `${location.pathname}?${new URLSearchParams({ story: name, lang: language })}`
    link.textContent = name
    const item = document.createElement('li')
    item.append(link)
    list.append(item)
  }
  document.body.append(list)
}

/** The words, the screen of the story and its sheets come one after the other. @param {State} state */
async function settled(state) {
  const screen = state.keysOpen ? '.keys'
    : state.settingsOpen ? '.settings'
    : state.removal !== null || state.trouble ? '.question'
    : state.callInfo ? '.call-info'
    : state.connection.status === 'taken_over' ? '.taken-over'
    : state.me.id === null ? '.start'
    : '.home .tile[style*=inline-size]'
  const frame = () => new Promise(requestAnimationFrame)
  await frame()
  while (!document.querySelector(screen) || ![...document.images].every(image => image.complete)) await frame()
  await document.fonts.ready
  await new Promise(drawn => setTimeout(drawn, 60))
}
