// Which pictures are on the screen, and how large: the relay sends no more than that.
/** @import { DataUse, Who, Tile } from '../state/types.d.ts' */

/** Milliseconds between two tellings: a window that is being dragged changes all the time. */
const PAUSE = 250

/** Device pixels; finer differences change no layer. */
const GRAIN = 16

/** So wide none is: of a narrower one the relay sends the smallest layer. */
const NARROW = GRAIN

/** Of a picture that has not come yet. */
const USUAL_ASPECT = 16 / 9

/** Who is in the video, and whether it is within the window. @type {Map<HTMLVideoElement, { who: Exclude<Who, 'me'>, near: boolean }>} */
const pictures = new Map()
/** @type {(tiles: Tile[]) => void} */
let tell = () => {}
/** Who is to be sharp before all others. @type {Who | null} */
let pinned = null
/** @type {DataUse} */
let dataUse = 'everything'
let told = ''
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
/** @type {ResizeObserver | undefined} */
let sizes
/** @type {IntersectionObserver | undefined} */
let places

/** @param {(tiles: Tile[]) => void} listener hears all pictures of others whenever one has changed */
export function onTiles(listener) {
  tell = listener
  told = ''
  look()
  document.addEventListener('visibilitychange', look)
}

/** @param {Who | null} who */
export function setPinned(who) {
  if (who === pinned) return
  pinned = who
  look()
}

/** @param {DataUse} use */
export function setDataUse(use) {
  if (use === dataUse) return
  dataUse = use
  look()
}

/** Whether a picture of theirs is on the screen. @param {Who} who */
export function isShown(who) {
  return [...pictures].some(([video, picture]) => picture.who === who && isVisible(video, picture.near))
}

/** @param {HTMLVideoElement} video @param {boolean} near it is within the window */
function isVisible(video, near) {
  return floats(video) || (near && !document.hidden)
}

/** Watches a picture; returns how to stop. @param {HTMLVideoElement} video @param {Who} who */
export function watchTile(video, who) {
  if (who === 'me') return () => {}
  sizes ??= new ResizeObserver(look)
  places ??= new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      const picture = pictures.get(/** @type {HTMLVideoElement} */ (target))
      if (picture) picture.near = isIntersecting
    }
    look()
  })
  pictures.set(video, { who, near: false })
  sizes.observe(video)
  places.observe(video)
  return () => {
    pictures.delete(video)
    sizes?.unobserve(video)
    places?.unobserve(video)
    look()
  }
}

/** At once, and then no sooner than after a pause. */
function look() {
  if (timer !== undefined) return
  said()
  timer = setTimeout(() => {
    timer = undefined
    said()
  }, PAUSE)
}

function said() {
  /** @type {Map<Exclude<Who, 'me'>, number>} */
  const widths = new Map()
  for (const [video, { who, near }] of pictures) {
    const width = !isVisible(video, near) || dataUse === 'sound' ? 0 : dataUse === 'save' ? NARROW : Math.min(65_535, Math.ceil((pictureWidth(video) * devicePixelRatio) / GRAIN) * GRAIN)
    widths.set(who, Math.max(width, widths.get(who) ?? 0))
  }
  /** @type {Tile[]} */
  const tiles = [...widths].map(([who, width]) => typeof who === 'number'
    ? { person: who, source: 'camera', width, pinned: who === pinned }
    : { person: Number(who.slice('screen '.length)), source: 'screen', width, pinned: who === pinned })
  const text = JSON.stringify(tiles)
  if (text === told) return
  told = text
  tell(tiles)
}

/** It is in a small window of its own, which is seen also when the page is not. @param {HTMLVideoElement} video */
function floats(video) {
  return video.ownerDocument !== document || document.pictureInPictureElement === video
}

/** Of the whole picture, in CSS pixels, also of what the frame cuts off. @param {HTMLVideoElement} video */
function pictureWidth(video) {
  const { clientWidth: width, clientHeight: height, videoWidth, videoHeight } = video
  const filled = height * (videoHeight ? videoWidth / videoHeight : USUAL_ASPECT)
  return getComputedStyle(video).objectFit === 'cover' ? Math.max(width, filled) : Math.min(width, filled)
}
