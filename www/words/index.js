// Every sentence shown, in every language.
/** @import { Language } from '../types.d.ts' */

import en from './en.js'
import pl from './pl.js'
import szl from './szl.js'

/** @typedef {typeof en} Words */

/** In the order in which they are offered. @type {Readonly<Record<Language, Words>>} */
export const languages = { szl, pl, en }

/** @param {Language} language @returns {Words} */
export const words = (language) => languages[language]
