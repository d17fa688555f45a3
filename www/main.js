// Wires the page: store, connection, devices, paths and sounds, and draws it.
import { createConnection, SUBPROTOCOL } from './connection.js'
import { createDevices } from './devices.js'
import { createEffects, recall } from './effects.js'
import { EventSocket } from './events.js'
import { createPaths } from './paths.js'
import { createRelay } from './relay.js'
import { createRing } from './ring.js'
import { initial, reduce } from './state.js'
import { createStore } from './store.js'
import { onSoundBlocked, setMyTrack } from './streams.js'
import { onTiles, setPinned } from './tiles.js'
import { mount } from './ui/app.js'
/** @import { CallLook, ClientMessage, Corner, Dispatch, Kept, Language, State } from './types.d.ts' */

/** @type {readonly Corner[]} */
const CORNERS = ['topStart', 'topEnd', 'bottomStart', 'bottomEnd']

/** @type {Dispatch} */
const dispatch = event => store.dispatch(event)

const connection = createConnection({
  socket: () => new WebSocket(new URL('/ws', location.href.replace(/^http/, 'ws')), SUBPROTOCOL),
  fallback: () => new EventSocket(new URL('/events', location.href)),
  hello,
  heard: message => dispatch({ type: 'heard', message, at: performance.now() }),
  lost: () => dispatch({ type: 'connectionLost', at: performance.now() }),
})
const devices = createDevices({
  changed: (kind, source, lost = false) => dispatch({ type: 'sourceChanged', kind, source, lost }),
  listed: (devices, changed) => dispatch({ type: 'devicesListed', devices, changed }),
  shared: source => dispatch({ type: 'screenChanged', source }),
  spoke: () => dispatch({ type: 'spokeMuted' }),
  track(feed, track) {
    relay.setTrack(feed, track)
    if (feed !== 'camera' && feed !== 'microphone') return
    setMyTrack(feed, track)
    paths.setTrack(feed, track)
  },
})
const paths = createPaths({
  asked: devices.settled,
  signal: (to, signal) => connection.send({ type: 'signal', to, signal }),
  canSignal: connection.isOpen,
  changed: (member, path) => dispatch({ type: 'pathChanged', member, path }),
})
const relay = createRelay({
  send: connection.send,
  canSend: connection.isOpen,
  answers: connection.answers,
  changed: (member, path) => dispatch({ type: 'pathChanged', member, path }),
  streamed: paths.relayed,
})
const ring = createRing(invitation => dispatch({ type: 'rang', invitation }))
const store = createStore(reduce, initial, createEffects({ connection, devices, paths, relay, ring, look, dispatch }))

document.addEventListener('visibilitychange', () => dispatch({ type: 'visibilityChanged', hidden: document.hidden }))
addEventListener('online', () => dispatch({ type: 'networkChanged', online: true }))
addEventListener('offline', () => dispatch({ type: 'networkChanged', online: false }))
onTiles(relay.setTiles)
store.subscribe(() => setPinned(store.getState().view.pinned))
onSoundBlocked(blocked => dispatch({ type: 'soundBlocked', blocked }))

dispatch({
  type: 'started',
  name: recall('name') ?? '',
  entered: recall('entered') !== null,
  language: language(),
  chosen: {
    camera: recall('camera') ?? '',
    microphone: recall('microphone') ?? '',
    speaker: recall('speaker') ?? '',
  },
  kept: kept(),
  notifications: notifications(),
  hidden: document.hidden,
})
// Phones do not show their screens, though some of them say they would.
const phone = !matchMedia('(any-pointer: fine)').matches
if (phone || !navigator.mediaDevices || !('getDisplayMedia' in navigator.mediaDevices)) {
  dispatch({ type: 'screenChanged', source: { status: 'failed', problem: 'missing' } })
}
// An improvement only: browsers keep it from pages whose certificate they do not trust.
navigator.serviceWorker?.register('/sw.js').catch(() => {})
navigator.serviceWorker?.addEventListener('message', ({ data: { invitation, action } }) => {
  if (action === 'accept') dispatch({ type: 'acceptClicked', invitation })
  if (action === 'decline') dispatch({ type: 'declineClicked', invitation })
})
mount(/** @type {HTMLElement} */ (document.getElementById('root')), store)

// For tests and for whoever looks for what is wrong: what the page knows, and what is behind each path.
window.wizyjno = { state: store.getState, stats }

/** What is behind the path that each member is reached by. */
async function stats() {
  const direct = await paths.stats()
  const all = [...store.getState().paths].map(async ([member, { kind }]) =>
    /** @type {const} */ ([member, kind === 'relay' ? await relay.stats(member) : direct[member] ?? null]))
  return Object.fromEntries(await Promise.all(all))
}

/** How the call is, as far as the browser can tell. @returns {Promise<CallLook>} */
async function look() {
  const [members, boxRoundTrip] = await Promise.all([stats(), relay.roundTrip()])
  return { at: performance.now(), members, boxRoundTrip }
}

/** @returns {ClientMessage} */
function hello() {
  const { name, pin } = store.getState().me
  const [token, pass] = [recall('token'), recall('pass')]
  return { type: 'hello', name, ...(token && { token }), ...(pin.typed ? { pin: pin.typed } : pass && { pass }) }
}

/** As asked for in the address, chosen before, or spoken by the browser. @returns {Language} */
function language() {
  const asked = [new URLSearchParams(location.search).get('lang'), recall('language'), ...navigator.languages]
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
    blurred: recall('blurred') !== null,
    keys: recall('keys') !== 'no',
  }
}

/** @returns {State['notifications']} */
function notifications() {
  return 'Notification' in window ? Notification.permission : 'unsupported'
}
