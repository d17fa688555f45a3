// Whom this device has met: known by what the box says of their device, remembered here alone, told of when they come.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { REMEMBERED, rememberedKnown } from '../../www/state/people/known.js'
import { absent } from '../../www/state/selectors.js'
import { when } from '../../www/ui/parts/not-here.js'
import { ANN, BOB, calling, EVE, inACall, inTheLobby, KEPT, member, opened, person, told, welcome } from './page.js'
/** @import { Known, Person, ServerMessage } from '../../www/state/types.d.ts' */

/** @param {number} person @param {string} mark @returns {ServerMessage} */
const known = (person, mark) => ({ type: 'known', person, mark })

/** @param {number[]} ids @returns {ServerMessage} */
const left = (...ids) => ({ type: 'changes', left: ids })

/** @param {...Person} people @returns {ServerMessage} */
const came = (...people) => ({ type: 'changes', people })

/** @type {Known} */
const REMEMBERED_BOB = { name: 'Bob', mark: 'of Bob', at: 5_000, watched: false }

/** Ann's page, which remembers them, and is in the lobby with Eve. @param {Known[]} all */
function remembering(...all) {
  const page = opened({ name: 'Ann', origin: 1_000_000, kept: { ...KEPT, known: all } }).does({ type: 'entered' })
  return page.hears(welcome()).hears({ type: 'people', people: [person(ANN), person(EVE)], more: false })
}

const kept = (/** @type {ReturnType<typeof opened>} */ page) => page.effect('remember').filter(({ key }) => key === 'known').map(({ value }) => JSON.parse(value ?? '[]'))

describe('whom one has met', () => {
  it('is asked of the box and remembered: whom one talks to, and whom one calls', () => {
    const page = inACall()
    assert.deepEqual(page.said.filter(({ type }) => type === 'know'), [{ type: 'know', person: BOB }])
    page.hears(known(BOB, 'of Bob'))
    assert.deepEqual(kept(page), [[{ name: 'Bob', mark: 'of Bob', at: 0, watched: false }]])
    const caller = inTheLobby().hears(calling('sent'))
    assert.deepEqual(caller.said.filter(({ type }) => type === 'know'), [{ type: 'know', person: BOB }])
    // They decline at once, before the box has answered.
    caller.hears({ type: 'room_left', why: { why: 'left' }, token: 't' })
    assert.equal(kept(caller.hears(known(BOB, 'of Bob'))).length, 1)
    assert.deepEqual(inTheLobby().said.filter(({ type }) => type === 'know'), [], 'who is only here is nobody one has met')
  })

  it('is not here until the box says that it is the same one, and a stranger of the name is not', () => {
    const page = remembering(REMEMBERED_BOB)
    assert.deepEqual(absent(page.state).map(({ name }) => name), ['Bob'])
    page.hears(came(person(BOB), person(7, { name: 'bob (2)' })))
    assert.deepEqual(page.said, [{ type: 'know', person: BOB }, { type: 'know', person: 7 }])
    assert.deepEqual(absent(page.state), [], 'nobody is said to be away who may be here')
    page.hears(known(BOB, 'of a stranger')).hears(known(7, 'of a third one'))
    assert.deepEqual(absent(page.state).map(({ name }) => name), ['Bob'])
    page.hears(came(person(8, { name: 'Bob (3)' }))).hears(known(8, 'of Bob'))
    assert.deepEqual(absent(page.state), [])
  })

  it('stays in the list while the box is asked about another one', () => {
    const cyd = { name: 'Cyd', mark: 'of Cyd', at: 4_000, watched: false }
    const page = remembering(REMEMBERED_BOB, cyd).hears(came(person(BOB)))
    assert.deepEqual(page.said, [{ type: 'know', person: BOB }])
    assert.deepEqual(absent(page.state), [cyd])
  })

  it('was here until they went, or the page did', () => {
    const page = remembering(REMEMBERED_BOB).hears(came(person(BOB))).hears(known(BOB, 'of Bob'))
    page.now = 60_000
    page.hears(left(BOB))
    assert.deepEqual(kept(page), [[{ ...REMEMBERED_BOB, at: 1_060_000 }]])
    const gone = remembering(REMEMBERED_BOB).hears(came(person(BOB))).hears(known(BOB, 'of Bob')).does({ type: 'pageLeft', at: 90_000 })
    assert.equal(kept(gone)[0][0].at, 1_090_000)
    assert.deepEqual(remembering(REMEMBERED_BOB).does({ type: 'pageLeft', at: 90_000 }).effects, [], 'who was not here was not')
  })

  it('is asked for anew when the box tells everybody anew: its numbers may be of others', () => {
    const page = remembering(REMEMBERED_BOB).hears(came(person(BOB))).hears(known(BOB, 'of Bob'))
    page.does({ type: 'connectionLost', at: 0 }).hears(welcome())
    assert.deepEqual(page.said.filter(({ type }) => type === 'know'), [])
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false })
    assert.deepEqual(page.said, [{ type: 'know', person: BOB }])
  })

  it('has another name: it is somebody else to this device', () => {
    const page = inACall().hears(known(BOB, 'of Bob')).hears(came(person(BOB, { name: 'Robert' })))
    assert.deepEqual(page.said, [{ type: 'know', person: BOB }])
    page.hears(known(BOB, 'of Robert'))
    assert.deepEqual(page.state.known.map(({ name }) => name).sort(), ['Bob', 'Robert'])
  })

  it('is one of a few: who was here longest ago is forgotten', () => {
    const many = Array.from({ length: REMEMBERED }, (_, n) => ({ name: `P ${n}`, mark: `m${n}`, at: 2_000_000 - n, watched: false }))
    const page = remembering(...many).hears(came(person(BOB))).hears(told({ members: [member(ANN), member(BOB)] })).hears(known(BOB, 'of Bob'))
    assert.equal(page.state.known.length, REMEMBERED)
    assert.ok(!page.state.known.some(({ name }) => name === 'Bob'), 'it is the oldest by its clock')
    page.now = 3_000_000
    page.hears(left(BOB))
    assert.equal(page.state.known.length, REMEMBERED)
  })

  it('is forgotten on request, and remembered by no tablet on the wall', () => {
    const page = inACall().hears(known(BOB, 'of Bob')).does({ type: 'knownForgotten' })
    assert.deepEqual(page.state.known, [])
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'known', value: null }])
    const tablet = opened({ name: 'Ann', kept: { ...KEPT, kiosk: true } }).does({ type: 'entered' }).hears(welcome())
    tablet.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false }).hears(told({ members: [member(ANN), member(BOB)] }))
    assert.deepEqual(tablet.said.filter(({ type }) => type === 'know'), [])
  })

  it('comes back from the device, and nonsense does not', () => {
    assert.deepEqual(rememberedKnown(JSON.stringify([REMEMBERED_BOB]), 9_000), [REMEMBERED_BOB])
    for (const nonsense of [null, '', '{', '3', '{"a":1}', '[{"name":"Bob"}]', '[null]', '[{"name":1,"mark":"m","at":1}]', '[{"name":"B","mark":"m","at":"x"}]']) assert.deepEqual(rememberedKnown(nonsense, 9_000), [], String(nonsense))
  })

  it('was never here at a time that has not come, or that no calendar has', () => {
    const [later, sooner] = rememberedKnown(JSON.stringify([1e300, -1e300].map(at => ({ ...REMEMBERED_BOB, at }))), 9_000).map(({ at }) => at)
    assert.deepEqual([later, sooner], [9_000, 0])
  })

  it('is asked about when they came into the call while I was away, or before the list told of them', () => {
    const away = inACall().hears(known(BOB, 'of Bob')).does({ type: 'connectionLost', at: 0 }).hears(welcome({ resumed: true }))
    away.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false }).hears(told({ members: [member(ANN), member(BOB), member(7)] }))
    const unlisted = away.hears(came(person(7, { name: 'Nina' })))
    assert.deepEqual(unlisted.said, [{ type: 'know', person: 7 }])
    assert.deepEqual(unlisted.hears(known(7, 'of Nina')).state.known.map(({ name }) => name).sort(), ['Bob', 'Nina'])
  })

  it('is asked about anew when the connection was lost before the answer', () => {
    const page = inACall().does({ type: 'connectionLost', at: 0 }).hears(welcome({ resumed: true })).hears(told({ members: [member(ANN), member(BOB)] }))
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false })
    assert.deepEqual(page.hears(known(BOB, 'of Bob')).state.known.map(({ name }) => name), ['Bob'])
  })

  it('makes nobody else forgotten by trying many names: the first is remembered and the last', () => {
    const page = inACall().hears(known(BOB, 'of Bob'))
    for (const name of ['B', 'C', 'D']) page.hears(came(person(BOB, { name }))).hears(known(BOB, `of ${name}`))
    assert.deepEqual(page.state.known.map(({ name }) => name).sort(), ['Bob', 'D'])
  })

  it('is asked about in a crowd of one name, too', () => {
    const crowd = Array.from({ length: 120 }, (_, n) => person(100 + n, { name: `Bob (${n + 2})` }))
    const page = remembering(REMEMBERED_BOB).hears(came(...crowd))
    assert.equal(page.said.length, 100)
    page.hears(came(person(BOB))).hears(told({ members: [member(ANN), member(BOB)] }))
    assert.deepEqual(page.said.filter(({ type }) => type === 'know'), [{ type: 'know', person: BOB }])
  })
})

describe('who is waited for', () => {
  it('is not forgotten before the others', () => {
    const many = Array.from({ length: REMEMBERED }, (_, n) => ({ name: `P ${n}`, mark: `m${n}`, at: 2_000 - n, watched: n > REMEMBERED - 3 }))
    const page = remembering(...many).hears(came(person(BOB))).hears(told({ members: [member(ANN), member(BOB)] })).hears(known(BOB, 'of Bob'))
    assert.deepEqual([page.state.known.length, page.state.known.at(0)?.name, page.state.known.at(-1)?.name], [REMEMBERED, 'Bob', `P ${REMEMBERED - 1}`])
  })

  it('is told of once, with sound and a way to call, when they come and not a stranger of the name', () => {
    const page = remembering(REMEMBERED_BOB).does({ type: 'watchToggled', mark: 'of Bob' })
    assert.deepEqual(kept(page), [[{ ...REMEMBERED_BOB, watched: true }]])
    page.hears(came(person(7, { name: 'Bob' }))).hears(known(7, 'of a stranger'))
    assert.deepEqual(page.notices, [])
    page.hears(came(person(BOB, { name: 'Bob (2)' }))).hears(known(BOB, 'of Bob'))
    assert.deepEqual(page.notices, [{ type: 'came', name: 'Bob (2)', person: BOB }])
    assert.deepEqual(page.effect('tellArrival'), [{ type: 'tellArrival', name: 'Bob (2)' }])
    page.hears(left(BOB))
    assert.deepEqual(page.notices, [], 'they have gone')
    page.hears(came(person(BOB))).hears(known(BOB, 'of Bob'))
    assert.deepEqual(page.effect('tellArrival'), [])
  })

  it('is not waited for any more when that was taken back', () => {
    const page = remembering({ ...REMEMBERED_BOB, watched: true }).does({ type: 'watchToggled', mark: 'of Bob' })
    assert.deepEqual(page.hears(came(person(BOB))).hears(known(BOB, 'of Bob')).notices, [])
  })

  it('asks for notifications because of the press, where nobody has answered yet', () => {
    const page = remembering(REMEMBERED_BOB)
    assert.deepEqual(page.does({ type: 'watchToggled', mark: 'of Bob' }).effect('askNotifications'), [{ type: 'askNotifications' }])
    assert.deepEqual(page.does({ type: 'watchToggled', mark: 'of Bob' }).effect('askNotifications'), [])
    page.does({ type: 'notificationsAnswered', notifications: 'denied' })
    assert.deepEqual(page.does({ type: 'watchToggled', mark: 'of Bob' }).effect('askNotifications'), [])
  })

  it('need not be told of when one meets them', () => {
    const page = remembering({ ...REMEMBERED_BOB, watched: true }).hears(came(person(BOB))).hears(known(BOB, 'of Bob'))
    assert.equal(page.notices.length, 1)
    assert.deepEqual(page.hears(calling('sent')).notices, [])
  })
})

describe('when somebody was here', () => {
  const noon = new Date(2026, 10, 29, 12, 0).getTime()
  const day = 86_400_000
  it('is said as one says it, in each language', () => {
    const said = (/** @type {number} */ at) => ['en', 'pl', 'szl'].map(language => when(at, noon, /** @type {any} */ (language)))
    assert.deepEqual(said(noon - 60_000), ['today 11:59 AM', 'dzisiaj 11:59', 'dzisiaj 11:59'])
    assert.deepEqual(said(noon - day), ['yesterday 12:00 PM', 'wczoraj 12:00', 'wczoraj 12:00'])
    assert.deepEqual(said(noon - 3 * day), ['3 days ago', '3 dni temu', '3 dni temu'])
    assert.deepEqual(said(new Date(2026, 2, 3).getTime()), ['March 3', '3 marca', '3 marca'])
    assert.deepEqual(said(new Date(2025, 2, 3).getTime())[0], 'March 3, 2025')
    assert.equal(when(noon + day, noon, 'en').split(' ')[0], 'today', 'a clock that was set back')
  })
})
