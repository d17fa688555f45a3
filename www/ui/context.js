// What every component may want: the words of the language, and a way to say what happened.
/** @import { Dispatch } from '../types.d.ts' */

import { createContext, useContext } from '../vendor/react.js'
import { words } from '../words/index.js'

export const WordsContext = createContext(words('en'))
export const DispatchContext = createContext(/** @type {Dispatch} */ (() => {}))

export const useWords = () => useContext(WordsContext)
export const useDispatch = () => useContext(DispatchContext)
