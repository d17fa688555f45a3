// The page's rules, told as scenarios: the start screen, the list of people, and what happens to the page as a whole. Ann sits at
// the page; what happens is what the box, the browser and she do.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { initial, reduce } from '../../www/state/reducer.js'
import { others } from '../../www/state/selectors.js'
import { ANN, BOB, EVE, inACall, inTheLobby, opened, person, ring, room } from './page.js'

describe('the start screen', () => {
  it('asks for microphone and camera separately, as they were chosen before', () => {
    const page = opened({ chosen: { camera: 'cam', microphone: 'mic', speaker: 'loud' } })
    assert.deepEqual(page.effect('openSource'), [
      { type: 'openSource', kind: 'microphone', deviceId: 'mic' },
      { type: 'openSource', kind: 'camera', deviceId: 'cam' },
    ])
    assert.deepEqual(page.effect('useAudioOutput'), [{ type: 'useAudioOutput', deviceId: 'loud' }])
    assert.equal(page.state.connection.status, 'closed')
  })

  it('connects when a name is given, and remembers it folded', () => {
    const page = opened().does({ type: 'nameTyped', name: '  Ann \t Maria ' }).does({ type: 'entered' })
    assert.deepEqual(page.effects, [
      { type: 'remember', key: 'name', value: 'Ann Maria' },
      { type: 'remember', key: 'entered', value: 'yes' },
      { type: 'connect' },
    ])
    assert.equal(page.state.connection.status, 'connecting')
  })

  it('lets nobody in without a name, nor with one of 41 characters', () => {
    for (const name of ['', '   ', '🦊'.repeat(41)]) {
      const page = opened().does({ type: 'nameTyped', name }).does({ type: 'entered' })
      assert.deepEqual(page.effects, [])
      assert.equal(page.state.me.nameRefused, true)
    }
    assert.deepEqual(opened().does({ type: 'nameTyped', name: '🦊'.repeat(40) }).does({ type: 'entered' }).asked.at(-1), 'connect')
  })

  it('connects once, however often Enter is pressed', () => {
    assert.deepEqual(inTheLobby().does({ type: 'entered' }).effects, [])
  })

  it('goes straight in again when the tab is loaded again', () => {
    assert.ok(opened({ name: 'Ann', entered: true }).asked.includes('connect'))
    assert.ok(!opened({ name: 'Ann' }).asked.includes('connect'))
  })

  it('comes back when the box refuses the name', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code: 'name_invalid' })
    assert.equal(page.state.me.entered, false)
    assert.equal(page.state.me.nameRefused, true)
    assert.ok(page.asked.includes('disconnect'))
    page.does({ type: 'nameTyped', name: 'Anna' })
    assert.equal(page.state.me.nameRefused, false)
  })

  it('asks for the PIN, keeps the device token it is given for it, and forgets one that is not valid', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code: 'pin_needed' })
    assert.deepEqual(page.state.me.pin, { asked: true, typed: '', problem: null })
    assert.equal(page.state.me.entered, false)
    assert.equal(page.state.connection.status, 'closed')
    assert.deepEqual(page.notices, [])
    assert.ok(page.asked.includes('disconnect'))
    assert.deepEqual(page.effect('remember').find(({ key }) => key === 'pass')?.value, null)
    page.does({ type: 'pinTyped', pin: '1111' }).does({ type: 'entered' })
    assert.ok(page.asked.includes('connect'))
    for (const code of /** @type {const} */ (['pin_wrong', 'pin_wait'])) {
      page.does({ type: 'entered' }).hears({ type: 'error', code })
      assert.equal(page.state.me.pin.problem, code)
      assert.equal(page.state.me.pin.typed, '')
      page.does({ type: 'pinTyped', pin: '2468' })
      assert.deepEqual(page.state.me.pin, { asked: true, typed: '2468', problem: null })
    }
    page.does({ type: 'entered' }).hears({ type: 'pass', pass: 'x' })
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'pass', value: 'x' }])
    assert.deepEqual(page.state.me.pin, { asked: false, typed: '', problem: null })
  })

  it('says that the lobby is full and comes back', () => {
    for (const code of /** @type {const} */ (['lobby_full', 'too_many_from_address'])) {
      const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code })
      assert.deepEqual(page.notices, [{ type: 'error', code }])
      assert.equal(page.state.connection.status, 'closed')
    }
  })

  it('keeps the old name when a new one is refused later', () => {
    const page = inTheLobby().does({ type: 'renamed', name: 'Anna' })
    assert.deepEqual(page.said, [{ type: 'rename', name: 'Anna' }])
    page.hears({ type: 'error', code: 'name_invalid' })
    assert.equal(page.state.me.shownName, 'Ann')
    assert.equal(page.state.connection.status, 'open')
    page.does({ type: 'renamed', name: '  ' })
    assert.deepEqual(page.effects, [])
    page.hears({ type: 'renamed', name: 'Ann (2)' })
    assert.equal(page.state.me.shownName, 'Ann (2)')
  })

  it('forgets the place when she signs out', () => {
    const page = inACall().does({ type: 'signedOut' })
    assert.deepEqual(page.said, [{ type: 'goodbye' }])
    assert.deepEqual(page.effect('remember').map(({ key, value }) => [key, value]), [['token', null], ['entered', null]])
    assert.ok(page.asked.includes('disconnect'))
    assert.ok(page.asked.includes('closePath'))
    assert.equal(page.state.people.size, 0)
    assert.equal(page.state.room, null)
  })
})

describe('the list of people', () => {
  it('is replaced when all parts of it have been told, and not before', () => {
    const page = inTheLobby().hears({ type: 'people', people: [person(ANN)], more: true })
    assert.equal(page.state.people.size, 3)
    page.hears({ type: 'people', people: [person(BOB)], more: false })
    assert.deepEqual([...page.state.people.keys()], [ANN, BOB])
  })

  it('follows changes, also those told between two parts', () => {
    const page = inTheLobby()
    page.hears({ type: 'changes', people: [person(BOB, { status: 'away' })], left: [EVE] })
    assert.equal(page.state.people.get(BOB)?.status, 'away')
    assert.equal(page.state.people.has(EVE), false)
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: true })
    page.hears({ type: 'changes', left: [BOB] })
    page.hears({ type: 'people', people: [person(EVE)], more: false })
    assert.deepEqual([...page.state.people.keys()], [ANN, EVE])
  })

  it('keeps the objects of those who did not change', () => {
    const page = inTheLobby()
    const before = page.state.people
    page.hears({ type: 'people', people: [person(ANN), person(BOB, { status: 'in_call' }), person(EVE)], more: false })
    assert.equal(page.state.people.get(EVE), before.get(EVE))
    assert.notEqual(page.state.people.get(BOB), before.get(BOB))
  })

  it('shows the others by name', () => {
    const page = inTheLobby().hears({ type: 'changes', people: [person(4, { name: 'Ändi' }), person(5, { name: 'bea' })] })
    assert.deepEqual(others(page.state).map(({ name }) => name), ['Ändi', 'bea', 'Bob', 'Eve'])
  })
})

describe('notices', () => {
  it('go by themselves after a while, or when dismissed', () => {
    const page = inTheLobby().hears({ type: 'error', code: 'room_full' })
    const [fading] = page.effect('dispatchLater')
    assert.ok(fading)
    assert.equal(fading.ms, 10_000)
    assert.deepEqual(page.does(fading.event).notices, [])
    page.hears({ type: 'error', code: 'room_full' })
    assert.deepEqual(page.does({ type: 'noticeDismissed', id: 2 }).notices, [])
  })

  it('wait for somebody to look at the page', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).hears({ type: 'error', code: 'room_full' })
    const [fading] = page.effect('dispatchLater')
    assert.ok(fading)
    page.does(fading.event)
    assert.equal(page.notices.length, 1)
    assert.deepEqual(page.effects, [fading])
    page.does({ type: 'visibilityChanged', hidden: false }).does(fading.event)
    assert.deepEqual(page.notices, [])
  })

  it('are at most five, the newest', () => {
    const page = inTheLobby()
    for (let i = 0; i < 7; i += 1) page.hears({ type: 'error', code: 'room_full' })
    assert.deepEqual(page.state.notices.map(({ id }) => id), [3, 4, 5, 6, 7])
  })
})

describe('everything else', () => {
  it('the language is remembered and shown', () => {
    assert.deepEqual(opened().does({ type: 'languageChosen', language: 'szl' }).effects, [
      { type: 'remember', key: 'language', value: 'szl' },
      { type: 'showLanguage', language: 'szl' },
    ])
  })

  it('availability is said', () => {
    const page = inTheLobby().does({ type: 'availabilityChosen', availability: 'do_not_disturb' })
    assert.deepEqual(page.said, [{ type: 'set_availability', availability: 'do_not_disturb' }])
    assert.equal(page.state.me.availability, 'do_not_disturb')
  })

  it('notifications are asked for by a click only', () => {
    assert.ok(!inTheLobby().hears(ring()).asked.includes('askNotifications'))
    assert.deepEqual(inTheLobby().does({ type: 'notificationsAsked' }).effects, [{ type: 'askNotifications' }, { type: 'remember', key: 'offered', value: 'yes' }])
    assert.equal(inTheLobby().does({ type: 'notificationsAnswered', notifications: 'granted' }).state.notifications, 'granted')
  })

  it('notifications are offered once', () => {
    assert.equal(inTheLobby().state.offered, false)
    const page = inTheLobby().does({ type: 'offerDismissed' })
    assert.deepEqual([page.state.offered, page.effects], [true, [{ type: 'remember', key: 'offered', value: 'yes' }]])
  })

  it('the screen of a tablet on the wall may stay on in the lobby', () => {
    const page = inTheLobby().does({ type: 'stayAwakeToggled' })
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'stayAwake', value: 'yes' }, { type: 'keepAwake', awake: true }])
    assert.deepEqual(page.hears(ring()).effect('keepAwake'), [])
    assert.deepEqual(page.does({ type: 'signedOut' }).effect('keepAwake'), [{ type: 'keepAwake', awake: false }])
  })

  it('a browser that plays no sound yet is known, so that the page can ask for a tap', () => {
    const page = inACall().does({ type: 'soundBlocked', blocked: true })
    assert.equal(page.state.soundBlocked, true)
    assert.equal(page.does({ type: 'soundBlocked', blocked: false }).state.soundBlocked, false)
  })

  it('a message of a newer box is not understood, and harms nothing', () => {
    const page = inACall()
    const before = page.state
    page.hears(JSON.parse('{"type":"fireworks","colour":"red"}'))
    assert.equal(page.state, before)
    assert.deepEqual(page.effects, [])
  })

  it('nothing that happens changes a state of before', () => {
    const before = structuredClone(initial)
    inACall().hears(ring()).does({ type: 'hangUpClicked' }).hears({ type: 'taken_over' })
    assert.deepEqual(initial, before)
    const [same] = reduce(initial, { type: 'noticeDismissed', id: 9 })
    assert.deepEqual(same.notices, [])
    assert.equal(room().members.length, 1)
  })
})

it('a browser that cannot call is told why', () => {
  const apple = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
  const gtk = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15'
  const chrome = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
  const unable = (/** @type {boolean} */ connects, /** @type {string} */ userAgent) => opened({ browser: { connects, userAgent } }).state.unable
  assert.equal(unable(true, apple), null)
  assert.equal(unable(false, apple), 'lockdown')
  assert.equal(unable(false, gtk), 'webrtc')
  assert.equal(unable(false, chrome), 'webrtc')
})
