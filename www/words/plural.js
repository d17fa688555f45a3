// Says a number with the right form of its noun.

/**
 * @typedef {{ one: string, few?: string, many?: string, other: string }} Forms
 *   A sentence for each plural category of the language; `#` stands for the number.
 */

/**
 * All of them if they are few, else the first two and the number of the rest.
 *
 * @param {readonly string[]} names @param {(number: number) => string} rest
 */
export function brief(names, rest) {
  return names.length <= 3 ? names : [...names.slice(0, 2), rest(names.length - 2)]
}

/** @param {string} locale whose rules of counting hold @returns {(count: number, forms: Forms) => string} */
export function plural(locale) {
  const rules = new Intl.PluralRules(locale)
  return (count, forms) => {
    const category = /** @type {keyof Forms} */ (rules.select(count))
    return (forms[category] ?? forms.other).replace('#', String(count))
  }
}
