// Browsers as people have them: Chromium or Firefox of the distribution, with a fake camera and microphone, and with
// trust in the box's authority where its person gave that, so that nothing is hidden by a flag.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, firefox } from 'playwright-core'
import { writeMedia } from './media.js'

/** @import { BrowserContext, BrowserContextOptions } from 'playwright-core' */
/** @import { Costume } from './media.js' */

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr'

/** Milliseconds: the machine may be small and busy. */
const START_MS = 60_000

/**
 * The devices: a camera and a microphone that may be used, several cameras, none at all, or such that the person
 * keeps from the page.
 * @typedef {'allowed' | 'several' | 'missing' | 'denied'} Devices
 */

/**
 * @typedef {object} Setting
 * @property {string} home a folder for whatever the browser keeps
 * @property {string | null} ca the certificate of the authority that it trusts
 * @property {string} program
 * @property {string} [resolves] a name that leads to loopback, as it leads to the box on a LAN
 * @property {BrowserContextOptions} context a phone, another language, …
 */

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // On a machine without a network there are no other addresses than loopback's.
  '--allow-loopback-in-peer-connection',
]

/** @param {Setting & { costume: Costume, devices: Devices }} setting @returns {Promise<BrowserContext>} */
export async function openChromium({ home, costume, ca, program, devices, resolves, context }) {
  const { camera, microphone } = await writeMedia(home, costume)
  if (ca) await trust(join(home, '.pki', 'nssdb'), ca)
  return chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: program,
    headless: true,
    env: { ...process.env, HOME: home },
    timeout: START_MS,
    args: [
      ...QUIET,
      ...(resolves ? [`--host-resolver-rules=MAP ${resolves} 127.0.0.1`] : []),
      ...(devices === 'missing'
        ? []
        : [
            // There is only one camera where a file is what it sees, and the second of several is one for depth.
            ...(devices === 'several'
              ? ['--use-fake-device-for-media-stream=device-count=3']
              : ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`]),
            `--use-file-for-fake-audio-capture=${microphone}`,
          ]),
      ...(devices === 'denied' ? [] : ['--use-fake-ui-for-media-stream']),
    ],
    ...context,
  })
}

/** Driven over WebDriver BiDi, which the distribution's Firefox speaks by itself. @param {Setting & { hertz: number }} setting @returns {Promise<BrowserContext>} */
export async function openFirefox({ home, hertz, ca, program, context }) {
  const profile = join(home, 'profile')
  if (ca) await trust(profile, ca)
  return firefox.launchPersistentContext(profile, {
    channel: 'moz-firefox',
    executablePath: program,
    headless: true,
    env: { ...process.env, HOME: home },
    timeout: START_MS,
    firefoxUserPrefs: {
      'media.navigator.streams.fake': true,
      'media.navigator.audio.fake_frequency': hertz,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
    },
    ...context,
  })
}

/** Puts the authority where browsers on Linux look for those their person trusts. @param {string} database @param {string} ca */
export async function trust(database, ca) {
  const run = promisify(execFile)
  await mkdir(database, { recursive: true })
  await run('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'])
  await run('certutil', ['-d', `sql:${database}`, '-A', '-t', 'C,,', '-n', 'the box', '-i', ca])
}
