// What comes after the start: the lobby beside the pictures. In a call the list comes when it is asked for.
/** @import { State } from '../types.d.ts' */

import { Fragment, useEffect, useRef, useState } from '../vendor/react.js'
import { CallInfo } from './call-info.js'
import { h, html } from './html.js'
import { Incomings } from './incoming.js'
import { useMedia, WIDE } from './media.js'
import { People } from './people.js'
import { Settings } from './settings.js'
import { sheets } from './sheets.js'
import { Stage } from './stage.js'

await sheets('home', 'people', 'stage', 'controls', 'calling', 'call-info', 'dialog', 'incoming', 'menu', 'settings')

/** @param {{ state: State }} props */
export function Home({ state }) {
  const wide = useMedia(WIDE)
  const list = useRef(/** @type {HTMLElement | null} */ (null))
  const stage = useRef(/** @type {HTMLElement | null} */ (null))
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  const place = state.room ? 'call' : state.knock ? 'door' : 'lobby'
  // Opened or closed by hand holds for this call only.
  const visit = state.room?.id ?? state.knock?.room ?? null
  const [chosen, choose] = useState({ visit, open: wide })
  const open = place === 'lobby' || (chosen.visit === visit ? chosen.open : wide)

  // The button that led here is gone: take the focus to where one is now.
  useEffect(() => {
    if (document.activeElement === document.body) (place === 'lobby' ? list : stage).current?.focus({ preventScroll: true })
  }, [place])

  const toggle = () => {
    choose({ visit, open: !open })
    // After the list has come or gone.
    if (!wide) requestAnimationFrame(() => (open ? button : list).current?.focus({ preventScroll: true }))
  }
  // Who calls lies over the open settings, so it comes after them.
  return h(Fragment, null, state.settingsOpen && h(Settings, { state }), state.callInfo && h(CallInfo, { state }), h(Incomings, { state }), html`
    <main className="home" data-place=${place}>
      ${!open && html`<h1 className="hidden">Wizyjno Godka</h1>`}
      ${open && h(People, { state, reference: list, onClose: place === 'lobby' || wide ? undefined : toggle })}
      ${h(Stage, { state, reference: stage, peopleOpen: place === 'lobby' ? undefined : open, onPeople: toggle, peopleButton: button })}
    </main>`)
}
