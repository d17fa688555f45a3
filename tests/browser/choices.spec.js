// What a person chose stays chosen: muted stays muted and a camera that is off stays off, whatever becomes of the page.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { overhear } from '../shared/connections.js'
import { play } from './play.js'
import { meet, together } from '../shared/room.js'
import { until } from '../shared/until.js'

/** @import { Person } from '../shared/person.js' */

/** Packets of sound in 2.5 s; a muted microphone sends them as well. */
const LONG_ENOUGH = 125

/** Sum of squares (W3C WebRTC statistics, totalAudioEnergy) below which nothing was said; a costume's tone makes 0.05 in a tenth of a second. */
const SILENCE = 0.001

play('muted and with the camera off she comes back from a reload as she was: on her buttons, in the news, in the packets', async ({ box, person }) => {
  const [ann, bob] = await unheardAndUnseen(box, person)
  const before = await received(bob)
  await ann.page.reload()
  await stillUnheardAndUnseen(ann, bob, before)

  await ann.button('Unmute').click()
  await ann.button('Turn camera on').click()
  await bob.seesAndHears('Ann')
})

play('a second tab takes her place over as muted as she was, also where it knows nothing of that but what the box tells', async ({ box, person }) => {
  const [ann, bob] = await unheardAndUnseen(box, person)
  const before = await received(bob)
  const second = await ann.anotherTab()
  await second.enter(box)
  await second.room.waitFor()
  await stillUnheardAndUnseen(second, bob, before)

  // As another device that got nothing but the token.
  const third = await ann.anotherTab()
  await third.visit(box)
  await third.page.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key !== 'wizyjno.token') localStorage.removeItem(key)
  })
  await third.enter(box)
  await third.room.waitFor()
  await stillUnheardAndUnseen(third, bob, before)
})

play('the box restarts, and her page is loaded again meanwhile: she is as muted as before, and is not disturbed', async ({ box, person }) => {
  const [ann, bob] = await unheardAndUnseen(box, person)
  await ann.page.getByLabel(words.people.yourStatus).selectOption('do_not_disturb')
  await disturbed(bob, 'do_not_disturb')
  await ann.page.evaluate(() => navigator.serviceWorker.ready)
  await ann.page.reload() // by way of the worker, which keeps the page
  await ann.room.waitFor()
  await box.kill()
  await ann.page.reload()
  await ann.reads(words.connection.lost)
  const before = await received(bob)
  await box.startAgain()
  await stillUnheardAndUnseen(ann, bob, before)
  await disturbed(bob, 'do_not_disturb')
})

play('a shared screen goes nowhere by itself: not along into another call', async ({ lobby }) => {
  const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
  await together(ann, bob)
  await ann.button('Share screen').click()
  await bob.tile("Ann's screen").waitFor()
  await cyd.call('Ann')
  await ann.answers('Cyd', 'Leave and join')
  await cyd.seesAndHears('Ann')
  await ann.button('Share screen').waitFor()
  await until('the room knows of no screen', () => cyd.page.evaluate(() => window.wizyjno.state().room?.members.every(({ media }) => !media.screen)))
  assert.equal(await cyd.tile("Ann's screen").count(), 0)
})

play("a host's mute lasts over a reload, and ends with the call", async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await ann.button('Options for Bob').click()
  await ann.page.getByRole('menuitem', { name: words.call.askToMute, exact: true }).click()
  await bob.room.getByRole('button', { name: 'Unmute', exact: true }).waitFor()
  await bob.page.reload()
  await bob.room.waitFor()
  await bob.room.getByRole('button', { name: 'Unmute', exact: true }).waitFor()
  await bob.hangUp()
  await bob.button('Mute').waitFor()
})

/** Ann and Bob in a call, in which she has muted herself and switched the camera off. @param {any} box @param {(name: string) => Promise<Person>} person */
async function unheardAndUnseen(box, person) {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await overhear(bob)
  await meet(box, ann, bob)
  await bob.seesAndHears('Ann')
  await ann.button('Mute').click()
  await ann.button('Turn camera off').click()
  await known(bob, { microphone: false, camera: false, screen: false })
  await until('nothing of her is on its way any more', async () => {
    const before = await received(bob)
    await until('more packets come', async () => (await received(bob)).packets > before.packets + 25)
    const now = await received(bob)
    return now.frames === before.frames && now.energy - before.energy < SILENCE
  })
  return [ann, bob]
}

/** @param {Person} ann @param {Person} bob @param {{ packets: number, frames: number, energy: number }} before what he had got */
async function stillUnheardAndUnseen(ann, bob, before) {
  await until('she is there again', () => bob.page.evaluate(() => window.wizyjno.state().room?.members.every(({ reconnecting }) => !reconnecting)))
  const { packets } = await received(bob)
  await until('2.5 s of sound have come', async () => (await received(bob)).packets > packets + LONG_ENOUGH)
  const now = await received(bob)
  console.info(`of Ann came ${now.packets - before.packets} packets of sound with an energy of ${(now.energy - before.energy).toFixed(4)}, and ${now.frames - before.frames} pictures`)
  assert.ok(now.energy - before.energy < SILENCE, `an energy of ${now.energy - before.energy}`)
  assert.equal(now.frames - before.frames, 0, 'pictures')
  await ann.button('Unmute').waitFor()
  await ann.button('Turn camera on').waitFor()
  await known(bob, { microphone: false, camera: false, screen: false })
}

/** What the list says of Ann. @param {Person} bob @param {string} status */
async function disturbed(bob, status) {
  await until(`the list says ${status}`, () => bob.page.evaluate(
    status => [...window.wizyjno.state().people.values()].some(person => person.name === 'Ann' && person.status === status), status))
}

/** What the room says of Ann. @param {Person} bob @param {object} media */
async function known(bob, media) {
  await until(`the room knows ${JSON.stringify(media)}`, async () => {
    const told = await bob.page.evaluate(() => window.wizyjno.state().room?.members.find(({ name }) => name === 'Ann')?.media)
    assert.deepEqual(told, media)
    return true
  })
}

/** All that ever came on all connections, those included that are closed. @param {Person} person @returns {Promise<{ packets: number, frames: number, energy: number }>} */
async function received(person) {
  return person.page.evaluate(async () => {
    const connections = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))
    /** @type {Map<string, { packets: number, frames: number, energy: number }>} */
    const tally = Reflect.get(window, 'tally') ?? new Map()
    Reflect.set(window, 'tally', tally)
    await Promise.all(connections.map(async (connection, n) => {
      if (connection.connectionState === 'closed') return
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue
        const audio = report.kind === 'audio'
        tally.set(`${n} ${report.ssrc}`, { packets: audio ? report.packetsReceived : 0, frames: report.framesDecoded ?? 0, energy: report.totalAudioEnergy ?? 0 })
      }
    }))
    const sum = { packets: 0, frames: 0, energy: 0 }
    for (const one of tally.values()) for (const key of /** @type {const} */ (['packets', 'frames', 'energy'])) sum[key] += one[key]
    return sum
  })
}
