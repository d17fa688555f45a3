// How the call is: what was measured goes in, what is wrong and whose fault it is comes out.
import assert from 'node:assert/strict'
import test from 'node:test'
import { callReport, weak } from '../../www/state/call/call-report.js'
import { sentence } from '../../www/ui/screens/call-info.js'
import { learn } from '../../www/words/index.js'
import { ANN, BOB, EVE, inACall, inTheLobby, member, told } from './page.js'
/** @import { CallReport, Path, PathStats, ServerMessage } from '../../www/state/types.d.ts' */
/** @import { Page } from './page.js' */

const words = await learn('en')
const FILMING = { microphone: true, camera: true, screen: false }

/** @type {PathStats} */
const NOTHING = {
  state: 'connected', bytesReceived: 0, bytesSent: 0, framesDecoded: 0, framesDropped: 0, width: 1280, height: 720, audioEnergy: 0,
  packetsReceived: 0, packetsLost: 0, sentLoss: null, limited: 'none', roundTrip: 0.004, ends: ['host udp', 'host udp'],
}

/** Ann looks at a call with Bob for so many seconds, in each of which so much comes. @param {Path['kind']} kind @param {{ second?: Partial<PathStats>, box?: number | null, links?: Partial<Extract<ServerMessage, { type: 'links' }>>, seconds?: number }} [seen] */
function looking(kind, { second = {}, box = 0.004, links, seconds = 5 } = {}) {
  const page = inACall({ members: [member(ANN, { media: FILMING }), member(BOB, { media: FILMING })] })
  if (kind === 'relay') page.hears(told({ members: [member(ANN, { media: FILMING }), member(BOB, { media: FILMING }), member(EVE)] }))
  page.does({ type: 'pathChanged', member: BOB, path: { kind, status: 'connected', hears: true, sees: true } })
  page.does({ type: 'callInfoToggled', open: true })
  if (links) page.hears({ type: 'links', links: [], pictures: [], strain: 'none', ...links })
  const each = { packetsReceived: 100, packetsLost: 0, framesDecoded: 25, framesDropped: 0, ...second }
  for (let at = 0; at < seconds; at++) {
    /** @type {PathStats} */
    const stats = {
      ...NOTHING, ...second, packetsReceived: each.packetsReceived * at, packetsLost: each.packetsLost * at,
      framesDecoded: each.framesDecoded * at, framesDropped: each.framesDropped * at,
    }
    page.does({ type: 'callMeasured', look: { at: at * 1000, members: { [BOB]: stats }, boxRoundTrip: box } })
  }
  return page
}

/** @param {Page} page @param {number | null} who @returns {CallReport} */
function about(page, who) {
  const report = callReport(page.state).find(({ person }) => person === who)
  assert.ok(report)
  return report
}

/** @param {number} person @param {object} [more] */
const link = (person, more) => ({ person, direct: false, tcp: false, up_loss: 0, down_loss: 0, narrow: false, ...more })

test('a good direct call: straight, sharp, and nothing to complain of', () => {
  const page = looking('direct')
  const bob = about(page, BOB)
  assert.deepEqual(bob, {
    person: BOB, name: 'Bob', way: 'direct', picture: { width: 1280, height: 720, frames: 25 }, layer: null, loss: 0, roundTrip: 0.004, unsent: 0, verdict: 'good',
  })
  assert.equal(sentence(words, bob), 'Bob comes through well.')
  assert.equal(sentence(words, about(page, null)), 'What you send gets through well.')
})

test('through the box: layer and round trip are made of what both ends know', () => {
  const page = looking('relay', {
    links: { links: [link(ANN), link(BOB, { round_trip_ms: 16 })], pictures: [{ person: BOB, source: 'camera', layer: 1 }] },
  })
  const { way, layer, roundTrip, verdict } = about(page, BOB)
  assert.deepEqual({ way, layer, verdict }, { way: 'relay', layer: 1, verdict: 'good' })
  assert.ok(Math.abs((roundTrip ?? 0) - 0.02) < 1e-9)
})

test('what the browser and the box have measured says whose fault it is', () => {
  const lossy = { packetsReceived: 90, packetsLost: 10 }
  /** @type {[string, Page, CallReport['verdict']][]} */
  const stories = [
    ['direct, and my way to the box is good', looking('direct', { second: lossy }), 'their_loss'],
    ['direct, and my way to the box is bad, too', looking('direct', { second: lossy, box: 0.2 }), 'my_loss'],
    ['direct, and nobody knows', looking('direct', { second: lossy, box: null }), 'loss_between'],
    ['direct and late', looking('direct', { second: { roundTrip: 0.4 } }), 'their_delay'],
    ['direct and late at mine', looking('direct', { second: { roundTrip: 0.4 }, box: 0.3 }), 'my_delay'],
    ['direct and late somewhere', looking('direct', { second: { roundTrip: 0.4 }, box: null }), 'delay_between'],
    ['relayed, lost before the box', looking('relay', { second: lossy, links: { links: [link(BOB, { up_loss: 0.1 })] } }), 'their_loss'],
    ['relayed, lost behind the box', looking('relay', { second: lossy, links: { links: [link(BOB)] } }), 'my_loss'],
    ['relayed, as the box sees it', looking('relay', { links: { links: [link(ANN, { down_loss: 0.2 })] } }), 'my_loss'],
    ['relayed, late at mine', looking('relay', { box: 0.5 }), 'my_delay'],
    ['relayed, late at theirs', looking('relay', { links: { links: [link(BOB, { round_trip_ms: 500 })] } }), 'their_delay'],
    ['relayed over a narrow link', looking('relay', { links: { links: [link(ANN, { narrow: true })] } }), 'my_narrow_link'],
    ['the box is at its end', looking('relay', { second: lossy, links: { strain: 'some' } }), 'box_strained'],
    ['pictures are dropped here', looking('direct', { second: { framesDecoded: 10, framesDropped: 10 } }), 'my_slow_device'],
    ['few pictures come', looking('direct', { second: { framesDecoded: 3 } }), 'their_slow_device'],
    ['few pictures come, but it has only begun', looking('direct', { second: { framesDecoded: 3 }, seconds: 3 }), 'good'],
  ]
  const said = new Set()
  for (const [story, page, verdict] of stories) {
    const bob = about(page, BOB)
    assert.equal(bob.verdict, verdict, story)
    assert.match(sentence(words, bob), /Bob/, story)
    said.add(sentence(words, bob))
  }
  assert.equal(said.size, new Set(stories.map(([, , verdict]) => verdict)).size, 'each says something else')
})

test('what I send is judged by who gets it', () => {
  /** @type {[Page, CallReport['verdict']][]} */
  const stories = [
    [looking('direct', { second: { sentLoss: 0.2 }, box: 0.2 }), 'my_loss'],
    [looking('direct', { second: { sentLoss: 0.2 } }), 'loss_between'],
    [looking('direct', { second: { limited: 'cpu' } }), 'my_slow_device'],
    [looking('direct', { second: { limited: 'bandwidth' } }), 'my_narrow_link'],
    [looking('relay', { links: { links: [link(ANN, { up_loss: 0.1 })] } }), 'my_loss'],
    [looking('relay', { box: 0.4 }), 'my_delay'],
  ]
  for (const [page, verdict] of stories) assert.equal(about(page, null).verdict, verdict)
})

test('what the box could not send here is said to whom it was for, while the box is needed', () => {
  const links = { links: [link(ANN, { unsent: 3 }), link(BOB, { unsent: 1 })] }
  const page = looking('relay', { links })
  assert.deepEqual(callReport(page.state).map(({ unsent }) => unsent), [3, 0, 0])
  assert.equal(words.info.unsent(3), 'The box could not send you 3 packets: the network there may not carry such. Tell whoever looks after it.')
  assert.equal(about(looking('direct', { links }), null).unsent, 0)
  assert.equal(about(looking('relay', { links: { links: [link(ANN)] } }), null).unsent, 0, 'a box that does not tell')
})

test('a way that is not there is said first', () => {
  const page = looking('direct', { second: { packetsReceived: 50, packetsLost: 50 } })
  page.does({ type: 'pathChanged', member: BOB, path: { kind: 'direct', status: 'interrupted', hears: false, sees: false } })
  const bob = about(page, BOB)
  assert.deepEqual([bob.way, bob.verdict], [null, 'interrupted'])
})

test('counters that begin anew, when the way changes, do no harm', () => {
  const page = looking('direct')
  page.does({ type: 'callMeasured', look: { at: 5000, members: { [BOB]: { ...NOTHING, packetsReceived: 10 } }, boxRoundTrip: null } })
  assert.deepEqual([about(page, BOB).loss, about(page, BOB).verdict], [null, 'good'])
  page.does({ type: 'callMeasured', look: { at: 6000, members: { [BOB]: null }, boxRoundTrip: null } })
  assert.equal(about(page, BOB).verdict, 'good')
})

test('whoever has a bad network is marked, without the box', () => {
  const lossy = { packetsReceived: 90, packetsLost: 10 }
  const marked = (/** @type {Page} */ page, /** @type {number | null} */ who) => {
    page.does({ type: 'callInfoToggled', open: false })
    return weak(page.state, page.state.room?.members.find(({ id }) => id === who) ?? null)
  }
  assert.ok(!marked(looking('direct'), BOB))
  assert.ok(!marked(looking('direct'), null))
  assert.ok(!marked(looking('direct', { second: { framesDecoded: 3 } }), BOB), 'a dark room is not the network')
  assert.ok(marked(looking('direct', { second: lossy }), BOB))
  assert.ok(marked(looking('relay', { second: lossy }), BOB))
  assert.ok(marked(looking('direct', { second: { roundTrip: 0.5 } }), BOB))
  assert.ok(marked(looking('direct', { second: { sentLoss: 0.2 } }), null))
  assert.ok(!marked(looking('direct', { second: lossy, seconds: 1 }), BOB), 'one look says too little')
  const page = looking('direct')
  page.does({ type: 'pathChanged', member: BOB, path: { kind: 'direct', status: 'interrupted', hears: false, sees: false } })
  assert.ok(marked(page, BOB))
})

test('a call is looked at now and then, closely while somebody wants to know, and never longer than it lasts', () => {
  const page = inACall()
  assert.deepEqual(page.effect('watchCall'), [{ type: 'watchCall', how: 'lightly' }])
  page.does({ type: 'callInfoToggled', open: true, about: BOB })
  assert.deepEqual(page.effect('watchCall'), [{ type: 'watchCall', how: 'closely' }])
  assert.equal(page.state.callInfo?.about, BOB)
  page.does({ type: 'callInfoToggled', open: false })
  assert.deepEqual(page.effect('watchCall'), [{ type: 'watchCall', how: 'lightly' }])
  page.does({ type: 'callMeasured', look: { at: 0, members: {}, boxRoundTrip: null } })
  assert.equal(page.state.callInfo, null, 'what comes late opens nothing')
  page.does({ type: 'callInfoToggled', open: true }).does({ type: 'hangUpClicked' })
  assert.deepEqual(page.effect('watchCall'), [{ type: 'watchCall', how: 'not' }])
  assert.deepEqual([page.state.callInfo, page.state.looks], [null, []])
  assert.equal(inTheLobby().does({ type: 'callInfoToggled', open: true }).state.callInfo, null, 'there is no call')
})
