// What is not on the first screen comes when it is wanted: scripts and their stylesheets.
import { useEffect, useState } from '../vendor/react.js'

/** Adds them to the page; resolves when they count. @param {string[]} names */
export const sheets = (...names) => Promise.all(names.map(name => new Promise(come => {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = `style/${name}.css`
  link.onload = link.onerror = come // without its sheet a screen is plain, but there
  document.head.append(link)
})))

/** The module once it is there, or null. @template T @param {boolean} wanted @param {() => Promise<T>} load */
export function useLater(wanted, load) {
  const [part, setPart] = useState(/** @type {T | null} */ (null))
  useEffect(() => {
    // Where it does not come, it is asked for when it is wanted again.
    if (wanted && !part) load().then(module => setPart(() => module), () => {})
  }, [wanted, part])
  return part
}
