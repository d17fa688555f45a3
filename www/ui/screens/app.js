// The whole page, drawn from the state alone.
/** @import { State, Store } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { createRoot } from '../../vendor/react-dom.js'
import { useEffect, useState, useSyncExternalStore } from '../../vendor/react.js'
import { learn } from '../../words/index.js'
import { DispatchContext, StoreContext, WordsContext } from '../hooks/context.js'
import { idle, insist, useLazy } from '../hooks/lazy.js'
import { h } from '../parts/html.js'
import { Notices } from '../parts/notices.js'
import { Start } from './start.js'

/** Milliseconds that the box may take to let somebody in again. */
const WELCOME_TIMEOUT = 700

/** @param {Element} root @param {Store} store @param {() => void} [shown] the first screen is there */
export async function mount(root, store, shown = () => {}) {
  // What the document itself shows stays until there is something to say.
  const words = await insist(() => learn(store.getState().language, store.getState().hosted))
  if (store.getState().me.entered) await answeredFor(store)
  createRoot(root).render(h(App, { store, first: words, shown }))
}

/** Whoever comes back is in the lobby in a moment, and need not see the start before it. @param {Store} store @returns {Promise<void>} */
function answeredFor(store) {
  void import('./home.js').catch(() => {}) // it is asked for again when it is drawn
  return new Promise(come => {
    const done = () => {
      stop()
      come()
    }
    const look = () => {
      const { entered, id } = store.getState().me
      if (!entered || id !== null) done()
    }
    const stop = store.subscribe(look)
    look()
    setTimeout(done, WELCOME_TIMEOUT)
  })
}

/** @param {{ store: Store, first: Words, shown: () => void }} props */
function App({ store, first, shown }) {
  const state = useSyncExternalStore(store.subscribe, store.getState)
  const words = useLanguage(state, first)
  useEffect(() => void (state.me.entered ? Promise.resolve() : idle()).then(shown), [])
  return h(WordsContext.Provider, { value: words },
    h(StoreContext.Provider, { value: store },
      h(DispatchContext.Provider, { value: store.dispatch },
        h(Screen, { state }),
        h(Notices, { state }))))
}

/** The words of the language; those of the one before until they are here. @param {State} state @param {Words} first */
function useLanguage({ language, hosted }, first) {
  const [words, setWords] = useState(first)
  useEffect(() => {
    let wanted = true
    void insist(() => learn(language, hosted)).then(learnt => wanted && setWords(learnt))
    return () => { wanted = false }
  }, [language, hosted])
  return words
}

/** @param {{ state: State }} props */
function Screen({ state }) {
  const taken = state.connection.status === 'taken_over'
  // All that is not needed for the start comes after it, so that the start comes soon.
  const home = useLazy(true, async () => {
    if (!state.me.entered) await idle()
    return import('./home.js')
  })
  const elsewhere = useLazy(taken, () => import('./taken-over.js'))
  if (taken) return elsewhere && h(elsewhere.TakenOver, {})
  return home && state.me.entered && state.me.id !== null ? h(home.Home, { state }) : h(Start, { state })
}
