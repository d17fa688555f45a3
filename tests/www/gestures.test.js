// Raised hands and reactions: what the page asks of the box, shows, sounds and tells those who listen to it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AT_ONCE, SHOWN } from '../../www/state/call/gestures.js'
import { raisedFirst } from '../../www/state/selectors.js'
import { announcements, reactionsTold } from '../../www/ui/parts/announcements.js'
import words from '../../www/words/en.js'
import { ANN, BOB, EVE, inACall, inTheLobby, KEPT, member, opened, person, room, told } from './page.js'
/** @import { Reaction, ServerMessage } from '../../www/state/types.d.ts' */

/** @param {Record<number, number | undefined>} hands */
const withHands = hands => told({ members: [ANN, BOB, EVE].map(id => member(id, hands[id] === undefined ? undefined : { hand: hands[id] })) })

/** @param {number} from @param {Reaction} [reaction] @returns {ServerMessage} */
const reacts = (from, reaction = 'applause') => ({ type: 'reaction', from, reaction })

describe('a raised hand', () => {
  it('is asked of the box, which says when it is raised', () => {
    const page = inACall().does({ type: 'handToggled' })
    assert.deepEqual(page.said, [{ type: 'set_hand', raised: true }])
    page.does({ type: 'handToggled' })
    assert.deepEqual(page.said, [{ type: 'set_hand', raised: true }], 'until then it is not')
    page.hears(withHands({ [ANN]: 1 })).does({ type: 'handToggled' })
    assert.deepEqual(page.said, [{ type: 'set_hand', raised: false }])
    assert.deepEqual(inTheLobby().does({ type: 'handToggled' }).said, [])
  })

  it('of another one is lowered by the host', () => {
    const page = inACall().hears(withHands({ [BOB]: 1 })).does({ type: 'lowerHandClicked', member: BOB })
    assert.deepEqual(page.said, [{ type: 'lower_hand', member: BOB }])
  })

  it('is heard when another one raises it, and not of those who had it up already', () => {
    const page = inACall().hears(withHands({}))
    assert.deepEqual(page.hears(withHands({ [BOB]: 1 })).effect('gestureSound'), [{ type: 'gestureSound', of: 'hand' }])
    assert.deepEqual(page.hears(withHands({ [BOB]: 1, [ANN]: 2 })).effect('gestureSound'), [], 'my own')
    assert.deepEqual(page.hears(withHands({ [BOB]: 2, [EVE]: 1 })).effect('gestureSound').length, 1)
    assert.deepEqual(inTheLobby().hears(withHands({ [BOB]: 1 })).effect('gestureSound'), [], 'on coming in')
  })

  it('is silent where that was chosen, and stays so', () => {
    const page = inACall().hears(withHands({})).does({ type: 'gestureSoundsToggled' })
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'gestureSounds', value: 'no' }])
    assert.deepEqual(page.hears(withHands({ [BOB]: 1 })).effect('gestureSound'), [])
    assert.deepEqual(page.hears(reacts(BOB)).effect('gestureSound'), [])
    assert.equal(opened({ kept: { ...KEPT, gestureSounds: false } }).state.gestureSounds, false)
  })

  it('puts its owner before the others, in the order of raising', () => {
    const people = [person(BOB), person(EVE), person(7)]
    assert.equal(raisedFirst(people, room({ members: [member(ANN, { hand: 1 }), member(BOB)] })), people)
    const raised = room({ members: [member(ANN), member(BOB, { hand: 2 }), member(7, { hand: 1 })] })
    assert.deepEqual(raisedFirst(people, raised).map(({ id }) => id), [7, BOB, EVE])
    assert.equal(raisedFirst(people, null), people)
  })

  it('is told: those of others together, mine with its place, and that it was lowered', () => {
    const rooms = [{}, { [BOB]: 1, [EVE]: 2 }, { [BOB]: 1, [EVE]: 2, [ANN]: 3 }, { [BOB]: 1 }].map(hands => /** @type {any} */ (withHands(hands)).room)
    const sentences = (/** @type {number} */ n) => announcements(words, rooms[n], rooms[n + 1], ANN)
    assert.deepEqual(sentences(0), ['Hand raised: Bob and Eve.'])
    assert.deepEqual(sentences(1), ['Your hand is raised, number 3.'])
    assert.deepEqual(sentences(2), ['Your hand is lowered.'])
    assert.deepEqual(announcements(words, null, rooms[1], ANN), [], 'on coming in')
  })
})

describe('a reaction', () => {
  it('is sent a few times at once, and then when some are forgotten', () => {
    const page = inACall()
    for (let n = 0; n < AT_ONCE; n += 1) assert.deepEqual(page.does({ type: 'reactClicked', reaction: 'heart' }).said, [{ type: 'react', reaction: 'heart' }])
    assert.deepEqual(page.does({ type: 'reactClicked', reaction: 'heart' }).effects, [])
    assert.equal(page.does({ type: 'reactionRested' }).does({ type: 'reactClicked', reaction: 'heart' }).said.length, 1)
    assert.deepEqual(inTheLobby().does({ type: 'reactClicked', reaction: 'heart' }).said, [])
  })

  it('is shown for a moment, one of each kind, counted', () => {
    const page = inACall().hears(reacts(BOB))
    assert.deepEqual(page.effect('dispatchLater'), [{ type: 'dispatchLater', event: { type: 'reactionFaded', id: 1 }, ms: SHOWN }])
    page.hears(reacts(ANN)).hears(reacts(BOB, 'heart')).hears(reacts(BOB))
    assert.deepEqual(page.state.reactions.map(({ from, reaction, count }) => `${from} ${reaction} ${count}`), ['1 applause 1', '2 heart 1', '2 applause 2'])
    page.does({ type: 'reactionFaded', id: 1 })
    assert.equal(page.state.reactions.length, 3, 'it was shown anew')
    for (const id of [2, 3, 4]) page.does({ type: 'reactionFaded', id })
    assert.deepEqual(page.state.reactions, [])
  })

  it('of a crowd takes no more room than there are members and kinds', () => {
    const page = inACall()
    for (let n = 0; n < 500; n += 1) page.hears(reacts(BOB, n % 2 ? 'laugh' : 'thumbs_up'))
    assert.deepEqual(page.state.reactions.map(({ count }) => count), [250, 250])
  })

  it('is gone with its member, and nobody outside has one', () => {
    const page = inACall().hears(withHands({})).hears(reacts(EVE)).hears(told({ members: [member(ANN), member(BOB)] }))
    assert.deepEqual(page.state.reactions, [])
    assert.deepEqual(page.hears(reacts(EVE)).effects, [])
    page.hears(reacts(BOB)).does({ type: 'hangUpClicked' })
    assert.deepEqual(page.state.reactions, [])
  })

  it('is heard of others', () => {
    const page = inACall()
    assert.deepEqual(page.hears(reacts(BOB)).effect('gestureSound'), [{ type: 'gestureSound', of: 'reaction' }])
    assert.deepEqual(page.hears(reacts(ANN)).effect('gestureSound'), [])
  })

  it('is told once for a room that applauds', () => {
    const shown = [BOB, EVE, ANN].map((from, id) => ({ id, from, reaction: /** @type {const} */ ('applause'), count: 5 }))
    const { room } = /** @type {any} */ (withHands({}))
    assert.deepEqual(reactionsTold(words, room, ANN, [...shown, { id: 9, from: BOB, reaction: 'heart', count: 1 }]), ['Applause: Bob and Eve.', 'Heart: Bob.'])
    assert.deepEqual(reactionsTold(words, room, ANN, [shown[2]]), [])
  })
})
