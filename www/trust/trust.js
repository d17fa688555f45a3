// The page that leads to trust: speaks the visitor's language, shows the steps of the visitor's system first, and on the
// plain port moves on by itself once the browser trusts the box. On https the visitor is past the warning already.
/** @import { SystemName } from './systems.js' */
/** @import { Language } from './words.js' */

import { held, systems, warnings } from './systems.js'
import { holdsBack, whichBrowser, whichSystems } from './visitor.js'
import { languages } from './words.js'

/** How long to wait before looking for trust again, in milliseconds. */
const PAUSE = 3000

/** The page on https. */
const PAGE = '/trust'

/** A host name longer than this does not fit into the drawing. */
const LONGEST_HOST = 24

/**
 * What the box says of itself.
 * @typedef {object} Box
 * @property {string} https where it is on https, by the name that the visitor has come by
 * @property {string} probe a picture there, which loads only with trust
 * @property {string[]} others its other addresses
 * @property {string} authority the name that systems list
 */

const query = new URLSearchParams(location.search)
const language = chooseLanguage()
const words = languages[language]
const steps = systems[language]
const own = whichSystems(navigator)
const past = location.protocol === 'https:'
/** The path of the space and of the room that the link leads to; empty: the lobby. */
const place = location.pathname.match(/^(\/s\/[^/]+)?(\/r\/\d+)?/)?.[0] ?? ''
/** The language that the browser speaks itself; none speaks Silesian. */
const spoken = /^(pl|szl)/.test(navigator.language) ? 'pl' : 'en'

writeWords()
if (past) writePast()
else drawWarning()
/** @type {Box} */
const box = await fetch('/trust/box.json').then((answer) => answer.json())
writeBox()
// Who comes with ?stay has a way in already and wants to read here.
if (!past && !query.has('stay')) watch()

/** @returns {Language} */
function chooseLanguage() {
  const wanted = [query.get('lang') ?? '', ...navigator.languages].map((tag) => tag.split('-')[0])
  return /** @type {Language | undefined} */ (wanted.find((tag) => Object.hasOwn(languages, tag))) ?? 'en'
}

function writeWords() {
  document.documentElement.lang = language
  document.title = words.title
  for (const place of document.querySelectorAll('[data-words]')) {
    const sentence = words[/** @type {keyof typeof words} */ (place.getAttribute('data-words'))]
    if (typeof sentence === 'string') place.replaceChildren(...emphasized(sentence))
  }
  find('languages').setAttribute('aria-label', words.language)
  for (const link of find('languages').querySelectorAll('a')) {
    const other = new URLSearchParams(query)
    other.set('lang', link.lang)
    link.search = other.toString()
    if (link.lang === language) link.setAttribute('aria-current', 'true')
  }
  find('continue').setAttribute('href', `/trust/continue${place}${onward()}`)
}

/** For whoever has come over https. */
function writePast() {
  find('heading').textContent = words.pastHeading
  find('lead').textContent = words.pastLead
  document.title = `Wizyjno Godka: ${words.pastHeading}`
  for (const id of ['warned', 'watching']) find(id).hidden = true
  // Beside a call that goes on in another tab there is nowhere to go back to here.
  find('continue').hidden = query.has('aside')
}

/** The drawing and its steps, in the words that this browser uses. */
function drawWarning() {
  const host = location.hostname
  const short = host.length > LONGEST_HOST ? `${host.slice(0, LONGEST_HOST)}…` : host
  const shown = warnings[whichBrowser(navigator)][spoken]
  const [first, second, third] = shown
  find('picture').textContent = words.picture
  find('warning-host').textContent = short
  find('warning-first').textContent = first
  find('warning-second').textContent = second.replace('{host}', short)
  if (third) {
    find('warning-last').setAttribute('visibility', 'visible')
    find('warning-third').textContent = third
  }
  find('warned-steps').append(...shown.map((button, at) =>
    make('li', {}, ...emphasized(words.warnedSteps[at].replace('{button}', button.replace('{host}', host))))))
}

/** What had to be asked of the box. */
function writeBox() {
  find('continue').setAttribute('href', `${box.https}${place || '/'}${onward()}`)
  const all = /** @type {SystemName[]} */ (Object.keys(steps))
  find('own').append(...own.map((name) => make('div', { class: 'system' }, make('h3', {}, steps[name].name), ...howTo(name))))
  find('others').append(...all.filter((name) => !own.includes(name)).map((name) =>
    make('details', { class: 'system' }, make('summary', {}, steps[name].name), ...howTo(name))))
  find('addresses').hidden = box.others.length === 0
  find('address-list').append(...box.others.flatMap((address) => [make('a', { href: `${address}${place || '/'}${onward()}` }, address.replace('https://', '')), ' ']))
}

/** @param {SystemName} name */
function howTo(name) {
  const { steps: list, note } = steps[name]
  return [
    ...download(name),
    make('ol', { class: 'steps' }, ...list.map((step) => make('li', {}, ...emphasized(step.replace('{authority}', box.authority))))),
    ...(note ? [make('p', { class: 'note' }, note)] : []),
  ]
}

/** The file, and where it comes without a question if the browser would hold it back here. @param {SystemName} name */
function download(name) {
  const { file } = steps[name]
  /** @type {Record<string, string>} */
  const link = file === 'profile'
    ? { class: 'button', href: '/wizyjno.mobileconfig' }
    : { class: 'button', href: '/ca.crt', download: 'wizyjno.crt' }
  const button = make('p', {}, make('a', link, words.download[file]))
  if (past || !own.includes(name) || !holdsBack(navigator)) return [button]
  return [
    make('p', {}, words.there),
    make('p', {}, make('a', { class: 'button strong', href: `${box.https}${PAGE}${onward()}` }, words.goThere)),
    make('p', {}, ...emphasized(words.keep.replace('{button}', held[spoken][1]))),
    button,
    drawHeld(),
  ]
}

/** What the browser will say of the download. */
function drawHeld() {
  const template = /** @type {HTMLTemplateElement} */ (find('held'))
  const drawing = /** @type {Element} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true))
  for (const [place, text] of [['title', words.keepPicture], ['.host', held[spoken][0]], ['.link', held[spoken][1]]]) {
    /** @type {Element} */ (drawing.querySelector(place)).textContent = text
  }
  return drawing
}

/** Looks for trust at once, when the visitor comes back, and every few seconds in between. */
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
      location.replace(`${box.https}${place || '/'}${onward()}`)
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
