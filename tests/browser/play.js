// A test as a little play: the box, the people, a story, and everything put away afterwards.
import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Box } from './box.js'
import { Person } from './person.js'

const ARTIFACTS = fileURLToPath(new URL('../.artifacts/', import.meta.url))

/** Longer than all the waits of one story; only a hang gets here. */
const LONGEST_MS = 4 * 60_000

/**
 * @typedef {object} Stage
 * @property {Box} box
 * @property {(name: string, options?: Omit<Parameters<typeof Person.open>[1], 'ca'>) => Promise<Person>} person
 *   opens somebody's browser; the page is not visited yet
 * @property {(...names: string[]) => Promise<Person[]>} lobby opens the browsers and has them all enter
 */

/**
 * @param {string} sentence what is true
 * @param {(stage: Stage) => Promise<void>} story
 * @param {{ box?: readonly string[] }} [setting] options for the box
 */
export function play(sentence, story, setting = {}) {
  test(sentence, { timeout: LONGEST_MS }, async () => {
    const box = await Box.start(setting.box)
    /** @type {Person[]} */
    const people = []
    /** @type {Stage['person']} */
    const person = async (name, options) => {
      const one = await Person.open(name, { ca: box.ready.ca, ...options })
      people.push(one)
      return one
    }
    /** @type {Stage['lobby']} */
    const lobby = async (...names) => {
      const all = await Promise.all(names.map(name => person(name)))
      // One after the other, so that the list has the same order every time.
      for (const one of all) await one.enter(box)
      return all
    }
    try {
      await story({ box, person, lobby })
      for (const one of people) assert.deepEqual(one.faults, [], `${one.name}'s page has faults`)
    } catch (error) {
      await keep(sentence, box.log, people)
      throw error
    } finally {
      await Promise.allSettled(people.map(one => one.close()))
      await box.end()
    }
  })
}

/**
 * Keeps what somebody needs to see why a play failed.
 * @param {string} sentence @param {string} log what the box said @param {readonly Person[]} people
 */
export async function keep(sentence, log, people) {
  const folder = join(ARTIFACTS, sentence.replaceAll(/[^\p{L}\p{N}]+/gu, '-'))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'box.log'), log)
  for (const one of people) {
    await writeFile(join(folder, `${one.name}.console.log`), one.console.join('\n'))
    for (const [n, page] of one.context.pages().entries()) {
      const file = join(folder, `${one.name}-${n}`)
      // A browser that hangs or has died has nothing to show; the rest is still worth keeping.
      await page.screenshot({ path: `${file}.png`, timeout: 10_000 }).catch(() => {})
      const outline = await page.locator('body').ariaSnapshot({ timeout: 10_000 }).catch(String)
      await writeFile(`${file}.outline.yml`, outline)
    }
  }
  console.error(`what was on the screens: ${folder}`)
}
