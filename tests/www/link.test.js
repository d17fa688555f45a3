// A link to a room: who opens it enters, and knocks there, once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomOf, spaceOf, withoutRoom } from '../../www/server/space.js'
import { BOB, KNOCK, ROOM, inACall, inTheLobby, member, opened, ANN, person, told, welcome } from './page.js'

const link = { room: ROOM }
const knock = { type: 'knock', room: ROOM }

test('a page is led to the room that its address names, in the lobby and in a space', () => {
  assert.equal(roomOf('/'), null)
  assert.equal(roomOf('/s/a'), null)
  assert.equal(roomOf('/x/r/1'), null)
  assert.deepEqual(roomOf('/r/80'), { room: 80 })
  assert.deepEqual(roomOf('/s/%C5%BC/r/80'), { room: 80 })
  assert.equal(spaceOf('/s/a/r/80')?.path, '/s/a')
  assert.deepEqual(roomOf('/r/4294967295'), { room: 4294967295 })
  for (const none of ['', '4294967296', '99999999999999999999999', '-1', '1e3', '0x10', '%3Cb%3E', '80/ws', '٣']) assert.deepEqual(roomOf(`/r/${none}`), { room: null }, none)
  assert.deepEqual(['/r/80', '/s/a/r/80', '/r/%3Cb%3E', '/'].map(withoutRoom), ['/', '/s/a', '/', '/'])
  assert.deepEqual(roomOf('/s/r/r/80'), { room: 80 })
  assert.deepEqual(['/s/r/r/80', '/s/r'].map(withoutRoom), ['/s/r', '/s/r'], 'of a space that is called r')
})

test('who opens a link says a name, and knocks as soon as the box lets them in', () => {
  const page = opened({ name: 'Ann', link })
  assert.deepEqual(page.said, [])
  page.does({ type: 'entered' })
  assert.ok(!page.asked.includes('forgetLink'), 'a reload before still leads there')
  page.hears(welcome())
  assert.deepEqual(page.said.filter(({ type }) => type === 'knock'), [knock])
  assert.ok(page.asked.includes('forgetLink'))
  page.hears({ type: 'people', people: [person(ANN), person(BOB, { status: 'in_call', room: ROOM })], more: false })
  page.hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 })
  assert.equal(page.state.link, null)
  assert.equal(page.state.knock?.room, ROOM)
  // Refused, and never asked for again by itself.
  page.hears({ type: 'knock_ended', knock: KNOCK, outcome: 'refused' })
  assert.deepEqual(page.notices, [{ type: 'knock_ended', outcome: 'refused' }])
  page.does({ type: 'connectionLost', at: 1 }).hears(welcome())
  assert.ok(page.said.every(({ type }) => type !== 'knock'))
})

test('where the PIN is asked for first, or nobody is let in, the link waits', () => {
  const page = opened({ name: 'Ann', link }).does({ type: 'entered' })
  page.hears({ type: 'error', code: 'pin_needed' })
  page.does({ type: 'pinTyped', pin: '1234' }).does({ type: 'entered' }).hears({ type: 'error', code: 'lobby_full' })
  assert.equal(page.state.link?.room, ROOM)
  page.does({ type: 'entered' }).hears(welcome())
  assert.deepEqual(page.said.filter(({ type }) => type === 'knock'), [knock])
})

for (const code of /** @type {const} */ (['room_unknown', 'room_locked', 'room_full', 'too_often'])) {
  test(`what the box says against it (${code}) is a sentence, in the lobby`, () => {
    const page = opened({ name: 'Ann', link }).does({ type: 'entered' }).hears(welcome()).hears({ type: 'error', code })
    assert.deepEqual(page.notices, [{ type: 'error', code }])
    assert.equal(page.state.link, null)
    assert.equal(page.state.me.id, ANN)
  })
}

test('a link that no room can have says the same, without a question to the box', () => {
  const page = opened({ name: 'Ann', link: { room: null } }).does({ type: 'entered' }).hears(welcome())
  assert.ok(page.said.every(({ type }) => type !== 'knock'))
  assert.ok(page.asked.includes('forgetLink'))
  assert.deepEqual(page.notices, [{ type: 'error', code: 'room_unknown' }])
})

test('a knock that was lost with the connection is said again', () => {
  const page = opened({ name: 'Ann', link }).does({ type: 'entered' }).hears(welcome())
  page.does({ type: 'connectionLost', at: 1 }).hears(welcome({ resumed: true }))
  assert.deepEqual(page.said.filter(({ type }) => type === 'knock'), [], 'the box tells first what it heard')
  page.hears({ type: 'pong' })
  assert.deepEqual(page.said, [knock])
  // This time it was heard.
  page.does({ type: 'connectionLost', at: 2 }).hears(welcome({ resumed: true }))
  page.hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 }).hears({ type: 'pong' })
  assert.deepEqual(page.said.filter(({ type }) => type === 'knock'), [])
})

test('who is there already just is there; who is in another room may leave it for that', () => {
  const back = () => opened({ name: 'Ann', link }).does({ type: 'entered' }).hears(welcome({ resumed: true }))
  const there = back().hears(told({ members: [member(ANN), member(BOB)] })).hears({ type: 'pong' })
  assert.deepEqual([there.said, there.notices, there.state.link], [[], [], null])

  const elsewhere = back().hears(told({ id: 11, members: [member(ANN), member(BOB)] })).hears({ type: 'pong' })
  assert.deepEqual(elsewhere.said, [])
  assert.deepEqual(elsewhere.notices, [{ type: 'link_elsewhere', room: ROOM }])
  elsewhere.does({ type: 'leaveAndKnockClicked', room: ROOM })
  assert.deepEqual(elsewhere.said, [{ type: 'leave' }, knock])
  assert.equal(elsewhere.state.room, null)
})

test('the link that was copied is told once; one that was not stays to be read', () => {
  const page = inACall({ locked: true }).does({ type: 'linkGiven', address: null }).does({ type: 'linkGiven', address: 'https://a/r/10' })
  assert.deepEqual(page.notices, [{ type: 'link', address: 'https://a/r/10', locked: true }])
  assert.deepEqual(page.effect('dispatchLater'), [])
  assert.deepEqual(inTheLobby().does({ type: 'linkGiven', address: null }).notices, [{ type: 'link', address: null, locked: false }])
})
