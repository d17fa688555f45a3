// How often something may be done that another page can have this one do.

/**
 * A token bucket.
 *
 * @param {object} rate
 * @param {number} rate.burst so many at once
 * @param {number} rate.period milliseconds for one more
 */
export function rate({ burst, period }) {
  /** When there are as many as at the beginning. */
  let wholeAt = -Infinity
  const missing = () => Math.max(0, wholeAt - performance.now() - (burst - 1) * period)

  return {
    /** Milliseconds until there is one. */
    get wait() {
      return missing()
    },

    /** Takes one, if there is one. */
    take() {
      if (missing() > 0) return false
      wholeAt = Math.max(wholeAt, performance.now()) + period
      return true
    },
  }
}
