// Which way picture and sound take: straight, or through the relay.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, BOB, EVE, LIVE, ROOM, arrived, calling, direct, inACall, inTheLobby, member, opened, pair, path, three, told, welcome } from './page.js'

describe('the relay', () => {
  it('is opened as soon as she is in a room, also alone, and closed with it', () => {
    const page = inTheLobby().hears(calling('sent'))
    assert.deepEqual(page.effect('openRelay'), [{ type: 'openRelay', again: false, yields: false }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: false } }])
    assert.ok(!page.hears(calling('ringing')).asked.includes('openRelay'))
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.asked, ['remember', 'openPath', 'carryMember', 'usePath', 'watchCall', 'stopRingBack'])
    page.does({ type: 'hangUpClicked' })
    assert.deepEqual(page.asked.filter(effect => /Relay|Path|Member/.test(effect)), ['closeRelay', 'closePath', 'dropMember'])
    assert.deepEqual([page.state.relay, page.state.memberPaths.size, page.state.paths.size], [null, 0, 0])
  })

  it('is begun anew in another room, and after the page was loaded again', () => {
    const page = inACall().hears(told({ id: ROOM + 1, members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.asked.filter(effect => /Relay|Path|Member/.test(effect)), [
      'closeRelay', 'openRelay', 'closePath', 'dropMember', 'openPath', 'carryMember', 'usePath', 'useRelay',
    ])
    const reloaded = opened({ name: 'Ann', entered: true }).hears(welcome({ resumed: true }))
    reloaded.hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(reloaded.effect('openRelay'), [{ type: 'openRelay', again: true, yields: true }])
  })

  it('hears what the box says about it, but only in a room', () => {
    const offer = { type: /** @type {const} */ ('relay_offer'), connection: 1, sdp: 'v=0' }
    assert.deepEqual(inACall().hears(offer).effects, [{ type: 'hearRelay', message: offer }])
    assert.deepEqual(inTheLobby().hears(offer).effects, [])
  })

  it('is looked after when the box is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.ok(page.asked.includes('resumeRelay'))
  })

  it('carries two until the direct path does, then rests', () => {
    const page = inACall().does(path('relay', 'connected'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'relay' }])
    assert.equal(page.state.paths.get(BOB)?.status, 'connected')
    page.does(path('direct', 'connected'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'direct' }])
    assert.deepEqual(page.effect('useRelay'), [], 'not before the picture is there')
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual(page.effect('useRelay'), [], 'the page shows the relayed one still')
    assert.deepEqual(page.does(arrived('relay')).effect('useRelay'), [], 'that was an earlier change')
    page.does(arrived('direct'))
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: true, due: false } }])
  })

  it('rests without a picture, too, when there was time enough for one', () => {
    const page = inACall().does(path('relay', 'connected')).does(path('direct', 'connected'))
    page.does({ type: 'pathSettled', member: BOB, change: 1 })
    assert.equal(page.state.relay?.rest, false, 'that was an earlier change')
    page.does({ type: 'pathSettled', member: BOB, change: 2 })
    assert.equal(page.state.relay?.rest, true)
  })

  it('carries on at once when the direct path stalls, and that one has to prove itself first', () => {
    const page = direct().does(path('direct', 'interrupted'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'relay' }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: true } }])
    assert.deepEqual(page.state.paths.get(BOB), { kind: 'relay', status: 'connected', hears: true, sees: true }, 'the old picture stays')
    page.does(path('relay', 'connected', { hears: true, sees: true }))

    page.does(path('direct', 'connected', { sees: true }))
    assert.equal(page.state.paths.get(BOB)?.kind, 'relay')
    const proof = page.effect('dispatchLater').at(-1)
    assert.deepEqual([proof?.ms, proof?.event.type], [2_000, 'pathProven'])
    page.does(path('direct', 'interrupted')).does(path('direct', 'connected', { sees: true }))
    const second = page.effect('dispatchLater').at(-1)
    assert.ok(proof && second)
    assert.equal(page.does(proof.event).state.paths.get(BOB)?.kind, 'relay', 'it was interrupted since')
    assert.equal(page.does(second.event).state.paths.get(BOB)?.kind, 'direct')
    assert.equal(page.does(arrived('direct')).state.relay?.rest, true)
  })

  it('uses whatever works, and says that it is interrupted only when nothing does', () => {
    const page = direct().does(path('direct', 'interrupted')).does(path('relay', 'interrupted'))
    assert.deepEqual([page.state.paths.get(BOB)?.status, page.state.relay?.rest], ['interrupted', false])
    page.does(path('direct', 'connected'))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.paths.get(BOB)?.status], ['direct', 'connected'], 'unproven is better than nothing')
  })

  it('takes over when a third comes, and the direct path stays until it has', () => {
    const page = direct().hears(three())
    assert.deepEqual(page.effect('usePath'), [
      { type: 'usePath', member: BOB, kind: 'relay' }, { type: 'usePath', member: EVE, kind: 'relay' },
    ])
    assert.deepEqual(page.effect('carryMember'), [{ type: 'carryMember', member: EVE }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: true } }])
    assert.deepEqual(page.state.paths.get(BOB), { kind: 'relay', status: 'connected', hears: true, sees: true })
    assert.ok(!page.asked.includes('closePath'))
    const settled = page.effect('dispatchLater').find(({ event }) => event.type === 'pathSettled')
    assert.ok(settled)
    assert.equal(settled.ms, 10_000)
    assert.deepEqual(page.does(path('direct', 'interrupted')).asked, [])
    assert.deepEqual(page.does(settled.event).effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.equal(page.state.paths.get(BOB)?.sees, false, 'by now it is what the relay shows')

    const sooner = direct().hears(three())
    assert.deepEqual(sooner.does(arrived('relay')).effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.deepEqual(sooner.does(settled.event).asked, [])
  })

  it('gives way to a new direct path when the third has left', () => {
    const page = direct().hears(three())
    page.does({ type: 'pathSettled', member: BOB, change: page.state.memberPaths.get(BOB)?.changes ?? 0 })
    page.does(path('relay', 'connected', { hears: true, sees: true }))
    page.hears(pair())
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offers: true, screens: false, lost: false }])
    assert.deepEqual(page.effect('dropMember'), [{ type: 'dropMember', member: EVE }])
    assert.equal(page.state.paths.get(BOB)?.kind, 'relay')
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.relay?.rest], ['direct', false])
    assert.equal(page.does(arrived('direct')).state.relay?.rest, true)
  })

  it('leaves the direct path alone when a third only looks in', () => {
    const page = direct().hears(three())
    const settled = page.effect('dispatchLater').find(({ event }) => event.type === 'pathSettled')
    page.hears(pair())
    assert.ok(settled)
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.asked.includes('closePath')], ['direct', false])
    assert.ok(!page.does(settled.event).asked.includes('closePath'))
  })

  it('closes at once a direct path that nobody looks at', () => {
    const page = inACall().does(path('relay', 'connected')).hears(three())
    assert.deepEqual(page.effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.ok(!page.asked.includes('usePath') || !page.effect('usePath').some(({ member }) => member === BOB))
  })

  it('knows who speaks, until the call is over', () => {
    const page = inACall().hears({ type: 'speakers', speakers: [BOB, ANN] })
    assert.deepEqual(page.state.activeSpeakers, [BOB, ANN])
    assert.deepEqual(page.does({ type: 'hangUpClicked' }).state.activeSpeakers, [])
    assert.deepEqual(page.hears({ type: 'speakers', speakers: [BOB] }).state.activeSpeakers, [])
  })

  it('keeps silent rooms from being taken for broken ones', () => {
    const silent = inACall({ members: [member(ANN), member(BOB), member(EVE, { reconnecting: true, media: LIVE })], offerer: undefined })
    assert.equal(silent.state.relay?.due, false)
    silent.hears(told({ members: [member(ANN), member(BOB), member(EVE, { media: LIVE })] }))
    assert.equal(silent.state.relay?.due, true)
  })
})

describe('the screen', () => {
  const shared = () => inACall().does({ type: 'screenToggled' }).does({ type: 'screenChanged', source: { status: 'on' } })

  it('is shown and taken back', () => {
    assert.deepEqual(inACall().does({ type: 'screenToggled' }).asked, ['shareScreen'])
    const page = shared()
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: true } }])
    page.does({ type: 'screenToggled' })
    assert.deepEqual(page.asked, ['stopScreen', 'send'])
    assert.equal(page.state.screen.status, 'off')
  })

  it('is asked for in a call only, and forgotten when she thinks better of it', () => {
    assert.deepEqual(inTheLobby().does({ type: 'screenToggled' }).asked, [])
    const page = inACall().does({ type: 'screenToggled' })
    page.does({ type: 'screenChanged', source: { status: 'failed', problem: 'denied' } })
    assert.deepEqual([page.state.screen.status, page.notices.length], ['off', 0])
  })

  it('is not shown any more when the call is over', () => {
    const page = shared().does({ type: 'hangUpClicked' })
    assert.ok(page.asked.includes('stopScreen'))
    assert.equal(page.state.screen.status, 'off')
  })

  it('takes two through the relay as long as it is shown', () => {
    const page = direct()
    page.hears(told({ members: [member(ANN), member(BOB, { media: { ...LIVE, screen: true } })], offerer: ANN }))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.relay?.rest], ['relay', false])
    page.hears(pair())
    assert.equal(page.state.paths.get(BOB)?.kind, 'direct')
  })
})
