// What comes after the start: the lobby beside the pictures. In a call the list comes when it is asked for.
/** @import { State } from '../../state/types.d.ts' */

import { Fragment, useEffect, useRef, useState } from '../../vendor/react.js'
import { useFullscreen } from '../hooks/fullscreen.js'
import { useKeys } from '../hooks/keys.js'
import { sheets, useLazy, whole } from '../hooks/lazy.js'
import { useMediaQuery, WIDE } from '../hooks/media-query.js'
import { h, html } from '../parts/html.js'
import { Incomings } from './incoming.js'
import { People } from './people.js'
import { Stage } from './stage.js'

sheets('home')

const smallWindow = () => whole(() => import('../parts/picture-in-picture.js'))

/** @param {{ state: State }} props */
export function Home({ state }) {
  const wide = useMediaQuery(WIDE)
  const list = useRef(/** @type {HTMLElement | null} */ (null))
  const stage = useRef(/** @type {HTMLElement | null} */ (null))
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  const place = state.room ? 'call' : state.knock ? 'knocking' : 'lobby'
  const fullscreen = useFullscreen(state.room !== null, smallWindow)
  const roomy = wide && !fullscreen.fills
  // Opened or closed by hand holds for this call only, and not from the window to the whole screen.
  const visit = `${state.room?.id ?? state.knock?.room} ${fullscreen.fills}`
  const [chosen, choose] = useState({ visit, open: roomy })
  const open = place === 'lobby' || (chosen.visit === visit ? chosen.open : roomy)

  // The list lies over the pictures, which are out of reach then.
  const listed = place !== 'lobby' && open && !wide

  // The button that led here is gone: take the focus to the button that stands in its place.
  useEffect(() => {
    if (document.activeElement === document.body) (place === 'lobby' ? list : stage).current?.focus({ preventScroll: true })
  }, [place])

  const toggle = () => {
    choose({ visit, open: !open })
    // After the list has come or gone.
    if (!wide) requestAnimationFrame(() => (open ? button : list).current?.focus({ preventScroll: true }))
  }
  // In a call it is at hand even when the box is not.
  const settings = useLazy(state.settingsOpen || state.room !== null, () => import('./settings.js'))
  const keys = useLazy(state.keysOpen, () => import('./key-list.js'))
  const { removal, trouble } = state
  const sure = useLazy(removal !== null, () => {
    sheets('question')
    return import('./removal.js')
  })
  const troubled = useLazy(trouble !== null, () => {
    sheets('question')
    return import('./trouble.js')
  })
  const info = useLazy(state.callInfo !== null, () => {
    sheets('call-info')
    return import('./call-info.js')
  })
  useKeys(state, { fullscreen, onPeople: () => place !== 'lobby' && toggle() })
  // Who calls lies over the open settings, so it comes after them.
  return h(Fragment, null, state.settingsOpen && settings && h(settings.Settings, { state }), state.keysOpen && keys && h(keys.KeyList, { on: state.keys }), state.callInfo && info && h(info.CallInfo, { state }), removal !== null && sure && h(sure.Removal, { state, member: removal }), trouble && troubled && h(troubled.TroubleSheet, { state, kind: trouble }), h(Incomings, { state }), html`
    <main className="home" data-place=${place} data-over=${place !== 'lobby' && !roomy} data-listed=${listed}>
      ${!open && html`<h1 className="hidden">Wizyjno Godka</h1>`}
      ${open && h(People, { state, reference: list, onClose: place === 'lobby' || wide ? undefined : toggle })}
      ${h(Stage, { state, fullscreen, over: !roomy, listed, reference: stage, peopleOpen: place === 'lobby' ? undefined : open, onPeople: toggle, peopleButton: button })}
    </main>`)
}
