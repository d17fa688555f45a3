// A picture that is dragged by finger or mouse. It moves without React, which says where it comes to rest.
/** @import { Box } from '../parts/arrange.js' */

/** Pixels that a tap may tremble. */
const TREMBLE = 6

/** @param {HTMLElement} element @param {(box: Box) => void} dropped @returns {() => void} how to hold it fast again */
export function draggable(element, dropped) {
  /** @type {{ id: number, x: number, y: number, moved: boolean } | null} */
  let held = null

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest('button')) return
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false }
    // A quick hand is beside the picture before it is seen to move.
    element.setPointerCapture(event.pointerId)
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (event.pointerId !== held?.id) return
    const [x, y] = [event.clientX - held.x, event.clientY - held.y]
    if (!held.moved && Math.hypot(x, y) < TREMBLE) return
    held.moved = true
    element.dataset.dragged = 'true'
    // `translate` is the place that React gave it.
    element.style.transform = `translate(${x}px, ${y}px)`
  }

  /** @param {PointerEvent} event */
  function up(event) {
    if (event.pointerId !== held?.id) return
    const { moved } = held
    held = null
    if (!moved) return
    const { left, top, width, height } = element.getBoundingClientRect()
    const around = /** @type {HTMLElement} */ (element.parentElement).getBoundingClientRect()
    element.style.transform = ''
    delete element.dataset.dragged
    if (event.type === 'pointerup') dropped({ x: left - around.left, y: top - around.top, width, height })
  }

  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  return () => {
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
  }
}
