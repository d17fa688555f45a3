// The way to trust in Firefox, by the words that stand on the page.
import assert from 'node:assert/strict'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Box } from '../shared/box.js'
import { Firefox } from './marionette.js'
import { until } from '../shared/until.js'

const NAME = 'wizyjno.local'

/** Milliseconds that the browser has to show what was asked for. */
const AGAIN_MS = 8000

const SETTINGS = {
  'network.dns.localDomains': NAME,
  'intl.locale.requested': 'en-US',
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'app.normandy.enabled': false,
}

test('whoever follows the steps in Firefox meets no warning any more', { timeout: 4 * 60_000 }, async () => {
  const box = await Box.start()
  const home = await mkdtemp(join(tmpdir(), 'wizyjno-firefox-'))
  const [plain, secure] = [box.ready.http, box.ready.https].map(origin => origin.replace('127.0.0.1', NAME))
  /** @type {Firefox | undefined} */
  let firefox
  try {
    firefox = await Firefox.open(home, SETTINGS)
    await firefox.visit(`${plain}/?lang=en`)
    await press(firefox, ['Download the certificate'])
    const file = join(home, 'Downloads', 'wizyjno.crt')
    await until('the certificate is there', () => access(file).then(() => true))

    await followWarning(firefox, new URL(secure).host)
    assert.equal(await firefox.page(() => location.origin), secure)

    await firefox.visit(`${secure}/trust?lang=en`)
    await followSteps(firefox, file)
    await firefox.close()

    // What *Proceed* has allowed is no trust.
    await rm(join(home, 'profile', 'cert_override.txt'))
    const later = firefox = await Firefox.open(home, SETTINGS)
    await later.visit(`${plain}/?lang=en`)
    await until('the plain page moves on by itself', async () => (await later.page(() => location.origin)) === secure)
    await until('the page is there', () => later.page(() => Boolean(document.querySelector('.start'))))
    await later.close()
  } finally {
    firefox?.kill()
    await rm(home, { recursive: true, force: true, maxRetries: 3 })
    await box.end()
  }
})

/** Presses what the steps say, on the browser's own warning, which names the port, too. @param {Firefox} firefox @param {string} host */
async function followWarning(firefox, host) {
  const steps = await firefox.page(() => [...document.querySelectorAll('#warned-steps strong')].map(word => word.textContent ?? ''))
  assert.equal(steps.length, 2)
  await firefox.page(() => document.getElementById('continue')?.click())
  // What is pressed too early is pressed in vain.
  await until('the page is there', async () => {
    for (const step of steps) await firefox.page(pressIn, [step.replace(NAME, host)])
    return firefox.page(() => Boolean(document.querySelector('.start')))
  })
}

/** Imports the certificate as the steps say. @param {Firefox} firefox @param {string} file */
async function followSteps(firefox, file) {
  // What stands out, and of paths each part.
  const words = await until('the steps are there', async () => {
    const words = await firefox.page(() => [...document.querySelectorAll('#own .steps strong')].flatMap(word => (word.textContent ?? '').split(' › ')))
    return words.length > 0 && words
  })
  const [settings, privacy, connection, advanced, manage, authorities, choose, name, view, digest, tick, ok, ...more] = words
  assert.deepEqual([name, digest, more], ['wizyjno.crt', 'SHA-256', []])
  await firefox.visit('about:preferences')
  assert.equal(await firefox.page(() => document.title), settings)
  await press(firefox, [privacy])
  await press(firefox, [connection, advanced], [privacy])
  await press(firefox, [manage], [connection, advanced])
  await press(firefox, [authorities])
  await firefox.browser(pickFile, file)
  await press(firefox, [choose])
  await inDialog(firefox, view)
  await until('the certificate is shown', () => firefox.browser(closeCertificate))
  await inDialog(firefox, tick)
  await inDialog(firefox, ok)
  await until('the dialog is gone', async () => !await firefox.browser(isAsked))
}

/**
 * Presses what is called so. What led there is pressed once more where that was too early for the browser.
 * @param {Firefox} firefox @param {string[]} names which stand one after the other, the last to be pressed @param {string[]} [after]
 */
async function press(firefox, names, after) {
  const what = `${names.join(' › ')} can be pressed`
  await until(what, () => until(what, () => firefox.page(pressIn, names), AGAIN_MS).catch(async error => {
    if (after) await firefox.page(pressIn, after)
    throw error
  }))
}

/** @param {string[]} names */
function pressIn(names) {
  let at = 0
  /** @param {Document | ShadowRoot | Element} root @returns {HTMLElement | null} */
  const find = root => {
    for (const element of /** @type {any} */ (root).children) {
      if (element.getClientRects().length && !element.closest('tabpanels > :not(.deck-selected)') && called(element) === names[at] && ++at === names.length) return element
      const shadow = element.shadowRoot ?? element.openOrClosedShadowRoot
      const found = (shadow && find(shadow)) || find(element) || (element.contentDocument?.readyState === 'complete' && find(element.contentDocument))
      if (found) return found
    }
    return null
  }
  /** @param {Element} element */
  const called = element => element.getAttribute('label') ?? (element.childElementCount ? '' : element.textContent?.trim())
  const found = /** @type {any} */ (find(document))
  // Of a part with a button inside that is what is pressed. What it opens may want an answer first.
  const button = (found?.shadowRoot ?? found?.openOrClosedShadowRoot)?.querySelector('button') ?? found
  if (found) setTimeout(() => button.click())
  return Boolean(found)
}

/** Whoever is asked for a file says this one. @param {string} path */
function pickFile(path) {
  const { Components, Ci, ChromeUtils, Cc, Services } = /** @type {any} */ (globalThis)
  const file = Cc['@mozilla.org/file/local;1'].createInstance(Ci.nsIFile)
  file.initWithPath(path)
  const picker = {
    QueryInterface: ChromeUtils.generateQI(['nsIFilePicker']),
    init() {}, appendFilters() {}, appendFilter() {},
    open: (/** @type {any} */ asked) => Services.tm.dispatchToMainThread(() => asked.done ? asked.done(0) : asked(0)),
    file,
  }
  const factory = { QueryInterface: ChromeUtils.generateQI(['nsIFactory']), createInstance: (/** @type {any} */ wanted) => picker.QueryInterface(wanted) }
  Components.manager.QueryInterface(Ci.nsIComponentRegistrar).registerFactory(Components.ID('{5a1c3e0e-3f0a-4c53-9d5c-8f3a4f0c9d11}'), '', '@mozilla.org/filepicker;1', factory)
}

/** Presses something where the browser asks whether to trust. @param {Firefox} firefox @param {string} name */
async function inDialog(firefox, name) {
  await until(`${name} can be pressed`, () => firefox.browser(name => {
    for (const window of /** @type {any} */ (globalThis).Services.wm.getEnumerator(null)) {
      if (!window.location.href.endsWith('/downloadcert.xhtml') || window.document.readyState !== 'complete') continue
      const dialog = window.document.querySelector('dialog')
      for (const element of [...window.document.querySelectorAll('button, checkbox'), dialog.getButton('accept')]) {
        if (element.getAttribute('label') !== name || element.disabled) continue
        window.setTimeout(() => element.localName === 'checkbox' ? element.click() : element.doCommand())
        return true
      }
    }
    return false
  }, name))
}

function isAsked() {
  return [.../** @type {any} */ (globalThis).Services.wm.getEnumerator(null)].some(window => window.location.href.endsWith('/downloadcert.xhtml'))
}

/** Closes the page that shows a certificate, if there is one. */
function closeCertificate() {
  for (const window of /** @type {any} */ (globalThis).Services.wm.getEnumerator('navigator:browser')) {
    for (const tab of window.gBrowser.tabs) {
      if (!tab.linkedBrowser.currentURI.spec.startsWith('about:certificate')) continue
      window.gBrowser.removeTab(tab)
      return true
    }
  }
  return false
}
