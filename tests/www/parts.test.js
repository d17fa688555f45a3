// The small pure parts: the store, what a refusal means, how loud is loud, what the SDP says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problemOf } from '../../www/devices/devices.js'
import { fingerprintOf, withDtx } from '../../www/call/sdp.js'
import { melody } from '../../www/devices/melodies.js'
import { initial, reduce } from '../../www/state/reducer.js'
import { createStore } from '../../www/state/store.js'
import { loudness, mayChange } from '../../www/call/streams.js'
/** @import { Effect, Store } from '../../www/state/types.d.ts' */

describe('the store', () => {
  it('performs what the reducer asks for and tells who listens', () => {
    /** @type {Effect[]} */
    const performed = []
    const store = createStore(reduce, initial, effect => performed.push(effect))
    let told = 0
    const stop = store.subscribe(() => (told += 1))
    store.dispatch({ type: 'languageChosen', language: 'szl' })
    assert.equal(store.getState().language, 'szl')
    assert.deepEqual(performed.map(({ type }) => type), ['remember', 'showLanguage'])
    store.dispatch({ type: 'inviteClicked', to: 2 })
    assert.equal(told, 1, 'nothing to draw when nothing changed')
    stop()
    store.dispatch({ type: 'nameTyped', name: 'Ann' })
    assert.equal(told, 1)
  })

  it('lets an effect dispatch, after what is being done', () => {
    /** @type {string[]} */
    const order = []
    /** @type {Store} */
    const store = createStore(reduce, initial, effect => {
      order.push(effect.type)
      if (effect.type === 'remember' && order.length === 1) store.dispatch({ type: 'reloadClicked' })
    })
    store.dispatch({ type: 'languageChosen', language: 'pl' })
    assert.deepEqual(order, ['remember', 'showLanguage', 'reload'])
  })

  it('goes on after an effect that failed', () => {
    const store = createStore(reduce, initial, () => {
      throw new Error('no such device')
    })
    assert.throws(() => store.dispatch({ type: 'languageChosen', language: 'pl' }), /no such device/)
    store.dispatch({ type: 'nameTyped', name: 'Ann' })
    assert.equal(store.getState().me.name, 'Ann')
  })
})

describe('what a browser answers instead of a camera', () => {
  it('has a plain meaning', () => {
    const meanings = {
      NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', NotReadableError: 'busy',
      AbortError: 'busy', OverconstrainedError: 'unfit', TypeError: 'unknown',
    }
    for (const [name, problem] of Object.entries(meanings)) {
      assert.equal(problemOf(new DOMException('', name)), problem, name)
    }
    assert.equal(problemOf('what?'), 'unknown')
  })
})

describe('the meter', () => {
  it('shows sound as an ear takes it', () => {
    assert.deepEqual([0, 0.001, 1, 2].map(loudness), [0, 0, 1, 1])
    assert.ok(Math.abs(loudness(0.0316) - 0.5) < 0.001)
  })
})

describe('a picture that comes another way', () => {
  it('takes over when it is steady, or when the one of before stands still', () => {
    const flowing = { steady: 0, flows: true, waited: 500 }
    assert.equal(mayChange({ ...flowing, steady: 1 }), false, 'a first picture may be the only one for long')
    assert.equal(mayChange({ ...flowing, steady: 3 }), true)
    assert.equal(mayChange({ ...flowing, steady: 1, flows: false }), true)
    assert.equal(mayChange({ ...flowing, flows: false }), false, 'what stands still is better than nothing')
  })

  it('is waited for longer while the one of before flows', () => {
    const seen = [4_000, 9_000].map(waited => [true, false].map(flows => mayChange({ steady: 0, flows, waited })))
    assert.deepEqual(seen, [[false, true], [true, true]])
  })
})

describe('a melody', () => {
  const notes = [{ at: 0, for: 0.5, hz: 440, loud: 1 }, { at: 0.25, for: 0.5, hz: 660, loud: 1 }]

  it('loops without a crack: it begins and ends in silence, and never leaves its range', () => {
    const samples = melody(notes, 1, 8_000)
    assert.equal(samples.length, 8_000)
    assert.equal(samples[0], 0)
    assert.deepEqual([...samples.slice(6_000)].filter(sample => sample !== 0), [])
    assert.ok(samples.every(sample => Math.abs(sample) <= 1))
    assert.ok(samples.some(sample => Math.abs(sample) > 0.5))
  })

  it('is cut at its length', () => {
    assert.equal(melody(notes, 0.3, 8_000).length, 2_400)
  })
})

describe('a session description', () => {
  const sdp = [
    'v=0', 'a=fingerprint:sha-256 AB:CD', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63', 'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1', 'a=fmtp:63 111/111', '',
  ].join('\r\n')

  it('tells one session from another by its certificate', () => {
    assert.equal(fingerprintOf(sdp), 'sha-256 AB:CD')
    assert.equal(fingerprintOf('v=0\r\n'), undefined)
  })

  it('asks for little while nobody speaks, once', () => {
    const asked = withDtx(sdp)
    assert.ok(asked.includes('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n'))
    assert.equal(withDtx(asked), asked)
    assert.equal(asked.replace(';usedtx=1', ''), sdp)
  })
})
