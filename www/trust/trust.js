// The page of the plain port: speaks the visitor's language, shows the steps of the visitor's system first,
// and moves on by itself once the browser trusts the box.
/** @import { Language, SystemName } from './words.js' */

import { languages, warnings } from './words.js'

/** How long to wait before looking for trust again, in milliseconds. */
const PAUSE = 3000

/** A host name longer than this does not fit into the drawing. */
const LONGEST_HOST = 24

/**
 * What the box says of itself.
 * @typedef {object} Box
 * @property {string} https where it is on https, by the name that the visitor has come by
 * @property {string} probe a picture there, which loads only with trust
 * @property {string[]} others its other addresses
 * @property {string} authority the name that systems list
 * @property {string} fingerprint
 */

const query = new URLSearchParams(location.search)
const language = chooseLanguage()
const words = languages[language]
const browser = whichBrowser()
const systems = whichSystems()

writeWords()
drawWarning()
/** @type {Box} */
const box = await fetch('/trust/box.json').then((answer) => answer.json())
writeBox()
// Who comes with ?stay has a way in already and wants to read here.
if (!query.has('stay')) watch()

/** @returns {Language} */
function chooseLanguage() {
  const wanted = [query.get('lang') ?? '', ...navigator.languages].map((tag) => tag.split('-')[0])
  return /** @type {Language | undefined} */ (wanted.find((tag) => Object.hasOwn(languages, tag))) ?? 'en'
}

/** Whose warning it will be. @returns {keyof typeof warnings} */
function whichBrowser() {
  if (/Firefox\//.test(navigator.userAgent)) return 'firefox'
  // On iPhones and iPads all browsers are Safari inside.
  return /Chrome\//.test(navigator.userAgent) ? 'chromium' : 'safari'
}

/** The systems whose steps this visitor needs. @returns {SystemName[]} */
function whichSystems() {
  const agent = navigator.userAgent
  // An iPad says that it is a Mac, but no Mac can be touched.
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return ['ios']
  if (/Android/.test(agent)) return browser === 'firefox' ? ['android', 'firefoxAndroid'] : ['android']
  if (/Windows/.test(agent)) return ['windows']
  if (/Macintosh/.test(agent)) return ['macos']
  return browser === 'firefox' ? ['firefox'] : ['linux']
}

function writeWords() {
  document.documentElement.lang = language
  document.title = words.title
  for (const place of document.querySelectorAll('[data-words]')) {
    const sentence = words[/** @type {keyof typeof words} */ (place.getAttribute('data-words'))]
    if (typeof sentence === 'string') place.textContent = sentence
  }
  find('languages').setAttribute('aria-label', words.language)
  for (const link of find('languages').querySelectorAll('a')) {
    const other = new URLSearchParams(query)
    other.set('lang', link.lang)
    link.search = other.toString()
    if (link.lang === language) link.setAttribute('aria-current', 'true')
  }
  find('continue').setAttribute('href', `/trust/continue${onward()}`)
}

/** The drawing and its steps, in the words that this browser uses. */
function drawWarning() {
  const host = location.hostname
  const short = host.length > LONGEST_HOST ? `${host.slice(0, LONGEST_HOST)}…` : host
  const spoken = /^(pl|szl)/.test(navigator.language) ? 'pl' : 'en'
  const [first, second] = warnings[browser][spoken]
  find('picture').textContent = words.picture
  find('warning-host').textContent = short
  find('warning-first').textContent = first
  find('warning-second').textContent = second.replace('{host}', short)
  const steps = words.warnedSteps.map((step) => step.replace('{first}', first).replace('{second}', second.replace('{host}', host)))
  find('warned-steps').append(...steps.map((step) => make('li', {}, ...emphasized(step))))
}

/** What had to be asked of the box. */
function writeBox() {
  find('continue').setAttribute('href', `${box.https}/${onward()}`)
  // A line may end after each colon.
  find('fingerprint').append(...box.fingerprint.split(/(?<=:)/).flatMap((octet) => [octet, make('wbr', {})]))
  const all = /** @type {SystemName[]} */ (Object.keys(words.systems))
  find('own').append(...systems.map((name) => make('div', { class: 'system' }, make('h3', {}, words.systems[name].name), ...howTo(name))))
  find('others').append(...all.filter((name) => !systems.includes(name)).map((name) =>
    make('details', { class: 'system' }, make('summary', {}, words.systems[name].name), ...howTo(name))))
  find('addresses').hidden = box.others.length === 0
  find('address-list').append(...box.others.flatMap((address) => [make('a', { href: `${address}/${onward()}` }, address.replace('https://', '')), ' ']))
}

/** @param {SystemName} name */
function howTo(name) {
  const { file, steps, note } = words.systems[name]
  /** @type {Record<string, string>} */
  const link = file === 'profile'
    ? { class: 'button', href: '/wizyjno.mobileconfig' }
    : { class: 'button', href: '/ca.crt', download: 'wizyjno.crt' }
  const list = steps.map((step) => make('li', {}, ...emphasized(step.replace('{authority}', box.authority))))
  return [
    make('p', {}, make('a', link, words.download[file])),
    make('ol', { class: 'steps' }, ...list),
    ...(note ? [make('p', { class: 'note' }, note)] : []),
  ]
}

/** Looks for trust now, when the visitor comes back, and every few seconds in between. */
function watch() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next
  let looking = false
  const look = () => {
    clearTimeout(next)
    if (looking || document.hidden) return
    looking = true
    const picture = new Image()
    picture.onload = () => {
      find('watch').textContent = words.trusted
      location.replace(`${box.https}/${onward()}`)
    }
    picture.onerror = () => {
      looking = false
      next = setTimeout(look, PAUSE)
    }
    picture.src = `${box.probe}?${Date.now()}`
  }
  document.addEventListener('visibilitychange', look)
  look()
}

/** The query to go on with: the language, if it was chosen. */
function onward() {
  const chosen = query.get('lang')
  return chosen && Object.hasOwn(languages, chosen) ? `?lang=${chosen}` : ''
}

/** Text whose parts *between stars* stand out. @param {string} text */
function emphasized(text) {
  return text.split('*').map((part, index) => (index % 2 ? make('strong', {}, part) : part))
}

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`index.html has no #${id}`)
  return element
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function make(name, attributes, ...children) {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children)
  return element
}
