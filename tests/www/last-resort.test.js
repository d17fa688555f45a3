// Media through TLS where nothing else gets to the box.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fake } from './fake-connection.js'
import { BOB, down, page, passes } from './relay-page.js'

describe('the last resort', () => {
  const TURN = { username: '1800:2', credential: 'secret', expires_in_ms: 1_800_000 }
  const SERVER = { urls: 'turns:call.example.org:443?transport=tcp', username: '1800:2', credential: 'secret' }
  const servers = () => fake.made.map(({ configuration }) => configuration.iceServers)

  /** In a room where ICE gets nowhere. @param {number} took milliseconds that the box has for its answer @param {typeof TURN} [turn] */
  async function cutOff(took, turn = TURN) {
    const ann = page()
    ann.relay.useTurn(turn)
    ann.relay.open(false)
    ann.relay.carry(BOB)
    await ann.hears(down(1))
    const number = (await ann.says()).flatMap(message => message.type === 'relay_offer' ? message.connection : [])[0]
    passes(took)
    await ann.hears({ type: 'relay_answer', connection: number, sdp: 'v=0' })
    await ann.says()
    return ann
  }

  it('is not told to connections of a box that has none, nor while others may work', async () => {
    const ann = page()
    ann.relay.open(false)
    const offer = (await ann.says()).find(({ type }) => type === 'relay_offer')
    assert.ok(offer?.type === 'relay_offer')
    await ann.hears(down(1))
    await ann.hears({ type: 'relay_answer', connection: offer.connection, sdp: 'v=0' })
    await ann.says()
    await ann.waits(1_000)
    assert.deepEqual([await ann.says(), servers()], [[], [[], []]])
    ann.relay.close()

    fake.made = []
    const bob = await cutOff(10)
    for (const connection of fake.made) connection.becomes('connected')
    await bob.waits(3_000)
    assert.deepEqual([await bob.says(), servers()], [[], [[], []]])
  })

  it('is taken by both connections when nothing else has worked for a moment', async () => {
    const ann = await cutOff(10)
    await ann.waits(100)
    assert.deepEqual(await ann.says(), [])
    await ann.waits(100)
    assert.deepEqual((await ann.says()).map(({ type }) => type), ['relay_again', 'set_tiles', 'relay_offer'])
    await ann.hears(down(2))
    assert.deepEqual(servers(), [[], [], [SERVER], [SERVER]])
  })

  it('leaves a slow way more time', async () => {
    const ann = await cutOff(250)
    await ann.waits(700)
    assert.deepEqual(await ann.says(), [])
    await ann.waits(100)
    assert.equal((await ann.says())[0]?.type, 'relay_again')
  })

  it('is there from the start of the next call, until what holds does without or the network is another', async () => {
    for (const [candidate, ends] of /** @type {const} */ ([['relay', [SERVER]], ['host', []]])) {
      fake.made = []
      const ann = await cutOff(10)
      await ann.waits(300)
      await ann.hears(down(2))
      for (const connection of fake.made.slice(2)) {
        connection.becomes('connected')
        connection.stats = [{ type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 0, remoteCandidateId: 1 }, { candidateType: candidate }]
        connection.stats[0].localCandidateId = 1
      }
      await ann.waits(6_000)
      ann.relay.close()
      fake.made = []
      ann.relay.open(false, true)
      await ann.says()
      assert.deepEqual(servers(), candidate === 'relay' ? [ends] : [], 'and no direct path is waited for')
      ann.relay.close()
      ann.relay.refresh()
      fake.made = []
      ann.relay.open(false)
      await ann.says()
      assert.deepEqual(servers(), [[]])
      ann.relay.close()
    }
  })

  it('has other credentials asked for, once, in a call, before they are over', async () => {
    const ann = await cutOff(10, { ...TURN, expires_in_ms: 10_000 })
    for (const connection of fake.made) connection.becomes('connected')
    await ann.waits(4_000)
    assert.deepEqual(await ann.says(), [])
    await ann.waits(3_000)
    assert.deepEqual(await ann.says(), [{ type: 'ask_turn' }])
  })
})
