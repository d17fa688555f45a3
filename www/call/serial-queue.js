// Operations on one thing, one after the other, for as long as that thing is there.

/**
 * A queue belongs to one connection and dies with it. A promise of a connection that is closed in the middle of an
 * operation never settles (W3C WebRTC, 4.4.1.2), so a queue that outlives its connection would stand still for ever.
 *
 * @param {string} name for the console
 */
export function serialQueue(name) {
  let open = true
  /** @type {Promise<unknown>} */
  let last = Promise.resolve()

  return {
    /** Runs it after all that was added before. What fails concerns nothing that comes later. @param {() => unknown} operation */
    add(operation) {
      last = last
        .then(() => (open ? operation() : undefined))
        .then(() => {}, error => console.debug(`${name}:`, error))
    },

    /** Abandons what has not begun; what has begun is waited for by nobody. */
    close() {
      open = false
    },
  }
}
