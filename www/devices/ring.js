// What a person notices without looking: the ring, the knock, the tone of waiting, title, notification.
/** @import { InvitationId, State } from '../state/types.d.ts' */
/** @import { Words } from '../words/index.js' */

/**
 * A note: when it begins and how long it sounds (s), how high (Hz), how loud (0 to 1).
 * @typedef {{ at: number, for: number, hz: number, loud: number }} Note
 */

/** A rising chord and its answer, every three seconds: nobody takes it for a message. */
const RING = { seconds: 3, notes: [
  ...[523.25, 659.25, 783.99, 1046.5].map((hz, i) => ({ at: i * 0.14, for: 0.9, hz, loud: 0.5 })),
  ...[783.99, 1046.5].map((hz, i) => ({ at: 1 + i * 0.14, for: 1.2, hz, loud: 0.45 })),
] }

/** The same call while one is in another: two soft notes now and then. */
const QUIET_RING = { seconds: 5, notes: [
  { at: 0, for: 0.5, hz: 659.25, loud: 0.15 },
  { at: 0.2, for: 0.7, hz: 783.99, loud: 0.15 },
] }

/** One long note and a long silence, as telephones do in Europe. */
const RING_BACK = { seconds: 5, notes: [{ at: 0, for: 1, hz: 425, loud: 0.12 }] }

/** To know a loudspeaker by. */
const TEST = { seconds: 1.4, notes: [523.25, 659.25, 783.99].map((hz, i) => ({ at: i * 0.2, for: 0.9, hz, loud: 0.4 })) }

/** Knuckles on wood. */
const KNOCK = { seconds: 0.6, notes: [0, 0.18].map(at => ({ at, for: 0.12, hz: 190, loud: 0.6 })) }

const BUZZ = Array.from({ length: 10 }, () => [400, 200, 400, 2000]).flat()

/** @typedef {{ name: string, quietly: boolean, told: boolean, notification: { close(): void } | null }} Call */

/** @param {(invitation: InvitationId) => void} rang told once one can hear or see that somebody calls */
export function createRing(rang) {
  /** @type {AudioContext | null} */
  let audio = null
  /** How many melodies sound. */
  let sounding = 0
  let unlocked = false
  /** @type {Map<InvitationId, Call>} */
  const calls = new Map()
  /** @type {AudioBufferSourceNode | null} */
  let ringing = null
  /** @type {AudioBufferSourceNode | null} */
  let waiting = null
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let blinking
  let title = ''
  /** @type {Words['incoming'] | null} */
  let words = null

  // Browsers play no sound before the first tap. From then on it may begin by itself.
  for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, unlock, { capture: true })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) for (const call of calls.values()) putAway(call)
    tellWhatRings()
  })

  function unlock() {
    // By a phone call, in Safari.
    const taken = /** @type {string | undefined} */ (audio?.state) === 'interrupted'
    if (unlocked && !taken && sounding === 0) return
    sound().resume().then(() => {
      unlocked = true
      rest()
    }, () => {})
  }

  /** Silence that is played costs about a hundredth of a core. */
  function rest() {
    if (sounding === 0) audio?.suspend().catch(() => {})
  }

  function sound() {
    if (!audio) {
      audio = new AudioContext()
      audio.onstatechange = tellWhatRings
    }
    return audio
  }

  /** @param {{ seconds: number, notes: Note[] }} melody @param {boolean} loop @param {AudioNode} [destination] */
  function play({ seconds, notes }, loop, destination) {
    const context = sound()
    // A page that was tapped before may start it; else it begins with the next tap.
    context.resume().catch(() => {})
    const samples = melody(notes, seconds, context.sampleRate)
    const source = context.createBufferSource()
    source.buffer = context.createBuffer(1, samples.length, context.sampleRate)
    source.buffer.copyToChannel(samples, 0)
    // The buffer loops on the audio clock: timers of a page in the background are slow.
    source.loop = loop
    source.connect(destination ?? context.destination)
    sounding += 1
    source.addEventListener('ended', () => {
      sounding -= 1
      rest()
    })
    source.start()
    return source
  }

  function ringAsNeeded() {
    ringing?.stop()
    ringing = null
    clearInterval(blinking)
    buzz(0)
    if (title) document.title = title
    title = ''
    const [first] = calls.values()
    if (!first) return
    const quietly = [...calls.values()].every(call => call.quietly)
    ringing = play(quietly ? QUIET_RING : RING, true)
    if (!quietly) buzz(BUZZ)
    title = document.title
    const blink = () => (document.title = document.title === title ? `📞 ${first.name}` : title)
    blink()
    blinking = setInterval(blink, 1_000)
  }

  /** "Ringing" is the truth only when the sound plays, the page is seen, or the system shows it. */
  function tellWhatRings() {
    for (const [invitation, call] of calls) {
      if (call.told || (audio?.state !== 'running' && document.hidden && !call.notification)) continue
      call.told = true
      rang(invitation)
    }
  }

  /** @param {InvitationId} invitation @param {string} name */
  async function show(invitation, name) {
    const notification = await notify(invitation, name, words)
    const call = calls.get(invitation)
    // Answered meanwhile, or looked at.
    if (!call || !document.hidden) return notification?.close()
    call.notification = notification
    tellWhatRings()
  }

  return {
    /** @param {InvitationId} invitation @param {string} name @param {boolean} quietly */
    ring(invitation, name, quietly) {
      const known = calls.get(invitation)
      calls.set(invitation, { name, told: false, notification: null, ...known, quietly })
      if (!known) void show(invitation, name)
      ringAsNeeded()
      tellWhatRings()
    },

    /** @param {InvitationId} invitation */
    stopRinging(invitation) {
      const call = calls.get(invitation)
      if (!call) return
      putAway(call)
      calls.delete(invitation)
      ringAsNeeded()
    },

    /** What the buttons of notifications say. @param {Words['incoming']} incoming */
    speak(incoming) {
      words = incoming
    },

    /** The tone that the caller hears while it rings. @param {boolean} on */
    ringBack(on) {
      waiting?.stop()
      waiting = on ? play(RING_BACK, true) : null
    },

    knock() {
      play(KNOCK, false)
    },

    /** A few notes on that loudspeaker. @param {string} deviceId empty: the browser's choice */
    async test(deviceId) {
      const audio = new Audio()
      const destination = sound().createMediaStreamDestination()
      audio.srcObject = destination.stream
      // Not every browser lets a page choose.
      await audio.setSinkId?.(deviceId).catch(() => {})
      await audio.play().catch(() => {})
      play(TEST, false, destination).onended = () => (audio.srcObject = null)
    },

    /** Browsers ask only because of a click. @returns {Promise<State['notifications']>} */
    async askNotifications() {
      if (!('Notification' in window)) return 'unsupported'
      return Notification.requestPermission()
    },
  }
}

/** Only pages that were tapped may. @param {VibratePattern} pattern */
function buzz(pattern) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern)
}

/**
 * With buttons to answer where there is a service worker, else as plain as browsers have it.
 *
 * @param {InvitationId} invitation @param {string} name @param {Words['incoming'] | null} words
 */
async function notify(invitation, name, words) {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return null
  const title = words?.isCalling(name) ?? name
  const tag = `call ${invitation}`
  const options = { tag, requireInteraction: true, silent: true, icon: new URL('icon-192.png', document.baseURI).href }
  try {
    const worker = await navigator.serviceWorker?.getRegistration()
    if (worker?.active) {
      const actions = words && [{ action: 'accept', title: words.accept }, { action: 'decline', title: words.decline }]
      await worker.showNotification(title, /** @type {NotificationOptions} */ ({ ...options, data: { invitation }, ...(actions && { actions }) }))
      return {
        close: () => void worker.getNotifications({ tag }).then(shown => shown.forEach(one => one.close())),
      }
    }
    const notification = new Notification(title, options)
    notification.onclick = () => {
      window.focus()
      notification.close()
    }
    return notification
  } catch {
    // Chromium on Android shows them only through a service worker.
    return null
  }
}

/** @param {Call} call */
function putAway(call) {
  call.notification?.close()
  call.notification = null
}

/**
 * The samples of a melody. Each note is struck like a bell: at once there, slowly gone, with two
 * soft overtones.
 *
 * @param {Note[]} notes @param {number} seconds @param {number} rate samples a second
 */
export function melody(notes, seconds, rate) {
  const samples = new Float32Array(Math.round(seconds * rate))
  for (const note of notes) {
    const first = Math.round(note.at * rate)
    const last = Math.min(samples.length, Math.round((note.at + note.for) * rate))
    for (let i = first; i < last; i += 1) {
      const t = (i - first) / rate
      const left = 1 - t / note.for
      const envelope = Math.min(1, t / 0.008) * left * left
      const turn = 2 * Math.PI * note.hz * t
      const wave = Math.sin(turn) + 0.3 * Math.sin(2 * turn) + 0.1 * Math.sin(3 * turn)
      samples[i] = (samples[i] ?? 0) + (note.loud * envelope * wave) / 1.4
    }
  }
  // Where notes overlap they must not crackle.
  return samples.map(Math.tanh)
}
