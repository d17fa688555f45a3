// The box on a host of the lab: the real program, as its owner starts it.
import { serve } from '../shared/box.js'

/** @import { Ready } from '../shared/box.js' */
/** @import { Lab } from './lab.js' */

/** How many have been started, because each has its own keys. */
let boxes = 0

/** @param {Lab} lab @param {string} host @param {string[]} options */
export async function startBox(lab, host, ...options) {
  return serve((...command) => lab.start(host, ...command), lab.folder(`box-${++boxes}`), options)
}

/**
 * What a page of the box is on a host that trusts it. Fails without an answer that says 200 within two seconds.
 * @param {Lab} lab @param {string} host @param {{ ready: Ready }} box @param {string} url @param {string[]} options more of curl's
 */
export async function get(lab, host, box, url, ...options) {
  return lab.run(host, 'curl', '--cacert', box.ready.ca, '--fail', '--silent', '--show-error', '--max-time', '2', ...options, url)
}
