// What comes after the start: the lobby beside the pictures. In a call the list comes when it is asked for.
/** @import { State } from '../types.d.ts' */

import { Fragment, useEffect, useRef, useState } from '../vendor/react.js'
import { CallInfo } from './call-info.js'
import { h, html } from './html.js'
import { Incomings } from './incoming.js'
import { useKeys } from './keys.js'
import { useMedia, WIDE } from './media.js'
import { People } from './people.js'
import { useScreen } from './screen.js'
import { Settings } from './settings.js'
import { sheets } from './sheets.js'
import { Stage } from './stage.js'

await sheets('home', 'bring', 'people', 'stage', 'controls', 'calling', 'call-info', 'dialog', 'incoming', 'menu', 'room-bar', 'settings')

/** @param {{ state: State }} props */
export function Home({ state }) {
  const wide = useMedia(WIDE)
  const list = useRef(/** @type {HTMLElement | null} */ (null))
  const stage = useRef(/** @type {HTMLElement | null} */ (null))
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  const place = state.room ? 'call' : state.knock ? 'door' : 'lobby'
  const screen = useScreen(state.room !== null)
  const roomy = wide && !screen.fills
  // Opened or closed by hand holds for this call only, and not from the window to the whole screen.
  const visit = `${state.room?.id ?? state.knock?.room} ${screen.fills}`
  const [chosen, choose] = useState({ visit, open: roomy })
  const open = place === 'lobby' || (chosen.visit === visit ? chosen.open : roomy)

  // The button that led here is gone: take the focus to where one is now.
  useEffect(() => {
    if (document.activeElement === document.body) (place === 'lobby' ? list : stage).current?.focus({ preventScroll: true })
  }, [place])

  const toggle = () => {
    choose({ visit, open: !open })
    // After the list has come or gone.
    if (!wide) requestAnimationFrame(() => (open ? button : list).current?.focus({ preventScroll: true }))
  }
  const keys = useKeyList(state.keysOpen)
  useKeys(state, { screen, onPeople: () => place !== 'lobby' && toggle() })
  // Who calls lies over the open settings, so it comes after them.
  return h(Fragment, null, state.settingsOpen && h(Settings, { state }), state.keysOpen && keys && h(keys.KeyList, { on: state.keys }), state.callInfo && h(CallInfo, { state }), h(Incomings, { state }), html`
    <main className="home" data-place=${place} data-over=${place !== 'lobby' && !roomy}>
      ${!open && html`<h1 className="hidden">Wizyjno Godka</h1>`}
      ${open && h(People, { state, reference: list, onClose: place === 'lobby' || wide ? undefined : toggle })}
      ${h(Stage, { state, screen, over: !roomy, reference: stage, peopleOpen: place === 'lobby' ? undefined : open, onPeople: toggle, peopleButton: button })}
    </main>`)
}

/** Seldom wanted, so it is fetched then. @param {boolean} wanted */
function useKeyList(wanted) {
  const [list, setList] = useState(/** @type {typeof import('./key-list.js') | null} */ (null))
  useEffect(() => {
    if (wanted && !list) import('./key-list.js').then(setList, () => {})
  }, [wanted, list])
  return list
}
