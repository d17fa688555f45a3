// A button with a few seldom wanted choices under it. Keys as the ARIA authoring practices have it.
/** @import { ReactNode } from '../../vendor/react.js' */
/** @import { Pictogram } from './icon.js' */

import { useEffect, useLayoutEffect, useRef, useState } from '../../vendor/react.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

/** CSS pixels from the button to its menu, and from that to the end of the window. */
const GAP = 4
const MARGIN = 8

/**
 * @param {object} props
 * @param {string} props.label
 * @param {Pictogram} props.icon
 * @param {'plain' | 'stop' | 'quiet' | 'tile'} [props.kind]
 * @param {boolean} [props.large]
 * @param {boolean} [props.off] something in it is switched on
 * @param {{ text: string, onChoose: () => void, icon?: ReactNode, apart?: boolean }[]} props.items apart: not to be pressed by mistake for its neighbour
 * @param {ReactNode} [props.above] what is set rather than chosen stands above the items; the keys up and down lead there as well
 */
export function Menu({ label, icon, kind = 'quiet', large, off, items, above }) {
  const [open, setOpen] = useState(false)
  const root = useRef(/** @type {HTMLDivElement | null} */ (null))
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))

  useLayoutEffect(() => {
    const list = /** @type {HTMLElement | null | undefined} */ (root.current?.querySelector('.menu-items'))
    if (open && list && button.current) lift(list, button.current)
    // What stands above may come late.
  }, [open, !above])
  useEffect(() => {
    if (!open) return
    choices(root.current).find(choice => choice.getAttribute('role') === 'menuitem')?.focus()
    const outside = (/** @type {globalThis.Event} */ event) => {
      if (!root.current?.contains(/** @type {Node} */ (event.target))) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }

  const keyDown = (/** @type {import('../../vendor/react.js').KeyboardEvent} */ event) => {
    if (!open) return
    const list = choices(root.current)
    const at = list.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const step = { ArrowDown: 1, ArrowUp: list.length - 1 }[event.key]
    if (step !== undefined) list[(at + step) % list.length]?.focus()
    else if (event.key === 'Home') list[0]?.focus()
    else if (event.key === 'End') list[list.length - 1]?.focus()
    else if (event.key === 'Escape') close()
    else if (event.key === 'Tab') return setOpen(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return html`
    <div className="menu" ref=${root} onKeyDown=${keyDown}>
      <button className="button" type="button" ref=${button} data-kind=${kind} data-round=${true} data-large=${large} data-off=${off} title=${label}
        aria-label=${label} aria-haspopup="menu" aria-expanded=${open} onClick=${() => setOpen(!open)}>
        ${h(Icon, { name: icon })}
      </button>
      ${open && html`
        <div className="menu-items">
          ${above}
          <div className="menu-list" role="menu" aria-label=${label}>
            ${items.map(({ text, onChoose, icon, apart }) => html`
              <button className="menu-item" type="button" role="menuitem" tabIndex=${-1} key=${text} data-apart=${apart}
                onClick=${() => { close(); onChoose() }}>${icon}${text}</button>`)}
          </div>
        </div>`}
    </div>`
}

/**
 * Over everything, so that no frame cuts it off: under the end of its button, or above it where the window ends there.
 * A browser that has no popover leaves it where the sheet says.
 *
 * @param {HTMLElement} list @param {HTMLElement} button
 */
function lift(list, button) {
  if (!('popover' in list)) return
  list.popover = 'manual'
  if (!list.matches(':popover-open')) list.showPopover()
  const { top, bottom, right } = button.getBoundingClientRect()
  const { width, height } = list.getBoundingClientRect()
  // The small window over everything is another one.
  const { innerWidth, innerHeight } = /** @type {Window} */ (button.ownerDocument.defaultView)
  const within = (/** @type {number} */ at, /** @type {number} */ length, /** @type {number} */ window) => Math.max(MARGIN, Math.min(at, window - length - MARGIN))
  const under = bottom + GAP
  const above = top - GAP - height
  const y = under + height + MARGIN > innerHeight && above >= MARGIN ? above : under
  list.style.inset = `${within(y, height, innerHeight)}px auto auto ${within(right - width, width, innerWidth)}px`
}

/** @param {HTMLElement | null} root @returns {HTMLElement[]} */
const choices = root => [...(root?.querySelectorAll('.menu-items :is(button, input)') ?? [])].map(item => /** @type {HTMLElement} */ (item))
