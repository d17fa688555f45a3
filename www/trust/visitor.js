// Who the visitor is, as far as the user agent tells: whose warning comes, what becomes of the download, and whose
// steps are needed. Pure.
/** @import { SystemName } from './systems.js' */
/** @import { Warned } from './systems.js' */

/**
 * What a browser says of itself.
 * @typedef {object} Visitor
 * @property {string} userAgent
 * @property {number} maxTouchPoints
 */

/** An iPad says that it is a Mac, but no Mac can be touched. @param {Visitor} visitor */
const isApplePhone = ({ userAgent, maxTouchPoints }) =>
  /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)

/**
 * Whose warning it will be. On an iPhone all browsers are Safari inside, but each has a warning of its own.
 * @param {Visitor} visitor
 * @returns {Warned}
 */
export function whichBrowser(visitor) {
  const agent = visitor.userAgent
  if (/FxiOS\//.test(agent)) return 'firefoxIos'
  if (/Edg(iOS|A)?\//.test(agent)) return 'edge'
  if (/Firefox\//.test(agent)) return /Android/.test(agent) ? 'firefoxAndroid' : 'firefox'
  return /(Chrome|Chromium|CriOS)\//.test(agent) ? 'chromium' : 'safari'
}

/**
 * The systems whose steps this visitor needs.
 * @param {Visitor} visitor
 * @returns {SystemName[]}
 */
export function whichSystems(visitor) {
  const agent = visitor.userAgent
  if (isApplePhone(visitor)) return ['ios']
  const firefox = /Firefox\//.test(agent)
  if (/Android/.test(agent)) return firefox ? ['android', 'firefoxAndroid'] : ['android']
  if (/Windows/.test(agent)) return ['windows']
  if (/Macintosh/.test(agent)) return ['macos']
  // It says X11, too, but what it has of Linux is elsewhere.
  if (/CrOS/.test(agent)) return ['chromeos']
  return firefox ? ['firefox'] : ['linux']
}

/** Whether it holds a certificate back that comes over plain HTTP, until one says *Keep*. @param {Visitor} visitor */
export function holdsBack(visitor) {
  return !isApplePhone(visitor) && ['chromium', 'edge'].includes(whichBrowser(visitor))
}
