// Which space a page is of: what its address says, and what the box calls it.

/** @import { SpaceHere } from '../state/types.d.ts' */

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
