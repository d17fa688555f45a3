// The address by which others get here, and how it is passed on.
/** @import { RoomId, State } from '../../state/types.d.ts' */

/**
 * Of the page, or of a room. At the usual ports the plain page is there, too, and leads a new device past the
 * certificate, if it has to.
 *
 * @param {State} state @param {RoomId} [room]
 */
export function addressOf({ hosted, space }, room) {
  const path = (space?.path ?? '') + (room === undefined ? '' : `/r/${room}`)
  return location.port || hosted ? location.origin + path : `http://${location.host}${path || '/'}`
}

/**
 * Passes it on: by the share sheet, or else by the clipboard.
 *
 * @param {State} state @param {string} url @param {boolean} shares whether there is a share sheet to be used
 * @returns {Promise<'shared' | 'copied' | null>} what became of it; shared: also where it was shared with nobody after all
 */
export async function pass({ space }, url, shares) {
  const shared = shares && await navigator.share({ title: space?.title ?? 'Wizyjno Godka', url }).then(() => true, ({ name }) => name === 'AbortError')
  if (shared) return 'shared'
  return navigator.clipboard.writeText(url).then(() => /** @type {const} */ ('copied'), () => null)
}
