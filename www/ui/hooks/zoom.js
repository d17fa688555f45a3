// A picture that is looked at closely: two fingers, or the wheel with Ctrl, take it nearer, and one moves it.

/** How often larger it is seen, and by how many pixels its middle lies beside that of its frame. @typedef {{ scale: number, x: number, y: number }} Zoom */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ width: number, height: number }} Size */

/** @type {Zoom} */
export const WHOLE = { scale: 1, x: 0, y: 0 }

/** As near as a picture of a call is still worth looking at. */
const NEAREST = 5

/** What the menu takes it to. */
const NEAR = 2

/** Pixels of a wheel that take it twice as near. */
const WHEEL = 150

/**
 * What lay at `from` lies at `to`, `times` as large; the picture never leaves a gap in its frame.
 * @param {Zoom} zoom @param {{ from: Point, to: Point, times: number }} change from the middle of the frame @param {Size} size of the frame
 * @returns {Zoom}
 */
export function zoomed(zoom, { from, to, times }, size) {
  const scale = Math.min(NEAREST, Math.max(1, zoom.scale * times))
  const within = (/** @type {number} */ at, /** @type {number} */ length) => {
    const room = ((scale - 1) * length) / 2
    return Math.min(room, Math.max(-room, at)) + 0
  }
  return {
    scale,
    x: within(to.x - ((from.x - zoom.x) * scale) / zoom.scale, size.width),
    y: within(to.y - ((from.y - zoom.y) * scale) / zoom.scale, size.height),
  }
}

export class Zoomable {
  #zoom = WHOLE
  /** Where each finger is. @type {Map<number, Point>} */
  #fingers = new Map()
  #listening = new AbortController()
  #frame
  #picture
  #changed

  /**
   * @param {HTMLElement} frame @param {HTMLElement} picture
   * @param {(near: boolean) => void} changed it is nearer than whole, or whole again
   */
  constructor(frame, picture, changed) {
    this.#frame = frame
    this.#picture = picture
    this.#changed = changed
    const options = { passive: false, signal: this.#listening.signal }
    frame.dataset.near = 'false'
    frame.addEventListener('pointerdown', event => this.#down(event), options)
    frame.addEventListener('pointermove', event => this.#move(event), options)
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      frame.addEventListener(type, ({ pointerId }) => this.#fingers.delete(pointerId), options)
    }
    frame.addEventListener('wheel', event => this.#wheel(event), options)
  }

  /** @param {boolean} near */
  set(near) {
    if (near !== this.#zoom.scale > 1) this.#show(near ? { ...WHOLE, scale: NEAR } : WHOLE)
  }

  stop() {
    this.#show(WHOLE)
    delete this.#frame.dataset.near
    this.#listening.abort()
  }

  /** @param {Zoom} next */
  #show(next) {
    const before = this.#zoom.scale > 1
    this.#zoom = next
    const near = next.scale > 1
    this.#picture.style.transform = near ? `translate(${next.x}px, ${next.y}px) scale(${next.scale})` : ''
    this.#frame.dataset.near = String(near)
    if (near !== before) this.#changed(near)
  }

  /** @param {Parameters<typeof zoomed>[1]} change */
  #change(change) {
    this.#show(zoomed(this.#zoom, change, { width: this.#frame.clientWidth, height: this.#frame.clientHeight }))
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Point} from the middle of the frame */
  #pointOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#frame.getBoundingClientRect()
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 }
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const fingers = this.#fingers
    if (event.button !== 0 || fingers.size > 1 || /** @type {Element} */ (event.target).closest('button, .menu')) return
    fingers.set(event.pointerId, this.#pointOf(event))
    // The first one alone may be a tap.
    if (fingers.size > 1 || this.#zoom.scale > 1) for (const id of fingers.keys()) this.#frame.setPointerCapture(id)
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#fingers.get(event.pointerId)
    if (!before) return
    const [now, other] = [this.#pointOf(event), [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1]]
    this.#fingers.set(event.pointerId, now)
    if (other) {
      const apart = (/** @type {Point} */ point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
      const middle = (/** @type {Point} */ point) => ({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 })
      this.#change({ from: middle(before), to: middle(now), times: apart(now) / apart(before) })
    } else if (this.#zoom.scale > 1) {
      this.#change({ from: before, to: now, times: 1 })
    }
  }

  /** Pinching on a touchpad comes as this, too. @param {WheelEvent} event */
  #wheel(event) {
    if (!event.ctrlKey) return
    event.preventDefault()
    const at = this.#pointOf(event)
    this.#change({ from: at, to: at, times: 2 ** (-event.deltaY / WHEEL) })
  }
}
