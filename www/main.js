// Wires the page: store, connection, devices, paths and sounds, and draws it.
import { onSoundBlocked, setMyTrack } from './call/streams.js'
import { setDataUse, setPinned } from './call/tiles.js'
import { Devices } from './devices/devices.js'
import { Ring } from './devices/ring.js'
import { recall, rememberFor } from './devices/storage.js'
import { createEffects } from './effects.js'
import { Connection, SUBPROTOCOL } from './server/connection.js'
import { EventSocket } from './server/events.js'
import { manifestOf, roomOf, spaceOf, titleOf } from './server/space.js'
import { rememberedAnswering } from './state/call/answering.js'
import { rememberedKnown } from './state/people/known.js'
import { initial, reduce } from './state/reducer.js'
import { createStore } from './state/store.js'
import { insist } from './ui/hooks/lazy.js'
import { mount } from './ui/screens/app.js'
/** @import { Choices, ClientMessage, Corner, Dispatch, Kept, Language, State } from './state/types.d.ts' */

/** @type {readonly Corner[]} */
const CORNERS = ['topStart', 'topEnd', 'bottomStart', 'bottomEnd']

const space = spaceOf(location.pathname)
const path = space?.path ?? ''
rememberFor(path)

const address = new URLSearchParams(location.search)
const kiosk = address.has('kiosk')
const phone = !matchMedia('(any-pointer: fine)').matches

/** @type {Dispatch} */
const dispatch = event => store.dispatch(event)

const connection = new Connection({
  socket: () => new WebSocket(new URL(`${path}/ws`, location.href.replace(/^http/, 'ws')), SUBPROTOCOL),
  fallback: () => new EventSocket(new URL(`${path}/events`, location.href)),
  hello,
  heard: message => dispatch({ type: 'heard', message, at: performance.now() }),
  lost: () => dispatch({ type: 'connectionLost', at: performance.now() }),
})
const devices = new Devices({
  changed: (kind, source, lost = false) => dispatch({ type: 'sourceChanged', kind, source, lost }),
  listed: (devices, changed) => dispatch({ type: 'devicesListed', devices, changed }),
  shared: source => dispatch({ type: 'screenChanged', source }),
  allowed: kind => dispatch({ type: 'retryClicked', kind }),
  spoke: () => dispatch({ type: 'spokeMuted' }),
  track(feed, track) {
    if (feed === 'camera' || feed === 'microphone') setMyTrack(feed, track)
    void media.then(media => media.setTrack(feed, track))
  },
})
/** @type {(value?: unknown) => void} */
let begin
const media = new Promise(resolve => { begin = resolve })
  .then(() => insist(() => import('./call/media.js')))
  .then(({ Media }) => new Media({ connection, dispatch, asked: () => devices.settled() }))
const ring = new Ring(path, invitation => dispatch({ type: 'rang', invitation }), invitation => dispatch({ type: 'chimed', invitation, at: performance.now() }))
const store = createStore(reduce, initial, createEffects({ connection, devices, media, ring, paths: () => store.getState().paths, dispatch }))

document.addEventListener('visibilitychange', () => dispatch({ type: 'visibilityChanged', hidden: document.hidden }))
addEventListener('pagehide', () => dispatch({ type: 'pageLeft', at: performance.now() }))
addEventListener('online', () => dispatch({ type: 'networkChanged', online: true }))
addEventListener('offline', () => dispatch({ type: 'networkChanged', online: false }))
// Of another tab of this device.
addEventListener('storage', () => dispatch({ type: 'choicesChanged', choices: choices() }))
store.subscribe(() => {
  const { view, dataUse } = store.getState()
  setPinned(view.pinned)
  setDataUse(dataUse)
})
onSoundBlocked(blocked => dispatch({ type: 'soundBlocked', blocked }))

dispatch({
  type: 'started',
  space,
  link: roomOf(location.pathname),
  // The box has put it into the page's root.
  hosted: 'hosted' in document.documentElement.dataset,
  name: address.get('name') ?? recall('name') ?? '',
  entered: recall('entered') !== null || (kiosk && recall('kiosk') !== null),
  language: language(),
  // The box has put it into the page's <base>.
  edition: new URL(document.baseURI).pathname.match(/^\/v\/(.+)\/$/)?.[1] ?? null,
  chosen: {
    camera: recall('camera') ?? '',
    microphone: recall('microphone') ?? '',
    speaker: recall('speaker') ?? '',
  },
  kept: kept(),
  choices: choices(),
  missed: recall('missed'),
  origin: performance.timeOrigin,
  notifications: notifications(),
  hidden: document.hidden,
  browser: { connects: 'RTCPeerConnection' in window, userAgent: navigator.userAgent },
})
// Phones do not show their screens, though some of them say they would.
if (phone || !navigator.mediaDevices || !('getDisplayMedia' in navigator.mediaDevices)) {
  dispatch({ type: 'screenChanged', source: { status: 'failed', problem: 'missing' } })
}
if (space) {
  document.querySelector('link[rel=manifest]')?.setAttribute('href', manifestOf(space))
  void titleOf(space).then(title => dispatch({ type: 'spaceTitled', title }), () => {})
}
// An improvement only: browsers keep it from pages whose certificate they do not trust.
navigator.serviceWorker?.register('/sw.js').catch(() => {})
navigator.serviceWorker?.addEventListener('message', ({ data: { invitation, action } }) => {
  if (action === 'accept') dispatch({ type: 'acceptClicked', invitation })
  if (action === 'decline') dispatch({ type: 'declineClicked', invitation })
})
mount(/** @type {HTMLElement} */ (document.getElementById('root')), store, () => begin())

// For tests and for whoever looks for what is wrong: what the page knows, and what is behind each path.
window.wizyjno = { state: store.getState, stats: async () => (await media).stats(store.getState().paths) }

/** @returns {ClientMessage} */
function hello() {
  const { name, pin } = store.getState().me
  const [token, pass, device] = [recall('token'), recall('pass'), recall('device')]
  return { type: 'hello', name, ...(token && { token }), ...(device && { device }), ...(pin.typed ? { pin: pin.typed } : pass && { pass }) }
}

/** As asked for in the address, chosen before, or spoken by the browser. @returns {Language} */
function language() {
  const asked = [address.get('lang'), recall('language'), ...navigator.languages]
  for (const tag of asked) {
    const primary = tag?.toLowerCase().split('-')[0]
    if (primary === 'pl' || primary === 'en' || primary === 'szl') return primary
  }
  return 'en'
}

/** @returns {Kept} */
function kept() {
  const corner = CORNERS.find(known => known === recall('corner')) ?? 'bottomEnd'
  return {
    layout: recall('layout') === 'speaker' ? 'speaker' : 'grid',
    corner,
    mirrored: recall('mirrored') !== 'no',
    ownHidden: recall('ownHidden') !== null,
    blurred: recall('blurred') !== null,
    keys: recall('keys') !== 'no',
    // Nobody wants a phone in a pocket to see and hear.
    onlyInCalls: (recall('onlyInCalls') ?? (phone ? 'yes' : 'no')) === 'yes',
    dataUse: dataUse(recall('dataUse')),
    stayAwake: recall('stayAwake') !== null,
    gestureSounds: recall('gestureSounds') !== 'no',
    offered: recall('offered') !== null,
    kiosk,
    answering: rememberedAnswering(recall('answering')),
    unattended: recall('unattended') === null ? null : Number(recall('unattended')),
    known: rememberedKnown(recall('known'), Date.now()),
  }
}

/** What was chosen, or else what the browser asks of every page (Network Information API). @param {string | null} chosen @returns {Kept['dataUse']} */
function dataUse(chosen) {
  if (chosen === 'everything' || chosen === 'save' || chosen === 'sound') return chosen
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (/** @type {unknown} */ (navigator))
  return connection?.saveData ? 'save' : 'everything'
}

/** @returns {Choices} */
function choices() {
  const mutedByHost = recall('hushed')
  const availability = recall('availability')
  return {
    muted: recall('muted') !== null || mutedByHost !== null,
    mutedByHost: mutedByHost === null ? null : Number(mutedByHost),
    cameraWanted: recall('cameraOff') === null,
    availability: availability === 'away' || availability === 'do_not_disturb' ? availability : 'available',
  }
}

/** @returns {State['notifications']} */
function notifications() {
  return 'Notification' in window ? Notification.permission : 'unsupported'
}
