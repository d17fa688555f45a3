// Calls that the page answers by itself: whose, after what, how that is told, and when they end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANSWER_DELAY, nobody, rememberedAnswering } from '../../www/state/call/answering.js'
import { ANN, BOB, EVE, INVITATION, inTheLobby, member, opened, person, ring, told, welcome } from './page.js'
/** @import { Answering } from '../../www/state/types.d.ts' */

const BY_ITSELF = { mark: 'of Bob', name: 'Bob' }

/** Ann's page, which answers. @param {Partial<Answering>} answering */
function answering(answering) {
  return inTheLobby().does({ type: 'answeringChosen', answering: { whom: 'chosen' } })
    .does({ type: 'heard', message: { type: 'recognised', person: BOB, mark: 'of Bob' }, at: 0 })
    .does({ type: 'answeringChosen', answering })
}

/** It rings, and the chime is heard. @param {ReturnType<typeof answering>} page @param {Parameters<typeof ring>[0]} [more] */
function chiming(page, more) {
  return page.hears(ring({ mark: 'of Bob', ...more })).does({ type: 'chimed', invitation: more?.invitation ?? INVITATION, at: 1_000 })
}

const due = /** @type {const} */ ({ type: 'answerDue', invitation: INVITATION })
const accepted = [{ type: 'accept', invitation: INVITATION }]

describe('a page that answers by itself', () => {
  it('says so to everybody, once after each welcome, and no other page does', () => {
    assert.ok(!inTheLobby().said.some(({ type }) => type === 'set_answers_itself'))
    const page = inTheLobby().does({ type: 'answeringChosen', answering: { whom: 'everybody' } })
    assert.deepEqual(page.said, [{ type: 'set_answers_itself', on: true }])
    assert.deepEqual(page.hears(ring()).said, [])
    assert.deepEqual(page.hears(welcome()).said.at(-1), { type: 'set_answers_itself', on: true })
    assert.deepEqual(page.does({ type: 'answeringChosen', answering: { whom: 'nobody' } }).said, [{ type: 'set_answers_itself', on: false }])
    // The box, restarted, has forgotten what the list of before says.
    const kitchen = opened({ name: 'Ann', kept: { .../** @type {any} */ (page.state), layout: 'grid', corner: 'bottomEnd', mirrored: true, answering: { ...nobody, whom: 'everybody' } } }).does({ type: 'entered' })
    kitchen.hears(welcome({ resumed: true }))
    assert.deepEqual(kitchen.hears({ type: 'people', people: [person(ANN)], more: false }).said, [])
    assert.equal(kitchen.state.answeringSaid, true)
  })

  it('answers a chosen person after the chime and five seconds, and says that nobody need be there', () => {
    const page = answering({})
    page.hears(ring({ mark: 'of Bob' }))
    assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: INVITATION, name: 'Bob', quietly: false, itself: true }])
    assert.deepEqual(page.does(due).said, [], 'no chime, no answer')
    page.does({ type: 'chimed', invitation: INVITATION, at: 1_000 })
    assert.equal(page.state.calls[0]?.itself?.at, 1_000 + ANSWER_DELAY)
    assert.deepEqual(page.effect('dispatchLater'), [{ type: 'dispatchLater', event: due, ms: ANSWER_DELAY }])
    assert.deepEqual(page.does(due).said, accepted)
    page.hears(told({ members: [member(BOB), member(ANN)] }))
    assert.deepEqual(page.said.find(({ type }) => type === 'set_media'), { type: 'set_media', media: { microphone: true, camera: true, screen: false, unattended: true } })
    page.does({ type: 'presenceSaid' })
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: false } }])
  })

  it('lets everybody else ring, whatever they are called', () => {
    for (const mark of [undefined, 'of a stranger']) {
      const page = answering({}).hears(ring({ from: EVE, name: 'Bob', ...(mark && { mark }) }))
      assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: INVITATION, name: 'Bob', quietly: false }])
      assert.deepEqual(page.does({ type: 'chimed', invitation: INVITATION, at: 0 }).effects, [])
      assert.deepEqual(page.does(due).said, [])
    }
    assert.deepEqual(chiming(answering({ whom: 'everybody' }), { from: EVE, mark: 'of a stranger' }).does(due).said, accepted)
  })

  it('answers nothing that nobody could see and hear coming', () => {
    const page = answering({}).does({ type: 'visibilityChanged', hidden: true })
    assert.deepEqual(chiming(page).does(due).said, [])
    const gone = chiming(answering({})).does({ type: 'visibilityChanged', hidden: true })
    assert.deepEqual(gone.effect('ring'), [{ type: 'ring', invitation: INVITATION, name: 'Bob', quietly: false }], 'it rings on as any other')
    assert.deepEqual(gone.does(due).said, [])
    const back = chiming(answering({})).does({ type: 'visibilityChanged', hidden: true }).does({ type: 'visibilityChanged', hidden: false })
    assert.deepEqual(back.does(due).said, [], 'five seconds in sight')
    const lost = chiming(answering({})).does({ type: 'connectionLost', at: 0 })
    assert.deepEqual(lost.does(due).said, [])
    assert.deepEqual(lost.hears(welcome({ resumed: true })).hears(ring({ mark: 'of Bob' })).said.filter(({ type }) => type === 'accept'), [], 'nor later')
  })

  it('does not answer when somebody said so, chose otherwise, or is in a call', () => {
    const page = chiming(answering({})).does({ type: 'declineClicked', invitation: INVITATION })
    assert.deepEqual(page.does(due).said, [])
    const otherwise = chiming(answering({})).does({ type: 'answererRemoved', mark: 'of Bob' })
    assert.deepEqual(otherwise.does(due).said, [])
    const busy = answering({}).hears(told({ members: [member(ANN), member(EVE)] }))
    assert.deepEqual(chiming(busy).does(due).said, [])
    const two = chiming(chiming(answering({})), { invitation: 21 })
    assert.deepEqual(two.does(due).said, accepted)
    assert.deepEqual(two.does({ type: 'answerDue', invitation: 21 }).said, [], 'the other one rings on')
  })

  it('shows no picture where that was chosen, until somebody is there', () => {
    const page = chiming(answering({ camera: false })).does(due)
    assert.deepEqual(page.effect('closeSource'), [{ type: 'closeSource', kind: 'camera' }])
    page.hears(told({ members: [member(BOB), member(ANN)] }))
    assert.equal(page.does({ type: 'cameraToggled' }).effect('openSource').length, 1)
    assert.equal(page.state.unattended, null)
    assert.equal(page.state.cameraWanted, true)
  })

  it('ends the call with its caller, whoever else came into it', () => {
    const page = chiming(answering({})).does(due).hears(told({ members: [member(BOB), member(ANN), member(EVE)] }))
    page.hears(told({ members: [member(ANN), member(EVE)] }))
    assert.deepEqual(page.said, [{ type: 'leave' }])
    assert.deepEqual(page.notices, [{ type: 'room_left', why: { why: 'last_left', name: 'Bob' } }])
    const here = chiming(answering({})).does(due).hears(told({ members: [member(BOB), member(ANN), member(EVE)] })).does({ type: 'presenceSaid' })
    assert.equal(here.hears(told({ members: [member(ANN), member(EVE)] })).state.room?.members.length, 2, 'who is there talks on')
  })

  it('ends the call also with a caller who left while the page was not connected', () => {
    const without = told({ members: [member(ANN), member(EVE)] })
    const inRoom = chiming(answering({})).does(due).hears(told({ members: [member(BOB), member(ANN), member(EVE)] }))
    // Neither had the accepting page heard of the room before, nor one that was opened anew.
    const accepting = chiming(answering({})).does(due)
    for (const page of [inRoom, accepting]) {
      page.does({ type: 'connectionLost', at: 0 }).hears(welcome({ resumed: true }))
      assert.ok(page.hears(without).state.room, 'not before everything is told')
      assert.deepEqual(page.hears({ type: 'pong' }).said, [{ type: 'leave' }])
      assert.equal(page.state.unattended, null)
      assert.deepEqual(page.notices.at(-1), { type: 'room_left', why: { why: 'last_left', name: 'Bob' } })
    }
  })

  it('counts down for one call at a time', () => {
    const two = chiming(chiming(answering({})), { invitation: 21 }).does({ type: 'declineClicked', invitation: INVITATION })
    assert.equal(two.state.calls[0]?.itself, null, 'nobody saw five seconds of it')
    assert.deepEqual(two.does({ type: 'answerDue', invitation: 21 }).said, [])
    const later = chiming(answering({}).hears(ring({ invitation: 21, from: EVE, mark: 'of a stranger' })))
    assert.equal(later.state.calls[0]?.invitation, INVITATION, 'it is shown, although another one came first')
  })

  it('is attended in the next call that somebody takes', () => {
    const page = chiming(answering({})).does(due)
    page.hears({ type: 'invitation_ended', invitation: INVITATION, with: BOB, name: 'Bob', outcome: { how: 'gone' } })
    assert.equal(page.state.unattended, null)
    const left = chiming(answering({})).does(due).hears(told({ members: [member(BOB), member(ANN)] })).does({ type: 'hangUpClicked' })
    assert.equal(left.state.unattended, null)
  })

  it('knows people by what the box says, once each, and keeps them', () => {
    const page = answering({})
    assert.deepEqual(page.state.answering, { whom: 'chosen', camera: true, people: [BY_ITSELF] })
    page.hears({ type: 'recognised', person: BOB, mark: 'of Bob' })
    assert.deepEqual(page.state.answering.people, [BY_ITSELF])
    const [kept] = page.effect('remember')
    assert.deepEqual(rememberedAnswering(kept?.value ?? null), page.state.answering)
    for (const nonsense of [null, '', '{', '{"whom":"all"}', '{"whom":"chosen","people":3}']) assert.deepEqual(rememberedAnswering(nonsense), nobody)
    assert.deepEqual(page.does({ type: 'answererAdded', person: EVE }).said, [{ type: 'recognise', person: EVE }])
  })
})
