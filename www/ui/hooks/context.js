// What every component may want: the words of the language, and a way to say what happened.
/** @import { Dispatch, Store } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { createContext, useContext } from '../../vendor/react.js'

/** Set by app.js around everything. */
export const WordsContext = createContext(/** @type {Words | null} */ (null))
/** For what is drawn in a window of its own. */
export const StoreContext = createContext(/** @type {Store | null} */ (null))
export const DispatchContext = createContext(/** @type {Dispatch | null} */ (null))

export const useWords = () => /** @type {Words} */ (useContext(WordsContext))
export const useDispatch = () => /** @type {Dispatch} */ (useContext(DispatchContext))
