// The page that leads to trust: whose steps are shown, and that all of them are there in every language.
import assert from 'node:assert/strict'
import test from 'node:test'
import { systems, warnings } from '../../www/trust/systems.js'
import { holdsBack, whichBrowser, whichSystems } from '../../www/trust/visitor.js'
import { languages } from '../../www/trust/words.js'
/** @import { Systems } from '../../www/trust/systems.js' */

const apple = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const iphone = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${apple}`
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'

/** What each says of itself; how many fingers it feels; whose warning; whose steps; whether it holds the file back. @type {[string, string, number, string, string[], boolean][]} */
const visitors = [
  ['Safari on an iPhone', `${iphone} Version/18.5 Mobile/15E148 Safari/604.1`, 5, 'safari', ['ios'], false],
  ['Chrome on an iPhone', `${iphone} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`, 5, 'chromium', ['ios'], false],
  ['Edge on an iPhone', `${iphone} Version/18.0 EdgiOS/139.0.3405.86 Mobile/15E148 Safari/604.1`, 5, 'edge', ['ios'], false],
  ['Firefox on an iPhone', `${iphone} FxiOS/142.0 Mobile/15E148 Safari/605.1.15`, 5, 'firefoxIos', ['ios'], false],
  ['Safari on an iPad, which says that it is a Mac', `${mac} ${apple} Version/18.5 Safari/605.1.15`, 5, 'safari', ['ios'], false],
  ['Safari on a Mac', `${mac} ${apple} Version/18.5 Safari/605.1.15`, 0, 'safari', ['macos'], false],
  ['Chrome on a Mac', `${mac} ${blink} Chrome/156.0.0.0 Safari/537.36`, 0, 'chromium', ['macos'], true],
  ['Edge on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0`, 0, 'edge', ['windows'], true],
  ['Firefox on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0', 0, 'firefox', ['windows'], false],
  ['Chrome on Android', `Mozilla/5.0 (Linux; Android 10; K) ${blink} Chrome/156.0.0.0 Mobile Safari/537.36`, 5, 'chromium', ['android'], true],
  ['Edge on Android', `Mozilla/5.0 (Linux; Android 10; K) ${blink} Chrome/156.0.0.0 Mobile Safari/537.36 EdgA/156.0.0.0`, 5, 'edge', ['android'], true],
  ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0', 5, 'firefoxAndroid', ['android', 'firefoxAndroid'], false],
  ['a Chromebook', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${blink} Chrome/156.0.0.0 Safari/537.36`, 10, 'chromium', ['chromeos'], true],
  ['Chromium on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${blink} Chrome/156.0.0.0 Safari/537.36`, 0, 'chromium', ['linux'], true],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 0, 'firefox', ['firefox'], false],
]

for (const [who, userAgent, maxTouchPoints, browser, own, held] of visitors) {
  test(`${who} is shown its own warning and its own steps`, () => {
    const visitor = { userAgent, maxTouchPoints }
    assert.deepEqual([whichBrowser(visitor), whichSystems(visitor), holdsBack(visitor)], [browser, own, held])
  })
}

/** @param {object} of */
const shape = of => JSON.stringify(of, (key, value) => typeof value === 'string' ? (key === 'file' ? value : (value.match(/\{\w+\}/g) ?? []).join()) : value)

test('every language says all of it, with the same steps', () => {
  for (const code of /** @type {const} */ (['pl', 'szl'])) {
    assert.equal(shape(systems[code]), shape(systems.en), code)
    assert.equal(shape(languages[code]), shape(languages.en), code)
  }
})

test('no language leaves a mark open', () => {
  const sentences = JSON.stringify([systems, languages]).match(/"(?:[^"\\]|\\.)*"/g) ?? []
  assert.ok(sentences.length > 200)
  for (const sentence of sentences) assert.equal((sentence.match(/\*/g) ?? []).length % 2, 0, sentence)
})

test('whoever is told to trust is told to compare, before or so that it can be undone', () => {
  /** @type {[Systems, RegExp][]} */
  const tongues = [[systems.en, /compare/i], [systems.pl, /porównaj/i], [systems.szl, /porōwnej/i]]
  for (const [tongue, compare] of tongues) {
    for (const [name, { steps }] of Object.entries(tongue)) {
      if (name !== 'firefoxAndroid') assert.ok(steps.some(step => compare.test(step)), name)
    }
  }
})

test('each warning has as many presses in both languages, and Safari a third', () => {
  for (const [name, { en, pl }] of Object.entries(warnings)) {
    assert.equal(en.length, pl.length, name)
    assert.equal(en.length, name === 'safari' ? 3 : 2, name)
    assert.ok(en.length <= languages.en.warnedSteps.length)
  }
})
