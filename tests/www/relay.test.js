// The page's two connections to the box, played with connections that carry nothing and a clock that is moved.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fake } from './fake-connection.js'
import { BOB, EVE, down, inARoom, page, seats } from './relay-page.js'

describe('the connections to the relay', () => {
  it('are offered and answered as soon as one is in a room', async () => {
    const ann = page()
    ann.relay.open(false)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['set_tiles', 'relay_offer'])
    assert.deepEqual(fake.made[0].transceivers.map(({ sender }) => sender.active), [[false], [false, false, false], [false], [false, false]])
    await ann.hears(down(7))
    assert.deepEqual(await ann.says(), [{ type: 'relay_answer', connection: 7, sdp: 'mine' }])
  })

  it('let a direct path come first', async () => {
    const ann = page()
    ann.relay.open(false, true)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['set_tiles'])
    await ann.hears(down(7))
    assert.deepEqual(await ann.says(), [])
    await ann.waits(500)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_answer', 'relay_offer'])
  })

  it('wait for a direct path less long on the internet, where TLS may be all that passes', async () => {
    const ann = page()
    ann.relay.useTurn({ username: 'u', credential: 'c', expires_in_ms: 60_000 })
    ann.relay.open(false, true)
    await ann.waits(100)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['set_tiles'])
    await ann.waits(100)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_offer'])
  })

  it('end with what was to be done with them: whoever leaves in the middle of anything is in the next room as in the first', async () => {
    for (const operation of ['offer made', 'answer heard', 'offer heard', 'answer made', 'track replaced', 'parameters set']) {
      fake.made = []
      const ann = page()
      fake.stuck = operation
      ann.relay.open(false)
      ann.relay.carry(BOB)
      const offer = (await ann.says()).find(({ type }) => type === 'relay_offer')
      if (offer?.type === 'relay_offer') await ann.hears({ type: 'relay_answer', connection: offer.connection, sdp: 'v=0' })
      await ann.hears(down(1))
      await ann.hears(seats(1))
      ann.relay.setTrack('camera', null)
      ann.relay.close()
      fake.stuck = null
      await ann.says()
      ann.relay.open(false)
      assert.deepEqual((await ann.says()).map(({ type }) => type), ['set_tiles', 'relay_offer'], operation)
      await ann.hears(down(2))
      assert.deepEqual(await ann.says(), [{ type: 'relay_answer', connection: 2, sdp: 'mine' }], operation)
      await ann.hears(seats(2))
      assert.deepEqual(ann.receptions.at(-1)?.[1].video?.track.id, 'track 1', operation)
      ann.relay.close()
    }
  })

  it('go on beside one that the box has given up in the middle of something', async () => {
    const ann = await inARoom()
    fake.stuck = 'offer heard'
    await ann.hears(down(1))
    fake.stuck = null
    ann.relay.setTrack('camera', /** @type {any} */ ({ getSettings: () => ({}) }))
    await ann.says()
    assert.notEqual(ann.up.transceivers[1].sender.track, null)
    await ann.hears(down(2))
    assert.deepEqual(await ann.says(), [{ type: 'relay_answer', connection: 2, sdp: 'mine' }])
  })

  it('are asked for when the page was loaded again', async () => {
    const ann = page()
    ann.relay.open(true)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_again', 'set_tiles', 'relay_offer'])
    await ann.hears(down(7))
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_answer'], 'up is not offered again')
  })

  it('show who sits where, and follow when that changes without an offer', async () => {
    const ann = await inARoom()
    assert.deepEqual(ann.receptions.map(([who, { audio, video }]) => [who, audio?.track.id, video?.track.id]), [[BOB, 'track 0', 'track 1']])
    assert.equal(ann.paths.get(BOB)?.status, 'connected')
    ann.relay.carry(EVE)
    await ann.hears({ type: 'seats', connection: 1, seats: [{ audio: '0', video: '1', person: BOB, source: 'camera' }, { audio: '2', video: '3', person: EVE, source: 'camera' }] })
    assert.deepEqual(ann.receptions.slice(1).map(([who, { audio, video }]) => [who, audio?.track.id, video?.track.id]), [[EVE, 'track 2', 'track 3']])
    await ann.hears({ type: 'seats', connection: 9, seats: [] })
    assert.equal(ann.paths.get(EVE)?.status, 'connected', 'the seats of another connection mean nothing')
    assert.deepEqual(await ann.says(), [])
  })

  it('see and hear what really comes', async () => {
    const ann = await inARoom()
    assert.deepEqual([ann.paths.get(BOB)?.sees, ann.paths.get(BOB)?.hears], [false, false])
    ann.below.stats = [
      { type: 'inbound-rtp', trackIdentifier: 'track 0', packetsReceived: 5 },
      { type: 'inbound-rtp', trackIdentifier: 'track 1', framesDecoded: 1 },
    ]
    await ann.waits(600)
    assert.deepEqual([ann.paths.get(BOB)?.sees, ann.paths.get(BOB)?.hears], [true, true])
    await ann.waits(3_000)
    assert.deepEqual([ann.paths.get(BOB)?.sees, ann.paths.get(BOB)?.hears], [false, false])
  })

  it('show no picture that is decoded and not drawn', async () => {
    const ann = await inARoom()
    const [, { video }] = ann.receptions[0]
    ann.draws(video)
    ann.below.stats = [{ type: 'inbound-rtp', trackIdentifier: 'track 1', framesDecoded: 1 }]
    await ann.waits(600)
    assert.equal(ann.paths.get(BOB)?.sees, false)
    ann.relay.saw(BOB)
    assert.equal(ann.paths.get(BOB)?.sees, true)
    for (let framesDecoded = 2; framesDecoded < 5; framesDecoded++) {
      ann.below.stats = [{ type: 'inbound-rtp', trackIdentifier: 'track 1', framesDecoded }]
      await ann.waits(1_000)
    }
    assert.equal(ann.paths.get(BOB)?.sees, false, 'the last one stands still')
  })

  it('show a picture as soon as it is there, before the statistics tell of it', async () => {
    const ann = await inARoom()
    ann.relay.saw(BOB)
    assert.equal(ann.paths.get(BOB)?.sees, true)
    ann.relay.saw(EVE)
    assert.equal(ann.paths.get(EVE), undefined, 'who is not there')
  })

  it('encode what is wanted, and nothing else', async () => {
    const ann = await inARoom()
    const [microphone, camera] = ann.up.transceivers.map(({ sender }) => sender)
    await ann.hears({ type: 'wanted', source: 'camera', audio: true, layers: [true, false, true], av1: false })
    assert.deepEqual([microphone.active, camera.active], [[true], [true, false, true]])
    await ann.hears({ type: 'wanted', source: 'camera', audio: false, layers: [false, false, false], av1: false })
    assert.deepEqual([microphone.active, camera.active], [[false], [false, false, false]])
  })

  it('encode only the smallest layer while data is saved', async () => {
    const ann = await inARoom()
    const [microphone, camera] = ann.up.transceivers.map(({ sender }) => sender)
    await ann.hears({ type: 'wanted', source: 'camera', audio: true, layers: [false, false, true], av1: false })
    ann.relay.save(true)
    await ann.says()
    assert.deepEqual([microphone.active, camera.active], [[true], [true, false, false]])
    ann.relay.save(false)
    await ann.says()
    assert.deepEqual([microphone.active, camera.active], [[true], [false, false, true]])
  })

  it('say what rests and what is shown, once', async () => {
    const ann = await inARoom()
    const tiles = [{ person: BOB, source: /** @type {const} */ ('camera'), width: 640, pinned: false }]
    ann.relay.setTiles(tiles)
    ann.relay.use({ rest: true, due: false })
    ann.relay.use({ rest: true, due: false })
    assert.deepEqual(await ann.says(), [{ type: 'set_tiles', tiles }, { type: 'rest_relay', rest: true }])
  })

  it('are made anew when the box says that they are over, later when that happens again', async () => {
    const ann = await inARoom()
    await ann.hears({ type: 'relay_ended', side: 'up', connection: ann.number + 1 })
    assert.deepEqual(await ann.says(), [], 'an older one')
    await ann.waits(100)
    await ann.hears({ type: 'relay_ended', side: 'up', connection: ann.number })
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_offer'])
    await ann.hears({ type: 'relay_ended', side: 'up', connection: ann.number + 1 })
    assert.deepEqual(await ann.says(), [])
    await ann.waits(1_500)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_offer'])
  })

  it('begin anew together, and say again what the box forgot', async () => {
    const ann = await inARoom()
    ann.relay.use({ rest: true, due: false })
    await ann.says()
    await ann.waits(100)
    await ann.hears({ type: 'relay_ended', side: 'down', connection: 1 })
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_again', 'set_tiles', 'rest_relay', 'relay_offer'])
    await ann.hears(down(2))
    assert.deepEqual(await ann.says(), [{ type: 'relay_answer', connection: 2, sdp: 'mine' }])
    assert.equal(ann.below.connectionState, 'connected', 'the old one shows its last until the new one comes')
    await ann.waits(3_000)
    assert.equal(ann.below.connectionState, 'closed')
  })

  it('go on while another that the box offers takes their place', async () => {
    const ann = await inARoom()
    const heard = { type: 'inbound-rtp', trackIdentifier: 'track 0', packetsReceived: 5 }
    ann.below.stats = [heard]
    await ann.waits(500)
    await ann.hears(down(2))
    await ann.hears(seats(2))
    for (let packets = 6; packets < 10; packets++) {
      ann.below.stats = [{ ...heard, packetsReceived: packets }]
      await ann.waits(1_000)
    }
    assert.deepEqual([ann.paths.get(BOB)?.status, ann.paths.get(BOB)?.hears], ['connected', true], 'the old one carries')
    assert.equal(ann.receptions.length, 1)
    fake.made[2].becomes('connected')
    await ann.waits(200)
    assert.equal(ann.receptions.length, 2, 'the new one does')
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_answer'])
    await ann.waits(3_000)
    assert.equal(ann.below.connectionState, 'closed')
  })

  it('begin anew when the box does so by itself, also under the same number', async () => {
    const ann = await inARoom()
    await ann.hears(down(1, 'CD'))
    assert.deepEqual((await ann.says()).map(({ type }) => type).sort(), ['relay_answer', 'relay_offer'])
    await ann.hears(down(1, 'CD'))
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_answer'], 'more seats for the same people')
  })

  it('are made anew when they fail or stay silent, not when there is nothing to hear', async () => {
    const silent = await inARoom()
    await silent.waits(4_000)
    assert.deepEqual(await silent.says(), [])
    silent.relay.use({ rest: false, due: true })
    silent.below.stats = [{ type: 'candidate-pair', responsesReceived: 1 }]
    await silent.waits(4_000)
    silent.below.stats = [{ type: 'candidate-pair', responsesReceived: 2 }]
    await silent.waits(4_000)
    assert.deepEqual(await silent.says(), [], 'the box is there, and has nothing to tell')
    await silent.waits(2_000)
    assert.ok((await silent.says()).some(({ type }) => type === 'relay_again'))
    fake.made = []
    const failed = await inARoom()
    failed.up.becomes('failed')
    await failed.waits(600)
    assert.deepEqual((await failed.says()).map(({ type }) => type), ['relay_offer'])
  })

  it('are kept while the box cannot be heard either, and made anew when it is back and they stay silent', async () => {
    const ann = await inARoom()
    ann.relay.use({ rest: false, due: true })
    ann.answered(false)
    ann.below.becomes('disconnected')
    await ann.waits(10_000)
    assert.deepEqual(await ann.says(), [])
    ann.answered(true)
    await ann.waits(900)
    assert.deepEqual(await ann.says(), [], 'there is a moment to find each other again')
    await ann.waits(500)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_again', 'set_tiles', 'relay_offer'])
  })

  it('survive that the box is back and knows them', async () => {
    const ann = await inARoom()
    ann.relay.resume()
    await ann.hears(seats(1))
    await ann.waits(2_000)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['set_tiles'])
  })

  it('are asked for when the box is back and says nothing of them', async () => {
    const ann = await inARoom()
    ann.relay.resume()
    await ann.waits(2_000)
    assert.ok((await ann.says()).some(({ type }) => type === 'relay_again'))
  })

  it('say nothing while the box is away, and nothing in no room', async () => {
    const ann = await inARoom()
    ann.online(false)
    ann.below.becomes('failed')
    await ann.waits(10_000)
    assert.equal(ann.paths.get(BOB)?.status, 'interrupted')
    ann.relay.close()
    ann.online(true)
    ann.relay.resume()
    await ann.waits(10_000)
    assert.deepEqual(await ann.says(), [])
    assert.ok(fake.made.every(({ connectionState }) => connectionState === 'closed'))
  })
})
