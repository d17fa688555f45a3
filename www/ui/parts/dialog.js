// A question or a sheet over the page. Modal: focus goes in, stays in, and comes back when it is over.
// Not modal: it lies beside everything else, and takes nobody's focus away.

import { useLayoutEffect, useRef } from '../../vendor/react.js'
import { html } from './html.js'

/**
 * @param {object} props
 * @param {'dialog' | 'alertdialog'} props.role
 * @param {string} props.label
 * @param {string} props.className
 * @param {boolean} props.modal
 * @param {() => void} [props.onDismiss] Escape or a click beside it; without this it wants an answer
 * @param {import('../../vendor/react.js').ReactNode} props.children
 */
export function Dialog({ role, label, className, modal, onDismiss, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))

  useLayoutEffect(() => {
    const element = /** @type {HTMLDialogElement} */ (dialog.current)
    if (modal) {
      element.showModal()
      element.focus() // not its first button: somebody may just be typing, and must not answer a call by it
    } else {
      element.open = true // show() would take the focus
    }
    return () => element.close()
  }, [modal])

  const cancelled = (/** @type {globalThis.Event} */ event) => {
    event.preventDefault()
    onDismiss?.()
  }
  const clicked = (/** @type {globalThis.Event} */ event) => {
    if (event.target === dialog.current) onDismiss?.()
  }
  return html`
    <dialog className=${`dialog ${className}`} ref=${dialog} role=${role} aria-label=${label} tabIndex=${-1}
      data-modal=${modal} closedby=${onDismiss ? 'closerequest' : 'none'} onCancel=${cancelled} onClick=${clicked}>
      <div className="dialog-content">${children}</div>
    </dialog>`
}
