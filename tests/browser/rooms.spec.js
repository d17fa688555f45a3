// Rooms of many: through the box everybody sees and hears everybody, and two go straight when they can.
import assert from 'node:assert/strict'
import { encoded, overhear, streamsOf } from '../shared/connections.js'
import { changes, longestGap, prepare, record, recorded } from '../shared/gaps.js'
import { play } from './play.js'
import { everybody, goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'

/** @import { Person } from '../shared/person.js' */

play('three people in a room see and hear each other, and sound comes twice, so that no loss is heard', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  for (const one of all) {
    await overhear(one)
    await one.enter(box)
  }
  const [ann, bob, cyd] = all
  await together(ann, bob, cyd)
  await everybody(all, (one, other) => one.seesAndHears(other.name))
  await everybody(all, (one, other) => goes('relay', one, other))
  for (const one of all) {
    for (const { packets, repeats } of await soundOf(one)) {
      assert.ok(repeats > packets / 2, `${one.name} got ${packets} packets of sound, and ${repeats} of them brought what was there before`)
    }
  }
})

/** What somebody hears of others by way of the box. @param {Person} person */
async function soundOf(person) {
  const sounds = (await streamsOf(person)).filter(({ sent, kind, packets }) => !sent && kind === 'audio' && packets > 0)
  assert.ok(sounds.length > 0)
  return sounds
}

/**
 * Milliseconds without a new picture or sound, as the way changes and at any time while browsers come and go. A busy
 * machine makes long ones by itself.
 */
const LONGEST_GAP = { change: 1_000, ever: 2_000 }

play('a third comes and goes: the two go straight, through the box, and straight again, and nobody sees black', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const [ann, bob, cyd] = all
  for (const one of all) {
    await prepare(one)
    await one.enter(box)
  }
  const pair = [ann, bob]
  await together(ann, bob)
  await everybody(pair, (one, other) => one.sees(other.name))
  await everybody(pair, (one, other) => goes('direct', one, other))
  await everybody(pair, (one, other) => record(one, other.name))
  for (const one of pair) await until('the relay rests', () => one.page.evaluate(() => window.wizyjno?.state().relay?.rest))
  const direct = await Promise.all(pair.map(async one => (await recorded(one)).pictures.at(-1)?.connection))

  const joined = Date.now()
  await invited(ann, cyd)
  await everybody(pair, (one, other) => goes('relay', one, other))
  await everybody(all, (one, other) => one.seesAndHears(other.name))
  for (const [n, one] of pair.entries()) {
    const { pictures, closings } = await until('the direct path ends', async () => {
      const seen = await recorded(one)
      return seen.closings.some(({ connection }) => connection === direct[n]) && seen
    })
    const relayed = pictures.find(({ connection }) => connection !== direct[n])
    const end = closings.find(({ connection }) => connection === direct[n])
    assert.ok(relayed && end && relayed.at < end.at, `${one.name} saw the relayed picture at ${relayed?.at}, and the direct path was closed at ${end?.at}`)
  }

  const left = Date.now()
  await cyd.hangUp()
  await everybody(pair, (one, other) => goes('direct', one, other))
  await everybody(pair, (one, other) => one.seesAndHears(other.name))

  const end = Date.now()
  for (const one of pair) {
    const seen = await recorded(one)
    for (const [what, from, to] of /** @type {const} */ ([['joined', joined, left], ['left', left, end]])) {
      for (const kind of /** @type {const} */ (['pictures', 'sounds'])) {
        const [there, longest] = [changes(seen[kind], from, to), Math.round(longestGap(seen[kind], from, to))]
        const told = `a third ${what}: ${one.name} got no ${kind} for ${there} ms as the way changed, and at any time for at most ${longest} ms`
        console.info(told)
        assert.equal(there.length, 1, told)
        assert.ok(there[0] < LONGEST_GAP.change && longest < LONGEST_GAP.ever, told)
      }
    }
    const blank = seen.looks.filter(({ rgb }) => !rgb || rgb.slice(0, 3).every(part => part < 20))
    assert.deepEqual(blank, [], 'the picture is never black')
  }
})

play('a page that is loaded again in a room of three comes back into it', async ({ room }) => {
  const all = await room('Ann', 'Bob', 'Cyd')
  await everybody(all, (one, other) => one.sees(other.name))
  await all[1].page.reload()
  await everybody(all, (one, other) => one.seesAndHears(other.name))
})

play('the box loses power and comes back: the room of three forms again', async ({ box, room }) => {
  const all = await room('Ann', 'Bob', 'Cyd')
  await everybody(all, (one, other) => one.sees(other.name))
  await box.kill()
  await box.startAgain()
  await everybody(all, (one, other) => one.seesAndHears(other.name))
})

play('four people in a room see and hear each other, and one who is muted is silent', async ({ room }) => {
  const all = await room('Ann', 'Bob', 'Cyd', 'Dee')
  const [ann, , , dee] = all
  await everybody(all, (one, other) => one.seesAndHears(other.name))
  await dee.button('Mute').click()
  await until('Ann hears silence', async () => (await ann.loudest('Dee')).decibels < -90)
  await dee.button('Turn camera off').click()
  await ann.tile('Dee').and(ann.page.locator('[data-shown=false]')).waitFor()
  await dee.button('Turn camera on').click()
  await ann.sees('Dee')
})

play('somebody whose browser knows H.264 and no VP8 is in a room of three', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const [ann, bob, cyd] = all
  await cyd.context.addInitScript(() => {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      /** @override */
      async setLocalDescription() {
        const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs.filter(({ mimeType }) => /H264|rtx/.test(mimeType)) ?? []
        const pictures = this.getTransceivers().filter(({ receiver }) => receiver.track.kind === 'video')
        for (const transceiver of pictures) transceiver.setCodecPreferences(codecs)
        await super.setLocalDescription()
      }
    }
  })
  for (const one of all) {
    await overhear(one)
    await one.enter(box)
  }
  await together(ann, bob, cyd)
  await everybody(all, (one, other) => goes('relay', one, other))
  await everybody(all, (one, other) => one.seesAndHears(other.name))
  for (const one of all) {
    const pictures = (await streamsOf(one)).filter(({ kind, frames, active }) => kind === 'video' && frames > 0 && active !== false)
    assert.deepEqual(new Set(pictures.map(({ codec }) => codec)), new Set(['video/H264']), one.name)
  }
})

play('a screen is shown beside its person as large as it is looked at, and two go through the box meanwhile', async ({ box, person }) => {
  const [ann, bob] = await Promise.all([person('Ann'), person('Bob', { context: { viewport: { width: 1600, height: 900 } } })])
  for (const one of [ann, bob]) {
    await overhear(one)
    await one.enter(box)
  }
  await together(ann, bob)
  await goes('direct', bob, ann)
  await ann.button('Share screen').click()
  await bob.tile("Ann's screen").waitFor()
  await goes('relay', bob, ann)
  const frames = await until("Ann's screen is there", () => bob.framesOf("Ann's screen"))
  await until("Ann's screen moves", async () => (await bob.framesOf("Ann's screen")) > frames + 3)
  await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))

  await until('the large picture comes', async () => (await comesOfScreen(bob)).picture === 'AV1 1280')
  await bob.button('Options for Ann').click()
  await bob.page.getByRole('menuitem', { name: 'Pin', exact: true }).click()
  await until('the small one does', async () => (await comesOfScreen(bob)).picture === 'AV1 640')
  const seen = await bob.framesOf("Ann's screen")
  await until('it moves', async () => (await bob.framesOf("Ann's screen")) > seen + 3)
  await bob.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await until('nothing is, while Bob looks elsewhere', async () => !(await encoded(ann, '3')).includes(true))
  const gone = await comesOfScreen(bob)
  await bob.hears('Ann')
  assert.deepEqual(await comesOfScreen(bob), gone, 'and nothing of it comes')
  await bob.page.evaluate(() => {
    Reflect.deleteProperty(document, 'hidden')
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await until('it comes again', async () => (await comesOfScreen(bob)).packets > gone.packets)

  await ann.button('Stop sharing').click()
  await bob.tile("Ann's screen").waitFor({ state: 'detached' })
  await everybody([ann, bob], (one, other) => goes('direct', one, other))
})

/** What came of the other one's screen, which is the wider picture. @param {Person} person */
async function comesOfScreen(person) {
  const pictures = (await streamsOf(person)).filter(({ sent, kind }) => !sent && kind === 'video')
  const [{ packets, codec, width }] = pictures.sort((a, b) => (b.width ?? 0) - (a.width ?? 0))
  return { packets, picture: `${codec?.slice('video/'.length)} ${width}` }
}

play('the call information tells the way that is taken and what comes of it', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await goes('direct', ann, bob)
  const opener = ann.button('Call information')
  await opener.click()
  const info = ann.page.getByRole('dialog', { name: 'Call information', exact: true })
  const about = info.getByRole('region', { name: 'Bob', exact: true })
  await about.getByText('straight to the other device').waitFor()
  await about.getByText(/^\d+ × \d+, [1-9]\d* frames? per second$/).waitFor()
  await about.getByText('Lost on the way').waitFor()
  await info.getByRole('region', { name: 'You', exact: true }).getByText('To the box and back').waitFor()

  await bob.button('Share screen').click()
  await about.getByText('through the box').first().waitFor()
  await about.getByText(/^(small|medium|large)$/).waitFor()
  await about.getByText('There and back').waitFor()

  await ann.page.keyboard.press('Escape')
  await info.waitFor({ state: 'detached' })
  await until('the focus is back', () => opener.evaluate(button => button === document.activeElement))

  await ann.button('Options for Bob').click()
  await ann.page.getByRole('menuitem', { name: 'Call information', exact: true }).click()
  await about.waitFor()
})

play('where all media goes by the relay, two see and hear each other by it and make nothing else ready', async ({ box, person }) => {
  const people = await Promise.all(['Ann', 'Bob'].map(name => person(name)))
  for (const one of people) {
    await overhear(one)
    await one.enter(box)
  }
  await together(...people)
  await everybody(people, (one, other) => one.seesAndHears(other.name))
  await everybody(people, (one, other) => goes('relay', one, other))
  for (const one of people) assert.equal(await connectionsOf(one), 2, `${one.name} has made more than up and down of the relay`)
}, { box: ['--relay-always'] })

/** How many connections somebody's page has made. @param {Person} person */
async function connectionsOf(person) {
  return person.page.evaluate(() => /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections')).length)
}
