// Which space a page is of, and to which room it leads: what its address says, and what the box calls it.

/** @import { RoomId, SpaceHere } from '../state/types.d.ts' */

/** The space of a path; null: the lobby at `/`. @param {string} pathname @returns {SpaceHere | null} */
export function spaceOf(pathname) {
  const [path, segment] = pathname.match(/^\/s\/([^/]+)/) ?? []
  if (!path || !segment) return null
  try {
    return { path, title: decodeURIComponent(segment) }
  } catch {
    return null // the box serves no page there
  }
}

/** Ids on the wire are below it. */
const IDS = 2 ** 32

/** The room that a link leads to; `room` is null where nothing can be called so. Null: it is no such link. @param {string} pathname @returns {{ room: RoomId | null } | null} */
export function roomOf(pathname) {
  const [, id] = pathname.match(/^(?:\/s\/[^/]+)?\/r\/(.*)$/) ?? []
  if (id === undefined) return null
  return { room: /^\d{1,10}$/.test(id) && Number(id) < IDS ? Number(id) : null }
}

/** The same path without the room. @param {string} pathname */
export function withoutRoom(pathname) {
  return pathname.replace(/^(\/s\/[^/]+)?\/r\/.*$/, '$1') || '/'
}

/** What its owner calls it, once the box has said so; else its name. @param {SpaceHere} space */
export async function titleOf(space) {
  const answer = await fetch(manifestOf(space))
  const { name } = await answer.json()
  return typeof name === 'string' ? name : space.title
}

/** The manifest that makes an app of its own of it. @param {SpaceHere} space */
export function manifestOf({ path }) {
  return `${path}/manifest.webmanifest`
}
