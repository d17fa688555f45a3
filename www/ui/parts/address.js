// The address by which others get here.
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
