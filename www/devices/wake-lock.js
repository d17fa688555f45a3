// The screen does not go dark in a call.

/** Browsers take it back whenever the page is hidden. */
export function createWakeLock() {
  let wanted = false
  /** @type {WakeLockSentinel | null} */
  let lock = null

  async function settle() {
    if (!wanted) {
      await lock?.release()
      lock = null
    } else if (!document.hidden && (!lock || lock.released)) {
      lock = await navigator.wakeLock.request('screen')
      // The call may have ended while the browser thought about it.
      if (!wanted) await settle()
    }
  }

  function attempt() {
    // A screen that goes dark (low battery, an old browser) is no reason to stop.
    if ('wakeLock' in navigator) settle().catch(() => {})
  }

  document.addEventListener('visibilitychange', attempt)

  /** @param {boolean} awake */
  return awake => {
    wanted = awake
    attempt()
  }
}
