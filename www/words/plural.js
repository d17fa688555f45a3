// Says a number with the right form of its noun.

/**
 * @typedef {{ one: string, few?: string, many?: string, other: string }} Forms
 *   A sentence for each plural category of the language; `#` stands for the number.
 */

/** @param {string} locale whose rules of counting hold @returns {(count: number, forms: Forms) => string} */
export function plural(locale) {
  const rules = new Intl.PluralRules(locale)
  return (count, forms) => {
    const category = /** @type {keyof Forms} */ (rules.select(count))
    return (forms[category] ?? forms.other).replace('#', String(count))
  }
}
