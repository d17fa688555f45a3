// Every sentence shown. A language is fetched when it is spoken: most pages need one of them.
/** @import { Language } from '../state/types.d.ts' */

// All of them need it, so it need not wait for one of them.
import './plural.js'

/** @typedef {typeof import('./en.js').default} Words */

/** What each language calls itself, in the order in which they are offered. @type {Readonly<Record<Language, string>>} */
export const languages = { szl: 'ślōnski', pl: 'polski', en: 'English' }

/** @type {Record<Language, () => Promise<{ default: Words }>>} */
const files = {
  szl: () => import('./szl.js'),
  pl: () => import('./pl.js'),
  en: () => import('./en.js'),
}

/** @param {Language} language @returns {Promise<Words>} */
export const learn = async language => (await files[language]()).default
