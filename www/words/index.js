// Every sentence shown. A language is fetched when it is spoken: most pages need one of them.
/** @import { Language } from '../state/types.d.ts' */

// All of them need it, so it need not wait for one of them.
import './plural.js'

/** @typedef {typeof import('./en.js').default} Words */

/** What each language calls itself, in the order in which they are offered. @type {Readonly<Record<Language, string>>} */
export const languages = { szl: 'ślōnski', pl: 'polski', en: 'English' }

/** Some of the sentences, said otherwise. @template [T=Words] @typedef {{ [K in keyof T]?: T[K] extends string | Function ? T[K] : Instead<T[K]> }} Instead */

/** @type {Record<Language, () => Promise<{ default: Words }>>} */
const files = {
  szl: () => import('./szl.js'),
  pl: () => import('./pl.js'),
  en: () => import('./en.js'),
}

/** What is said otherwise on a page of the internet. @type {Record<Language, () => Promise<{ default: Instead }>>} */
const hostedFiles = {
  szl: () => import('./hosted/szl.js'),
  pl: () => import('./hosted/pl.js'),
  en: () => import('./hosted/en.js'),
}

/** @param {Language} language @param {boolean} [hosted] as it is said on a page of the internet @returns {Promise<Words>} */
export async function learn(language, hosted = false) {
  const [words, instead] = await Promise.all([files[language](), hosted && hostedFiles[language]()])
  return instead ? over(words.default, instead.default) : words.default
}

/** @template {object} T @param {T} words @param {Instead<T>} instead @returns {T} */
function over(words, instead) {
  const all = Object.entries(words).map(([key, said]) => {
    const other = /** @type {any} */ (instead)[key]
    return [key, other && typeof said === 'object' ? over(said, other) : other ?? said]
  })
  return Object.fromEntries(all)
}
