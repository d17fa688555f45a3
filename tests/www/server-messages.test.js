// The connection to the box: lost, and found again.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audible } from '../../www/state/selectors.js'
import { ANN, BOB, EVE, INVITATION, KNOCK, ROOM, calling, inACall, inTheLobby, member, opened, person, ring, told, welcome } from './page.js'

describe('the connection to the box', () => {
  it('says that it is tried again when the box is not reached', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).does({ type: 'connectionLost', at: 1 })
    assert.deepEqual(page.state.connection, { status: 'connecting', failing: true })
  })

  it('may be lost without ending a direct call', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 })
    assert.deepEqual(page.effects, [])
    assert.deepEqual(page.state.connection, { status: 'lost', since: 500 })
    assert.equal(page.state.room?.id, ROOM)
    page.does({ type: 'connectionLost', at: 900 })
    assert.deepEqual(page.state.connection, { status: 'lost', since: 500 }, 'a failed attempt is not another loss')
  })

  it('gives the newest servers to direct paths, before a lost one is looked for', () => {
    const ice = { servers: [{ urls: ['turn:turn.example'], username: '1:7', credential: 'c' }], expires_in_ms: 600_000 }
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ ice }))
    assert.deepEqual(page.effect('useIce'), [{ type: 'useIce', ice }])
    assert.ok(page.asked.indexOf('useIce') < page.asked.indexOf('refreshPaths'))
    assert.deepEqual(page.effect('allowDirect'), [{ type: 'allowDirect', allowed: true }])
    page.hears({ type: 'ice', ice: { servers: [] } })
    assert.deepEqual(page.effects, [{ type: 'useIce', ice: { servers: [] } }])
    page.hears(welcome({ relay_always: true }))
    assert.deepEqual(page.effect('useIce'), [{ type: 'useIce', ice: { servers: [] } }], 'on a LAN there are none')
    assert.deepEqual(page.effect('allowDirect'), [{ type: 'allowDirect', allowed: false }])
  })

  it('comes back into the same call without touching the path', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.deepEqual(page.said, [
      { type: 'ping' },
      { type: 'set_media', media: { microphone: true, camera: true, screen: false } },
    ])
    assert.ok(page.asked.includes('refreshPaths'))
    assert.deepEqual(page.notices, [{ type: 'back' }])
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.asked, ['remember'])
    page.hears({ type: 'pong' })
    assert.equal(page.state.room?.id, ROOM)
    assert.equal(page.state.retold, null)
  })

  it('keeps the path to Bob when the box was restarted and she is the first to be back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.hears({ type: 'people', people: [person(ANN, { room: ROOM })], more: false }).hears(told())
    assert.deepEqual(page.state.room?.members.map(({ id, reconnecting }) => [id, reconnecting]), [[ANN, undefined], [BOB, true]])
    assert.deepEqual(page.asked, ['remember'])
    assert.deepEqual(page.hears({ type: 'pong' }).hears(told()).asked, ['remember'], 'nor does it change when told again')
    page.hears({ type: 'changes', people: [person(BOB, { room: ROOM })] })
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual([page.asked, page.state.awaited], [['remember'], null])
    assert.equal(page.state.room?.members[1]?.reconnecting, undefined)
  })

  it('waits no longer for Bob when the box gives him up, or he turns up elsewhere', () => {
    const waits = () => inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
      .hears({ type: 'people', people: [person(ANN)], more: false }).hears(told()).hears({ type: 'pong' })
    const over = waits().hears({ type: 'room_left', why: { why: 'interrupted' }, token: 't' })
    assert.deepEqual([over.effect('closePath').length, over.state.awaited], [1, null])
    const elsewhere = waits().hears({ type: 'changes', people: [person(BOB)] })
    assert.deepEqual([elsewhere.effect('closePath').length, elsewhere.state.room?.members.length], [1, 1])
    const another = waits().hears(told({ members: [member(ANN), member(EVE)], offerer: ANN }))
    assert.deepEqual(another.asked, ['remember', 'closePath', 'dropMember', 'openPath', 'carryMember', 'usePath'])
  })

  it('does not wait for Bob who left while she was away', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false }).hears(calling('ringing'))
    assert.deepEqual(page.state.room?.members.map(({ id }) => id), [ANN])
    assert.equal(page.effect('closePath').length, 1)
  })

  it('lets go of what the box does not tell again', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' }))
    page.hears({ type: 'knock_sent', knock: KNOCK, room: 11, expires_in_ms: 60_000 })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true })).hears({ type: 'pong' })
    assert.deepEqual([page.state.room, page.state.calls, page.state.knock], [null, [], null])
    assert.deepEqual(page.effect('closePath').length, 1)
    assert.deepEqual(page.effect('stopRinging').length, 1)
    assert.deepEqual(page.notices.slice(1), [
      { type: 'room_left', why: { why: 'interrupted' } },
      { type: 'invitation_ended', name: 'Eve', outcome: { how: 'gone' }, mine: false, person: EVE, at: 0 },
      { type: 'knock_ended', outcome: 'gone' },
    ])
  })

  it('goes on ringing for a call that is told again', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'rang', invitation: INVITATION })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.now = 2_000
    page.hears(ring({ expires_in_ms: 20_000 }))
    assert.deepEqual(page.said, [{ type: 'ringing', invitation: INVITATION }])
    assert.ok(!page.asked.includes('ring') && !page.asked.includes('stopRinging'))
    assert.equal(page.hears({ type: 'pong' }).state.calls[0]?.until, 22_000)
  })

  it('repeats an answer that the box did not hear', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true })).hears(ring())
    assert.deepEqual(page.said, [{ type: 'accept', invitation: INVITATION }])
    assert.deepEqual(page.state.calls, [])
  })

  it('says when a call that she took led nowhere meanwhile', () => {
    const taken = () => inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
      .does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.deepEqual(taken().hears({ type: 'pong' }).notices.slice(1), [
      { type: 'invitation_ended', name: 'Bob', outcome: { how: 'gone' }, mine: false },
    ])
    const met = taken().hears(told({ members: [member(BOB), member(ANN)], offerer: BOB })).hears({ type: 'pong' })
    assert.deepEqual([met.notices.length, met.state.answered.size], [1, 0])
  })

  it('begins anew when the box does not know her any more', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ you: 77, resumed: false }))
    assert.equal(page.state.room, null)
    assert.equal(page.state.me.id, 77)
    assert.ok(page.asked.includes('closePath'))
    assert.deepEqual(page.notices, [{ type: 'room_left', why: { why: 'interrupted' } }, { type: 'back' }])
  })

  it('lets her hang up meanwhile, and tells the box when it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).does({ type: 'hangUpClicked' })
    assert.deepEqual(page.said, [])
    assert.ok(page.asked.includes('closePath'))
    page.hears(welcome({ resumed: true })).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'leave' }])
    assert.equal(page.state.room, null)
    page.hears({ type: 'pong' }).hears({ type: 'room_left', why: { why: 'left' }, token: 't' })
    assert.deepEqual([page.state.leaving, page.notices.length], [null, 1])
  })

  it('lets her give up a call to somebody meanwhile', () => {
    const page = inTheLobby().hears(calling('ringing')).does({ type: 'connectionLost', at: 500 })
    assert.ok(page.asked.includes('stopRingBack'))
    page.does({ type: 'cancelClicked', invitation: INVITATION })
    assert.equal(page.state.room, null)
    page.hears(welcome({ resumed: true })).hears(calling('ringing'))
    assert.deepEqual(page.said, [{ type: 'leave' }])
  })

  it('says nothing of her devices while it is lost, and all of it when it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).does({ type: 'muteToggled' })
    assert.deepEqual(page.said, [])
    page.hears(welcome({ resumed: true }))
    assert.deepEqual(page.said.at(-1), { type: 'set_media', media: { microphone: false, camera: true, screen: false } })
  })

  it('a page that was loaded again in a call makes the offer itself', () => {
    const page = opened({ name: 'Ann', entered: true }).hears(welcome({ resumed: true }))
    page.hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offers: false, screens: false, lost: true }])
  })

  it('is looked after when the page wakes up or the network is back', () => {
    assert.deepEqual(inACall().does({ type: 'visibilityChanged', hidden: false }).asked, ['checkConnection', 'refreshPaths', 'reviveSources'])
    assert.deepEqual(inACall().does({ type: 'networkChanged', online: true }).asked, ['checkConnection', 'refreshPaths'])
    assert.deepEqual(inACall().does({ type: 'networkChanged', online: false }).asked, [])
  })

  it('tells that the box has a newer page, once it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true, page: 'newer' }))
    assert.deepEqual(page.notices, [{ type: 'updated' }])
    assert.ok(page.asked.includes('refreshPaths'))
    page.does({ type: 'connectionLost', at: 900 }).hears(welcome({ resumed: true, page: 'newer' }))
    assert.deepEqual(page.notices, [{ type: 'updated' }, { type: 'back' }], 'once is enough')
    assert.deepEqual(page.does({ type: 'reloadClicked' }).asked, ['reload'])
  })

  it('tells that the browser had kept an older page', () => {
    const begins = (/** @type {string | null} */ edition) => opened({ name: 'Ann', entered: true, edition }).hears(welcome({ page: 'newer' })).notices
    assert.deepEqual(begins('older'), [{ type: 'updated' }])
    assert.deepEqual(begins('newer'), [])
    assert.deepEqual(begins(null), [], 'a page from a folder is not known')
  })

  it('shows the others that the system has taken her microphone', () => {
    const page = inACall().does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on', trackMuted: true } })
    assert.ok(!audible(page.state))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: true, screen: false } }])
    assert.ok(audible(page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on' } }).state))
  })

  it('ends here when another tab takes the place, until she wants it back', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' })).hears({ type: 'taken_over' })
    for (const effect of ['disconnect', 'closePath', 'stopRinging', 'closeSource']) assert.ok(page.asked.includes(effect), effect)
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'entered', value: null }])
    assert.deepEqual(page.hears({ type: 'taken_over' }).effects, [])
    page.does({ type: 'useHereClicked' })
    assert.ok(page.asked.includes('connect'))
    assert.equal(page.effect('openSource').length, 2)
    assert.deepEqual(page.does({ type: 'useHereClicked' }).effects, [])
  })
})
