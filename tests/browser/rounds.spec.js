// Whoever leaves a call in the middle of its beginning, and comes back, over and over, is seen and heard as anybody.
import assert from 'node:assert/strict'
import { whileBusy } from './busy.js'
import { play } from './play.js'
import { everybody, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'

/** @import { Person } from '../shared/person.js' */

const ROUNDS = 20

/** What a page asks of its browser for the two connections to the relay: two descriptions each. */
const OPERATIONS = 4

/** Milliseconds within which everybody sees everybody after the last round. */
const SOON_MS = 10_000

play('somebody leaves a room of two in the middle of coming into it, over and over, and sees everybody in the end', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const [ann, bob, cyd] = all
  await leavesInTheMiddle(cyd)
  for (const one of all) await one.enter(box)
  await together(ann, bob)
  await whileBusy(async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await leavesDuring(cyd, round % OPERATIONS)
      await invited(ann, cyd)
      await hasLeft(cyd)
    }
    await seenSoon(all, () => invited(ann, cyd))
  })
  await everybody(all, (one, other) => one.seesAndHears(other.name))
})

play('somebody takes a call and hangs up in the middle of it, over and over: the two see each other in the end', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob'].map(name => person(name)))
  const [ann, bob] = all
  await leavesInTheMiddle(bob)
  for (const one of all) await one.enter(box)
  for (let round = 0; round < ROUNDS; round += 1) {
    await leavesDuring(bob, round % OPERATIONS)
    await together(ann, bob)
    await hasLeft(bob)
    await ann.room.waitFor({ state: 'detached' })
  }
  await seenSoon(all, () => together(ann, bob))
  await everybody(all, (one, other) => one.seesAndHears(other.name))
})

/** Everybody has a moving picture of everybody else soon after that. @param {Person[]} people @param {() => Promise<void>} after */
async function seenSoon(people, after) {
  await after()
  const start = Date.now()
  const pairs = people.flatMap(one => people.filter(other => other !== one).map(other => ({ one, other })))
  await Promise.all(pairs.map(async ({ one, other }) => {
    await one.tile(other.name).and(one.page.locator('[data-trouble=false]')).waitFor()
    await one.sees(other.name)
  }))
  const took = Date.now() - start
  console.info(`everybody is seen after ${took} ms`)
  assert.ok(took < SOON_MS, `it took ${took} ms until everybody saw everybody`)
}

/** To be called before the page is opened: it can then be made to hang up while the browser works on a description. @param {Person} person */
async function leavesInTheMiddle(person) {
  await person.context.addInitScript(() => {
    const { setLocalDescription, setRemoteDescription } = RTCPeerConnection.prototype
    let operations = -1
    Object.assign(window, { leaves: 0, leaveDuring: (/** @type {number} */ number) => (operations = number) })
    /** @template T @param {() => Promise<T>} begin @returns {Promise<T>} */
    const leave = async begin => {
      if (operations < 0 || operations-- > 0) return begin()
      const hangUp = () => [...document.querySelectorAll('button')].find(({ ariaLabel, textContent }) => (ariaLabel ?? textContent) === 'Hang up')
      // The page may draw the call later than it makes its connections.
      while (!hangUp()) await new Promise(requestAnimationFrame)
      const begun = begin()
      hangUp()?.click()
      Object.assign(window, { leaves: Reflect.get(window, 'leaves') + 1 })
      return begun
    }
    // Only as the page calls them: the old ones with callbacks are not meant.
    Object.assign(RTCPeerConnection.prototype, {
      /** @this {RTCPeerConnection} @param {RTCSessionDescriptionInit} description */
      setLocalDescription(description) {
        return leave(() => Reflect.apply(setLocalDescription, this, [description]))
      },
      /** @this {RTCPeerConnection} @param {RTCSessionDescriptionInit} description */
      setRemoteDescription(description) {
        return leave(() => Reflect.apply(setRemoteDescription, this, [description]))
      },
    })
  })
}

/** Makes the page hang up while the browser works on the description of that number, counted from now. @param {Person} person @param {number} number */
async function leavesDuring(person, number) {
  await person.page.evaluate(number => {
    Object.assign(window, { leaves: 0 })
    Reflect.get(window, 'leaveDuring')(number)
  }, number)
}

/** It has done so. @param {Person} person */
async function hasLeft(person) {
  await until(`${person.name} has hung up`, () => person.page.evaluate(() => Reflect.get(window, 'leaves') === 1))
  await person.room.waitFor({ state: 'detached' })
}
