// Who wants to talk with whom: calls that go out and come in, and knocks.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waiting } from '../../www/state/selectors.js'
import { ANN, BOB, EVE, INVITATION, KNOCK, ROOM, calling, ended, inACall, inTheLobby, member, opened, person, ring, told, welcome } from './page.js'
/** @import { Event, KnockOutcome, Outcome } from '../../www/state/types.d.ts' */

describe('keeping somebody from ringing', () => {
  it('is asked of the box, which tells whom it concerns', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'quietClicked', person: BOB, on: true })
    assert.deepEqual(page.said, [{ type: 'quiet', person: BOB, on: true }])
    page.hears(ended({ outcome: { how: 'declined' } })).hears({ type: 'quiet', people: [BOB] })
    assert.deepEqual([page.state.calls, page.notices, page.state.quiet], [[], [], [BOB]])
    page.does({ type: 'quietClicked', person: BOB, on: false })
    assert.deepEqual(page.said, [{ type: 'quiet', person: BOB, on: false }])
    assert.deepEqual(page.hears({ type: 'quiet', people: [] }).state.quiet, [])
  })
})

describe('calling somebody', () => {
  it('asks the box and waits for the room', () => {
    const page = inTheLobby().does({ type: 'inviteClicked', to: BOB })
    assert.deepEqual(page.said, [{ type: 'invite', to: BOB }])
    page.now = 5_000
    page.hears(calling('sent'))
    assert.equal(waiting(page.state), true)
    assert.equal(page.state.until.get(INVITATION), 35_000)
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'token', value: 'token in the room' }])
  })

  it('lets her hear the tone only while it really rings there', () => {
    const page = inTheLobby().hears(calling('sent'))
    assert.ok(!page.asked.includes('ringBack'))
    assert.ok(page.hears(calling('ringing')).asked.includes('ringBack'))
    assert.ok(!page.hears(calling('in_another_call')).asked.includes('ringBack'))
    assert.ok(page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN })).asked.includes('stopRingBack'))
  })

  it('is taken back by Cancel', () => {
    const page = inTheLobby().hears(calling('ringing')).does({ type: 'cancelClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'cancel', invitation: INVITATION }])
    const cancelled = /** @type {const} */ ({ how: 'cancelled' })
    page.hears(ended({ outcome: cancelled }))
    page.hears({ type: 'room_left', why: { why: 'nobody_came', name: 'Bob', outcome: cancelled }, token: 't' })
    assert.deepEqual(page.notices, [])
    assert.equal(page.state.room, null)
    assert.ok(page.asked.includes('stopRingBack'))
  })

  it('tells once how it ended, whichever is told first', () => {
    const outcome = /** @type {const} */ ({ how: 'declined', reason: 'busy' })
    const left = /** @type {const} */ ({ type: 'room_left', why: { why: 'nobody_came', name: 'Bob', outcome }, token: 't' })
    const sentence = [{ type: 'room_left', why: left.why }]
    assert.deepEqual(inTheLobby().hears(calling('ringing')).hears(ended({ outcome })).hears(left).notices, sentence)
    assert.deepEqual(inTheLobby().hears(calling('ringing')).hears(left).hears(ended({ outcome })).notices, sentence)
  })

  it('tells with whom it ended while others are still there', () => {
    /** @type {[Outcome, boolean][]} */
    const outcomes = [
      [{ how: 'accepted' }, false],
      [{ how: 'declined', reason: 'in_a_minute' }, true],
      [{ how: 'declined' }, true],
      [{ how: 'cancelled' }, false],
      [{ how: 'expired' }, true],
      [{ how: 'overtaken' }, false],
      [{ how: 'gone' }, true],
    ]
    for (const [outcome, tells] of outcomes) {
      const page = inACall().hears(ended({ name: 'Eve', with: EVE, outcome }))
      assert.deepEqual(page.notices, tells ? [{ type: 'invitation_ended', name: 'Eve', outcome, mine: true }] : [], outcome.how)
    }
  })
})

describe('being called', () => {
  it('rings, and says so only when it really rings', () => {
    const page = inTheLobby().hears(ring())
    assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: INVITATION, name: 'Bob', quietly: false }])
    assert.deepEqual(page.said, [])
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [{ type: 'ringing', invitation: INVITATION }])
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [])
  })

  it('does not say that it rings when the call is over already', () => {
    const page = inTheLobby().hears(ring()).hears(ended())
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [])
  })

  it('stops ringing with her answer', () => {
    /** @type {[Event, object][]} */
    const answers = [
      [{ type: 'acceptClicked', invitation: INVITATION }, { type: 'accept', invitation: INVITATION }],
      [{ type: 'declineClicked', invitation: INVITATION }, { type: 'decline', invitation: INVITATION }],
      [
        { type: 'declineClicked', invitation: INVITATION, reason: 'busy' },
        { type: 'decline', invitation: INVITATION, reason: 'busy' },
      ],
    ]
    for (const [click, said] of answers) {
      const page = inTheLobby().hears(ring()).does(click)
      assert.deepEqual(page.said, [said])
      assert.deepEqual(page.effect('stopRinging'), [{ type: 'stopRinging', invitation: INVITATION }])
      assert.deepEqual(page.state.calls, [])
      assert.deepEqual(page.does(click).said, [], 'a second click says nothing more')
    }
  })

  it('a room that is too full to bring somebody here leaves the other answers open', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'bringHereClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'bring_here', invitation: INVITATION }])
    page.hears({ type: 'error', code: 'room_full' }).does({ type: 'declineClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'decline', invitation: INVITATION }])
    assert.deepEqual(page.state.calls, [])
  })

  it('tells of a call that ended before she answered, and not of what she did herself', () => {
    const cancelled = inTheLobby().hears(ring()).hears(ended({ outcome: { how: 'cancelled' } }))
    assert.deepEqual(cancelled.asked, ['remember', 'stopRinging', 'keepAwake'])
    assert.deepEqual(cancelled.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'cancelled' }, mine: false, person: BOB, at: 0 }])
    const declined = inTheLobby().hears(ring()).does({ type: 'declineClicked', invitation: INVITATION })
    assert.deepEqual(declined.hears(ended({ outcome: { how: 'declined' } })).notices, [])
  })

  it('tells when Bob went away in the very moment she accepted', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
    page.hears(ended({ outcome: { how: 'cancelled' } }))
    assert.deepEqual(page.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'cancelled' }, mine: false, person: BOB, at: 0 }])
    assert.equal(page.state.answered.size, 0)
  })

  it('keeps a missed call until she reads it, or meets who called', () => {
    const page = inTheLobby().hears(ring()).hears(ended())
    assert.deepEqual(page.effect('dispatchLater'), [], 'it does not fade')
    page.hears({ type: 'changes', people: [person(EVE, { status: 'away' })], left: [] })
    assert.equal(page.notices.length, 1)
    page.hears(told({ members: [member(ANN), member(BOB)] }))
    assert.deepEqual(page.notices, [])
  })

  it('remembers a missed call and when it was, also over a reload, until she reads it', () => {
    const page = opened({ name: 'Ann', origin: 1_000_000 }).does({ type: 'entered' }).hears(welcome())
    page.now = 500
    page.hears(ring())
    page.now = 30_500
    page.hears(ended({ outcome: { how: 'cancelled' } }))
    const call = { type: 'invitation_ended', name: 'Bob', outcome: { how: 'cancelled' }, mine: false, person: BOB, at: 1_000_500 }
    assert.deepEqual(page.notices, [call])
    const [kept] = page.effect('remember')
    assert.deepEqual([kept?.key, JSON.parse(kept?.value ?? '')], ['missed', [call]])

    const again = opened({ name: 'Ann', entered: true, missed: kept?.value ?? null })
    assert.deepEqual(again.notices, [call])
    again.hears({ type: 'error', code: 'room_full' })
    assert.deepEqual(again.state.notices.map(({ id }) => id), [1, 2], 'its number is its own')
    again.does({ type: 'noticeDismissed', id: 1 })
    assert.deepEqual(again.effect('remember'), [{ type: 'remember', key: 'missed', value: null }])
  })

  it('does not lose a missed call among other sentences, nor take for one what is none', () => {
    const page = inTheLobby().hears(ring()).hears(ended())
    for (let i = 0; i < 7; i += 1) page.hears({ type: 'error', code: 'room_full' })
    assert.equal(page.notices.filter(({ type }) => type === 'invitation_ended').length, 1)
    for (const missed of ['{', '{}', '[7]', '[null]', '[{"type":"error","code":"room_full"}]', '[{"type":"invitation_ended","name":"Bob","mine":false,"person":2,"at":1,"outcome":{"how":"x"}}]']) {
      assert.deepEqual(opened({ missed }).notices, [], missed)
    }
    const signedOut = page.does({ type: 'signedOut' })
    assert.deepEqual([signedOut.notices.length, signedOut.effect('remember').find(({ key }) => key === 'missed')?.value], [5, null])
  })

  it('says nothing of the call before in the next one', () => {
    const page = inACall().hears({ type: 'asked_to_mute', by: BOB, name: 'Bob' }).hears({ type: 'strained', strain: 'much' })
    page.hears({ type: 'room_left', why: { why: 'last_left', name: 'Bob' }, token: 't' }).hears(ring({ from: EVE, name: 'Eve' })).hears(ended({ with: EVE, name: 'Eve' }))
    assert.deepEqual(page.notices.map(({ type }) => type), ['strained', 'room_left', 'invitation_ended'])
    page.hears(told({ id: ROOM + 1 }))
    assert.deepEqual(page.notices.map(({ type }) => type), ['invitation_ended'], 'but that Eve was missed')
  })

  it('keeps several calls apart, oldest first', () => {
    const page = inTheLobby().hears(ring()).hears(ring({ invitation: 21, from: EVE, name: 'Eve' }))
    assert.deepEqual(page.effect('ring').map(({ name }) => name), ['Eve'])
    assert.deepEqual(page.state.calls.map(({ name }) => name), ['Bob', 'Eve'])
    page.hears(ended())
    assert.deepEqual(page.effect('stopRinging').map(({ invitation }) => invitation), [INVITATION])
    assert.deepEqual(page.state.calls.map(({ name }) => name), ['Eve'])
  })

  it('is quiet in a call, and loud again when the call is over', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' }))
    assert.deepEqual(page.effect('ring').map(({ quietly }) => quietly), [true])
    page.hears({ type: 'room_left', why: { why: 'last_left', name: 'Bob' }, token: 't' })
    assert.deepEqual(page.effect('ring').map(({ quietly }) => quietly), [false])
  })

  it('becomes quiet for the others when she takes one of two calls', () => {
    const page = inTheLobby().hears(ring()).hears(ring({ invitation: 21, from: EVE, name: 'Eve' }))
    page.does({ type: 'acceptClicked', invitation: INVITATION }).hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: 21, name: 'Eve', quietly: true }])
  })

  it('does not ring for ever when the box cannot say that it is over', () => {
    const page = inTheLobby().hears(ring())
    const [wornOff] = page.effect('dispatchLater')
    assert.equal(wornOff?.ms, 33_000)
    assert.ok(wornOff)
    page.does(wornOff.event)
    assert.deepEqual(page.effect('stopRinging').length, 1)
    assert.deepEqual(page.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'expired' }, mine: false, person: BOB, at: 0 }])
    assert.deepEqual(page.does(wornOff.event).effects, [])
  })
})

describe('knocking', () => {
  it('waits to be let in', () => {
    const page = inTheLobby().does({ type: 'knockClicked', room: ROOM })
    assert.deepEqual(page.said, [{ type: 'knock', room: ROOM }])
    page.now = 1_000
    page.hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 })
    assert.deepEqual(page.state.knock, { knock: KNOCK, room: ROOM, until: 61_000 })
    page.does({ type: 'withdrawClicked' })
    assert.deepEqual(page.said, [{ type: 'withdraw', knock: KNOCK }])
    assert.equal(page.state.knock, null)
    assert.deepEqual(page.does({ type: 'withdrawClicked' }).said, [])
  })

  it('tells how it ended, unless that is seen anyway', () => {
    /** @type {[KnockOutcome, boolean][]} */
    const outcomes = [
      ['admitted', false], ['refused', true], ['withdrawn', false], ['expired', true], ['locked', true], ['gone', true], ['overtaken', false],
    ]
    for (const [outcome, tells] of outcomes) {
      const page = inTheLobby().hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 })
      page.hears({ type: 'knock_ended', knock: KNOCK, outcome })
      assert.equal(page.state.knock, null)
      assert.deepEqual(page.notices, tells ? [{ type: 'knock_ended', outcome }] : [], outcome)
    }
  })

  it('is heard softly inside, once', () => {
    const knocking = told({
      members: [member(ANN), member(BOB)], offerer: ANN,
      knocks: [{ knock: KNOCK, person: EVE, name: 'Eve', expires_in_ms: 60_000 }],
    })
    const page = inACall().hears(knocking)
    assert.ok(page.asked.includes('knockSound'))
    assert.equal(page.state.until.get(KNOCK), 60_000)
    assert.ok(!page.hears(knocking).asked.includes('knockSound'))
    assert.deepEqual(page.does({ type: 'admitClicked', knock: KNOCK }).said, [{ type: 'admit', knock: KNOCK }])
    assert.deepEqual(page.does({ type: 'refuseClicked', knock: KNOCK }).said, [{ type: 'refuse', knock: KNOCK }])
  })
})
