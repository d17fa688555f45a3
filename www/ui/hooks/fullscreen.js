// How much of the screen the call has: the window, all of it, or a small window over everything else.
/** @import { Store } from '../../state/types.d.ts' */

import { useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from '../../vendor/react.js'
import { StoreContext, useWords } from './context.js'

/**
 * @typedef {object} Fullscreen
 * @property {boolean} fills the whole screen
 * @property {boolean} canFill
 * @property {() => void} toggleFill
 * @property {boolean} floats over everything else
 * @property {boolean} canFloat
 * @property {() => void} toggleFloat
 */

/**
 * @param {boolean} inCall it floats during calls only
 * @param {() => Promise<typeof import('../parts/picture-in-picture.js')>} load what the small window shows
 * @returns {Fullscreen}
 */
export function useFullscreen(inCall, load) {
  const store = /** @type {Store} */ (useContext(StoreContext))
  const words = useWords()
  const [floats, setFloats] = useState(false)
  const close = useRef(() => {})
  const fills = useSyncExternalStore(onFullScreen, () => document.fullscreenElement !== null)

  const toggleFill = () => void (fills ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {})

  const open = useCallback(() => {
    // The browser may refuse, as without a click; then it stays as it was.
    load().then(({ openPictureInPicture }) => openPictureInPicture(store, words, () => setFloats(false))).then(closing => {
      close.current = closing
      setFloats(true)
    }, () => {})
  }, [store, words, load])
  const toggleFloat = () => (floats ? close.current() : open())

  useEffect(() => {
    if (!inCall) return
    onTabLeft(open)
    return () => {
      onTabLeft(null)
      close.current()
    }
  }, [inCall, open])

  return { fills, canFill: document.fullscreenEnabled === true, toggleFill, floats, canFloat: 'documentPictureInPicture' in window || document.pictureInPictureEnabled === true, toggleFloat }
}

/** @param {() => void} changed */
function onFullScreen(changed) {
  document.addEventListener('fullscreenchange', changed)
  return () => document.removeEventListener('fullscreenchange', changed)
}

/** Chromium asks when somebody in a call goes to another tab. @param {(() => void) | null} float */
function onTabLeft(float) {
  try {
    navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ ('enterpictureinpicture'), float)
  } catch {
    // Browsers that do not know the action throw.
  }
}
