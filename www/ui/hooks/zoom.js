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

/**
 * @param {HTMLElement} frame @param {HTMLElement} picture
 * @param {(near: boolean) => void} changed it is nearer than whole, or whole again
 */
export function zoomable(frame, picture, changed) {
  let zoom = WHOLE
  /** Where each finger is. @type {Map<number, Point>} */
  const fingers = new Map()

  /** @param {Zoom} next */
  function show(next) {
    const before = zoom.scale > 1
    zoom = next
    const near = zoom.scale > 1
    picture.style.transform = near ? `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` : ''
    frame.dataset.near = String(near)
    if (near !== before) changed(near)
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Point} */
  function pointOf({ clientX, clientY }) {
    const { left, top, width, height } = frame.getBoundingClientRect()
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 }
  }

  function size() {
    return { width: frame.clientWidth, height: frame.clientHeight }
  }

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button !== 0 || fingers.size > 1 || /** @type {Element} */ (event.target).closest('button, .menu')) return
    fingers.set(event.pointerId, pointOf(event))
    // The first one alone may be a tap.
    if (fingers.size > 1 || zoom.scale > 1) for (const id of fingers.keys()) frame.setPointerCapture(id)
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const before = fingers.get(event.pointerId)
    if (!before) return
    const [now, other] = [pointOf(event), [...fingers].find(([id]) => id !== event.pointerId)?.[1]]
    fingers.set(event.pointerId, now)
    if (other) {
      const apart = (/** @type {Point} */ point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
      const middle = (/** @type {Point} */ point) => ({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 })
      show(zoomed(zoom, { from: middle(before), to: middle(now), times: apart(now) / apart(before) }, size()))
    } else if (zoom.scale > 1) {
      show(zoomed(zoom, { from: before, to: now, times: 1 }, size()))
    }
  }

  /** @param {PointerEvent} event */
  function up(event) {
    fingers.delete(event.pointerId)
  }

  /** Pinching on a touchpad comes as this, too. @param {WheelEvent} event */
  function wheel(event) {
    if (!event.ctrlKey) return
    event.preventDefault()
    const at = pointOf(event)
    show(zoomed(zoom, { from: at, to: at, times: 2 ** (-event.deltaY / WHEEL) }, size()))
  }

  const listeners = /** @type {const} */ ([
    ['pointerdown', down], ['pointermove', move], ['pointerup', up], ['pointercancel', up], ['wheel', wheel],
  ])
  frame.dataset.near = 'false'
  for (const [type, listener] of listeners) frame.addEventListener(type, /** @type {EventListener} */ (listener), { passive: false })

  return {
    /** @param {boolean} near */
    set(near) {
      if (near !== zoom.scale > 1) show(near ? { ...WHOLE, scale: NEAR } : WHOLE)
    },
    stop() {
      show(WHOLE)
      delete frame.dataset.near
      for (const [type, listener] of listeners) frame.removeEventListener(type, /** @type {EventListener} */ (listener))
    },
  }
}
