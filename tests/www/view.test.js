// How a call is shown: who is large, what is pinned, what is hinted, and what this device remembers of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nobody } from '../../www/state/call/answering.js'
import { mirrored, spotlight } from '../../www/state/selectors.js'
import { announcements } from '../../www/ui/parts/announcements.js'
import { WHOLE, zoomed } from '../../www/ui/hooks/zoom.js'
import words from '../../www/words/en.js'
import { ANN, BOB, EVE, inACall, inTheLobby, member, opened, room, told } from './page.js'

const three = () => inACall({ members: [member(ANN), member(BOB), member(EVE)] })

describe('who is shown large', () => {
  it('is nobody in the lobby, the other one of two, and nobody among three', () => {
    assert.equal(spotlight(inTheLobby().state), null)
    assert.equal(spotlight(inACall().state), BOB)
    assert.equal(spotlight(three().state), null)
  })

  it('is who speaks, if that was chosen, and stays so in silence', () => {
    const page = three().does({ type: 'layoutChosen', layout: 'speaker' })
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'layout', value: 'speaker' }])
    assert.equal(spotlight(page.state), BOB, 'somebody, before anybody has spoken')
    page.hears({ type: 'speakers', speakers: [EVE, ANN] })
    assert.equal(spotlight(page.state), EVE)
    page.hears({ type: 'speakers', speakers: [ANN] })
    assert.equal(spotlight(page.state), EVE, 'nobody needs to see themselves large')
    page.hears({ type: 'speakers', speakers: [] })
    assert.equal(spotlight(page.state), EVE)
    page.hears(told({ members: [member(ANN), member(BOB), member(4)] }))
    assert.equal(spotlight(page.state), BOB, 'who left is forgotten')
  })

  it('is the newest screen, whatever was chosen', () => {
    const screen = { media: { microphone: true, camera: true, screen: true } }
    const page = three().hears(told({ members: [member(ANN), member(BOB, screen), member(EVE, screen)] }))
    assert.equal(spotlight(page.state), `screen ${EVE}`)
  })

  it('is before all who is pinned, until let go or gone', () => {
    const page = three().does({ type: 'pinToggled', who: BOB })
    page.hears({ type: 'speakers', speakers: [EVE] })
    assert.equal(spotlight(page.state), BOB)
    page.does({ type: 'pinToggled', who: BOB })
    assert.equal(spotlight(page.state), null)
    page.does({ type: 'pinToggled', who: EVE })
    page.hears(told({ members: [member(ANN), member(BOB)] }))
    assert.equal(page.state.view.pinned, null)
    page.does({ type: 'pinToggled', who: 'me' })
    page.does({ type: 'hangUpClicked' })
    assert.equal(page.state.view.pinned, null, 'not in the next call')
  })

  it('is let go by choosing another order of the pictures', () => {
    const page = three().does({ type: 'pinToggled', who: BOB }).does({ type: 'layoutChosen', layout: 'grid' })
    assert.equal(spotlight(page.state), null)
  })

  it('is not a screen that is shown no more', () => {
    const page = inACall({ members: [member(ANN), member(BOB, { media: { microphone: true, camera: true, screen: true } })] })
    page.does({ type: 'pinToggled', who: `screen ${BOB}` })
    page.hears(told({ members: [member(ANN), member(BOB)] }))
    assert.equal(spotlight(page.state), BOB)
  })
})

describe("one's own picture", () => {
  it('lies where it was put, also the next time', () => {
    const page = inACall().does({ type: 'cornerChosen', corner: 'topStart' })
    assert.equal(page.state.view.corner, 'topStart')
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'corner', value: 'topStart' }])
    const kept = { layout: /** @type {const} */ ('speaker'), corner: /** @type {const} */ ('topStart'), mirrored: false, ownHidden: false, blurred: true, keys: false, onlyInCalls: false, dataUse: /** @type {const} */ ('everything'), stayAwake: false, gestureSounds: true, offered: false, kiosk: false, answering: nobody, unattended: null, known: [] }
    const again = opened({ kept })
    assert.deepEqual(again.state.view, { layout: 'speaker', corner: 'topStart', mirrored: false, near: null, pinned: null, speaker: null, ownHidden: false, volumes: new Map() })
    assert.deepEqual(again.effect('blurBackground'), [{ type: 'blurBackground', blurred: true }])
    assert.equal(again.state.keys, false)
  })

  it('is as in a mirror, unless one does not want that or the camera looks away', () => {
    const page = inTheLobby()
    assert.ok(mirrored(page.state))
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on', facing: 'environment' } })
    assert.ok(!mirrored(page.state))
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on', facing: 'user' } })
    assert.ok(!mirrored(page.does({ type: 'mirrorToggled' }).state))
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'mirrored', value: 'no' }])
  })

  it('comes from the other camera of a phone, and back', () => {
    const page = inTheLobby().does({ type: 'cameraTurned' })
    assert.deepEqual(page.effect('openSource'), [{ type: 'openSource', kind: 'camera', deviceId: '', facing: 'environment' }])
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on', facing: 'environment' } })
    page.does({ type: 'cameraTurned' })
    assert.deepEqual(page.effect('openSource'), [{ type: 'openSource', kind: 'camera', deviceId: '' }])
  })
})

describe('the microphone', () => {
  it('is on while the key is held, and only in a call', () => {
    const page = inACall().does({ type: 'muteToggled' })
    page.does({ type: 'talkHeld', held: true })
    assert.ok(page.state.holding && !page.state.muted)
    assert.deepEqual(page.effect('muteMicrophone'), [{ type: 'muteMicrophone', muted: false }])
    page.does({ type: 'talkHeld', held: false })
    assert.ok(!page.state.holding && page.state.muted)
    assert.deepEqual(inTheLobby().does({ type: 'muteToggled' }).does({ type: 'talkHeld', held: true }).effects, [])
  })

  it('stays on when the key is let go of somebody who was not muted', () => {
    const page = inACall().does({ type: 'talkHeld', held: true }).does({ type: 'talkHeld', held: false })
    assert.equal(page.state.muted, false)
  })

  it('is muted after a call that ended with the key held', () => {
    const page = inACall().does({ type: 'muteToggled' }).does({ type: 'talkHeld', held: true }).does({ type: 'hangUpClicked' })
    assert.ok(page.state.muted && !page.state.holding)
  })

  it('tells who speaks into it while it is muted, for a moment', () => {
    const page = inACall().does({ type: 'muteToggled' })
    assert.deepEqual(page.effect('listenWhileMuted'), [{ type: 'listenWhileMuted', on: true }])
    page.does({ type: 'spokeMuted' })
    assert.ok(page.state.spokeWhileMuted)
    const [{ event }] = page.effect('dispatchLater')
    assert.equal(page.does(event).state.spokeWhileMuted, false)
    page.does({ type: 'spokeMuted' }).does({ type: 'muteToggled' })
    assert.equal(page.state.spokeWhileMuted, false)
    assert.deepEqual(page.effect('listenWhileMuted'), [{ type: 'listenWhileMuted', on: false }])
  })

  it('listens to nobody who is alone', () => {
    const page = inTheLobby().does({ type: 'muteToggled' })
    assert.deepEqual(page.effect('listenWhileMuted'), [])
    assert.equal(page.does({ type: 'spokeMuted' }).state.spokeWhileMuted, false)
  })
})

describe('a picture that is looked at closely', () => {
  const size = { width: 400, height: 200 }

  it('grows around the fingers, and never leaves a gap in its frame', () => {
    const at = { x: 100, y: 50 }
    const twice = zoomed(WHOLE, { from: at, to: at, times: 2 }, size)
    assert.deepEqual(twice, { scale: 2, x: -100, y: -50 })
    assert.deepEqual(zoomed(twice, { from: at, to: { x: 150, y: 50 }, times: 1 }, size), { scale: 2, x: -50, y: -50 })
    assert.deepEqual(zoomed(twice, { from: at, to: { x: 900, y: -900 }, times: 1 }, size), { scale: 2, x: 200, y: -100 })
    assert.deepEqual(zoomed(twice, { from: at, to: at, times: 0.1 }, size), WHOLE)
    assert.equal(zoomed(WHOLE, { from: at, to: at, times: 100 }, size).scale, 5)
  })

  it('is one at a time, and forgotten with its person', () => {
    const page = inACall().does({ type: 'nearChosen', who: BOB, near: true })
    assert.equal(page.state.view.near, BOB)
    page.does({ type: 'nearChosen', who: EVE, near: false })
    assert.equal(page.state.view.near, BOB)
    page.does({ type: 'hangUpClicked' })
    assert.equal(page.state.view.near, null)
  })
})

describe('what screen readers are told', () => {
  const two = room({ members: [member(ANN), member(BOB)] })
  /** @param {Parameters<typeof room>[0]} more */
  const then = more => announcements(words, two, room(more), ANN)

  it('is who comes and goes, but not oneself', () => {
    assert.deepEqual(announcements(words, null, two, ANN), [])
    assert.deepEqual(announcements(words, room(), two, BOB), [])
    assert.deepEqual(then({ members: [member(ANN), member(EVE)] }), ['Eve has joined.', 'Bob has left.'])
    assert.deepEqual(announcements(words, two, null, ANN), [], 'the end of the call is told anyway')
  })

  it('is who mutes, and who shows the screen', () => {
    const media = { microphone: true, camera: true, screen: false }
    assert.deepEqual(then({ members: [member(ANN, { media }), member(BOB, { media })] }), [], 'that is heard')
    const screen = room({ members: [member(ANN), member(BOB, { media: { ...media, screen: true } })] })
    assert.deepEqual(announcements(words, room({ members: [member(ANN), member(BOB, { media })] }), screen, ANN), ['Bob is sharing their screen.'])
    assert.deepEqual(announcements(words, screen, two, ANN), ['Bob is muted.'])
  })
})
