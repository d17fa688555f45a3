// The whole page, drawn from the state alone.
/** @import { State, Store } from '../types.d.ts' */

import { createRoot } from '../vendor/react-dom.js'
import { useSyncExternalStore } from '../vendor/react.js'
import { words } from '../words/index.js'
import { DispatchContext, WordsContext } from './context.js'
import { Home } from './home.js'
import { h, html } from './html.js'
import { Incomings } from './incoming.js'
import { Notices } from './notices.js'
import { Settings } from './settings.js'
import { Start } from './start.js'
import { TakenOver } from './taken-over.js'

/** @param {Element} root @param {Store} store */
export function mount(root, store) {
  createRoot(root).render(h(App, { store }))
}

/** @param {{ store: Store }} props */
function App({ store }) {
  const state = useSyncExternalStore(store.subscribe, store.getState)
  return h(WordsContext.Provider, { value: words(state.language) },
    h(DispatchContext.Provider, { value: store.dispatch },
      h(Banner, { state }),
      h(Incomings, { state }),
      h(Screen, { state }),
      h(Notices, { notices: state.notices }),
      state.settingsOpen && h(Settings, { state })))
}

/** @param {{ state: State }} props */
function Screen({ state }) {
  if (state.connection.status === 'taken_over') return h(TakenOver, {})
  return state.me.entered && state.me.id !== null ? h(Home, { state }) : h(Start, { state })
}

/** What is wrong with the whole page for a while. @param {{ state: State }} props */
function Banner({ state }) {
  const { connection, me, room, soundBlocked } = state
  const text = words(state.language)
  const lost = connection.status === 'lost' && me.id !== null
  return html`
    <div className="banner" role="status">
      ${lost && html`<p>${room ? text.connection.lostInCall : text.connection.lost}</p>`}
      ${soundBlocked && html`<p>${text.connection.soundBlocked}</p>`}
    </div>`
}
