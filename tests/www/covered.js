// The rule of the page's layout: whoever taps the middle of a control taps that control.

/**
 * Runs in the page, and needs nothing around it. Says which controls lie under something else: a control is what one may
 * press, in what may be used now (nothing inert, nothing under a question that wants an answer), and whose middle is on the screen and in everything that scrolls around it.
 *
 * @returns {string[]}
 */
export function covered() {
  const CONTROLS = 'button, select, summary, a[href], input:not([type=range])'
  const name = (/** @type {Element} */ element) =>
    `${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') || element.textContent?.trim().slice(0, 40) || element.className}`
  const modal = [...document.querySelectorAll('dialog')].filter(dialog => dialog.matches(':modal')).at(-1)
  /** @type {string[]} */
  const faults = []
  for (const control of (modal ?? document).querySelectorAll(CONTROLS)) {
    const box = control.getBoundingClientRect()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    if (box.width < 2 || box.height < 2 || getComputedStyle(control).visibility === 'hidden') continue
    // Those of a call scroll nowhere.
    const out = box.x < 0 || box.y < 0 || box.right > innerWidth || box.bottom > innerHeight
    if (out && control.parentElement?.matches('.controls')) faults.push(`${name(control)} sticks out of the screen`)
    if (x < 0 || y < 0 || x >= innerWidth - 1 || y >= innerHeight - 1 || control.closest('[inert]')) continue
    let scrolled = false
    for (let around = control.parentElement; around; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around)
      if (overflowX === 'visible' && overflowY === 'visible') continue
      const clip = around.getBoundingClientRect()
      scrolled ||= x < clip.left || x >= clip.right - 1 || y < clip.top || y >= clip.bottom - 1
    }
    if (scrolled) continue
    const over = document.elementFromPoint(x, y)
    // Who calls is above all until answered, and an open menu until something is chosen.
    const above = over?.closest('[role=alertdialog], .menu-items')
    if (above && !above.contains(control)) continue
    const own = over && (control.contains(over) || over.contains(control) && over.matches('label') || over.closest('label')?.contains(control))
    if (!own) faults.push(`${name(control)} at ${Math.round(x)},${Math.round(y)} is under ${over ? name(over) : 'nothing'}`)
  }
  return faults
}
