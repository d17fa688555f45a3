// A test as a little play, wherever it is set: a box, people with browsers, a story, and everything put away afterwards.
import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { together } from './room.js'

/** @import { TestContext } from 'node:test' */
/** @import { Person } from './person.js' */

const ARTIFACTS = fileURLToPath(new URL('../.artifacts/', import.meta.url))

/** Longer than all the waits of one story; only a hang gets here. */
const LONGEST_MS = 4 * 60_000

/** @typedef {Omit<Parameters<typeof Person.open>[1], 'ca'>} Options */

/**
 * Where the page is, what the box has printed, and how somebody's browser is opened there.
 * @typedef {{ page: string, log: () => string, open: (name: string, options?: Options) => Promise<Person> }} Setting
 */

/**
 * @typedef {object} Stage
 * @property {Setting['open']} person opens somebody's browser; the page is not visited yet
 * @property {(...names: string[]) => Promise<Person[]>} lobby opens the browsers and has them all enter
 * @property {(...names: string[]) => Promise<Person[]>} room the same, and the first one calls all others into one room
 */

/**
 * @template T
 * @param {string} sentence what is true
 * @param {(test: TestContext) => Promise<Setting & T>} begin sets the stage, and has the test put it away
 * @param {(stage: Stage & T) => Promise<void>} story
 */
export function stage(sentence, begin, story) {
  test(sentence, { timeout: LONGEST_MS }, async test => {
    const setting = await begin(test)
    /** @type {Person[]} */
    const people = []
    /** @type {Stage['person']} */
    const person = async (name, options) => {
      const one = await setting.open(name, options)
      people.push(one)
      return one
    }
    /** @type {Stage['lobby']} */
    const lobby = async (...names) => {
      const all = await Promise.all(names.map(name => person(name)))
      // One after the other, so that the list has the same order every time.
      for (const one of all) await one.enter(setting)
      return all
    }
    /** @type {Stage['room']} */
    const room = async (...names) => {
      const all = await lobby(...names)
      await together(...all)
      return all
    }
    try {
      await story({ ...setting, person, lobby, room })
      for (const one of people) assert.deepEqual(one.faults, [], `${one.name}'s page has faults`)
    } catch (error) {
      await keep(sentence, setting.log(), people)
      throw error
    } finally {
      await Promise.allSettled(people.map(one => one.close()))
    }
  })
}

/**
 * Keeps what somebody needs to see why a play failed.
 * @param {string} sentence @param {string} log what the box said @param {readonly Person[]} people
 */
async function keep(sentence, log, people) {
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
