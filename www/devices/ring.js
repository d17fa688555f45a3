// What a person notices without looking: the ring, the knock, the tone of waiting, title, notification.
import { ARRIVAL, CHIME, HAND, KNOCK, QUIET_RING, REACTION, RING, RING_BACK, TEST } from './melodies.js'
import { AudioOutput } from './audio-output.js'
/** @import { InvitationId, State } from '../state/types.d.ts' */
/** @import { Words } from '../words/index.js' */

const BUZZ = Array.from({ length: 10 }, () => [400, 200, 400, 2000]).flat()

/** @typedef {{ name: string, quietly: boolean, itself: boolean, told: boolean, chimed: boolean, notification: { close(): void } | null }} Call */

export class Ring {
  #output = new AudioOutput(() => this.#tellWhatRings())
  #stopBlinking = () => {}
  /** @type {Map<InvitationId, Call>} */
  #calls = new Map()
  /** @type {AudioBufferSourceNode | null} */
  #ringing = null
  /** @type {AudioBufferSourceNode | null} */
  #waiting = null
  #gesturing = false
  /** @type {Words | null} */
  #words = null
  #space
  #rang
  #chimed

  /**
   * @param {string} space the path of the page's space; empty: the lobby
   * @param {(invitation: InvitationId) => void} rang told once one can hear or see that somebody calls
   * @param {(invitation: InvitationId) => void} chimed told once one can hear and see that a call is to be answered by itself
   */
  constructor(space, rang, chimed) {
    this.#space = space
    this.#rang = rang
    this.#chimed = chimed
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) for (const call of this.#calls.values()) putAway(call)
      this.#tellWhatRings()
    })
  }

  /** @param {InvitationId} invitation @param {string} name @param {boolean} quietly @param {boolean} [itself] with the chime */
  ring(invitation, name, quietly, itself = false) {
    const known = this.#calls.get(invitation)
    this.#calls.set(invitation, { name, told: false, chimed: false, notification: null, ...known, quietly, itself })
    if (!known) void this.#show(invitation, name)
    this.#ringAsNeeded()
    this.#tellWhatRings()
  }

  /** @param {InvitationId} invitation */
  stopRinging(invitation) {
    const call = this.#calls.get(invitation)
    if (!call) return
    putAway(call)
    this.#calls.delete(invitation)
    this.#ringAsNeeded()
  }

  /** What notifications say. @param {Words} words */
  speak(words) {
    this.#words = words
  }

  /** Somebody is here who was waited for. @param {string} name */
  async tellArrival(name) {
    this.#output.play(ARRIVAL, false)
    await notify({ title: this.#words?.notices.came(name) ?? name, tag: `arrival ${name}${this.#space}`, data: { space: this.#space } })
  }

  /** The tone that the caller hears while it rings. @param {boolean} on */
  ringBack(on) {
    this.#waiting?.stop()
    this.#waiting = on ? this.#output.play(RING_BACK, true) : null
  }

  knock() {
    this.#output.play(KNOCK, false)
  }

  /** However many raise hands and applaud, one of them sounds at a time. @param {'hand' | 'reaction'} of */
  gesture(of) {
    if (this.#gesturing) return
    this.#gesturing = true
    this.#output.play(of === 'hand' ? HAND : REACTION, false).addEventListener('ended', () => { this.#gesturing = false })
  }

  /** A few notes on that loudspeaker. @param {string} deviceId empty: the browser's choice */
  test(deviceId) {
    return this.#output.playOn(deviceId, TEST)
  }

  /** Browsers ask only because of a click. @returns {Promise<State['notifications']>} */
  async askNotifications() {
    if (!('Notification' in window)) return 'unsupported'
    return Notification.requestPermission()
  }

  #ringAsNeeded() {
    this.#ringing?.stop()
    this.#ringing = null
    this.#stopBlinking()
    buzz(0)
    this.#stopBlinking = () => {}
    const [first] = this.#calls.values()
    if (!first) return
    const quietly = [...this.#calls.values()].every(call => call.quietly)
    const itself = [...this.#calls.values()].some(call => call.itself)
    this.#ringing = this.#output.play(quietly ? QUIET_RING : itself ? CHIME : RING, true)
    if (!quietly) buzz(BUZZ)
    this.#stopBlinking = blink(`📞 ${first.name}`)
  }

  /** "Ringing" is the truth only when the sound plays, the page is seen, or the system shows it. */
  #tellWhatRings() {
    for (const [invitation, call] of this.#calls) {
      if (call.itself && !call.chimed && this.#output.plays && !document.hidden) {
        call.chimed = true
        this.#chimed(invitation)
      }
      if (call.told || (!this.#output.plays && document.hidden && !call.notification)) continue
      call.told = true
      this.#rang(invitation)
    }
  }

  /** @param {InvitationId} invitation @param {string} name */
  async #show(invitation, name) {
    const words = this.#words?.incoming
    const notification = await notify({
      title: words?.isCalling(name) ?? name, tag: `call ${invitation}${this.#space}`, data: { invitation, space: this.#space },
      actions: words && [{ action: 'accept', title: words.accept }, { action: 'decline', title: words.decline }],
    })
    const call = this.#calls.get(invitation)
    // Answered meanwhile, or looked at.
    if (!call || !document.hidden) return notification?.close()
    call.notification = notification
    this.#tellWhatRings()
  }
}

/** Shows something in the page's title, every other second; returns how to stop. @param {string} text */
function blink(text) {
  const { title } = document
  const turn = () => { document.title = document.title === title ? text : title }
  turn()
  const timer = setInterval(turn, 1_000)
  return () => {
    clearInterval(timer)
    document.title = title
  }
}

/** Only pages that were tapped may. @param {VibratePattern} pattern */
function buzz(pattern) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern)
}

/**
 * With buttons to answer where there is a service worker, else as plain as browsers have it.
 *
 * @param {object} what
 * @param {string} what.title
 * @param {string} what.tag another one of this tag takes its place
 * @param {{ invitation?: InvitationId, space: string }} what.data for sw.js
 * @param {readonly { action: string, title: string }[]} [what.actions]
 */
async function notify({ title, tag, data, actions }) {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return null
  const options = { tag, requireInteraction: true, silent: true, icon: new URL('icon-192.png', document.baseURI).href }
  try {
    const worker = await navigator.serviceWorker?.getRegistration()
    if (worker?.active) {
      await worker.showNotification(title, /** @type {NotificationOptions} */ ({ ...options, data, ...(actions && { actions }) }))
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
