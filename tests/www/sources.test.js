// Camera and microphone: what is wanted of them, and what becomes of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nobody } from '../../www/state/call/answering.js'
import { audible, visible } from '../../www/state/selectors.js'
import { ANN, BOB, inACall, inTheLobby, member, opened, told, welcome } from './page.js'

const KEPT = /** @type {const} */ ({ layout: 'grid', corner: 'bottomEnd', mirrored: true, ownHidden: false, blurred: false, keys: true, onlyInCalls: false, dataUse: 'everything', stayAwake: false, gestureSounds: true, offered: false, kiosk: false, answering: nobody, unattended: null, known: [] })

describe('camera and microphone', () => {
  it('fail each for itself, and nobody is kept out', () => {
    const page = opened({ name: 'Ann' })
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'busy' } })
    page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'failed', problem: 'denied' } })
    page.does({ type: 'entered' }).hears(welcome()).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: false, screen: false } }])
    assert.equal(page.effect('openPath').length, 1)
  })

  it('the camera is given back when it is off, the microphone stays', () => {
    const page = inTheLobby().does({ type: 'cameraToggled' })
    assert.deepEqual(page.effects, [{ type: 'closeSource', kind: 'camera' }, { type: 'remember', key: 'cameraOff', value: 'yes' }])
    assert.equal(visible(page.state), false)
    page.does({ type: 'cameraToggled' })
    assert.deepEqual(page.effects, [{ type: 'openSource', kind: 'camera', deviceId: '' }, { type: 'remember', key: 'cameraOff', value: null }])
    page.does({ type: 'muteToggled' })
    assert.deepEqual(page.effects, [{ type: 'muteMicrophone', muted: true }, { type: 'remember', key: 'muted', value: 'yes' }])
    assert.deepEqual([audible(page.state), page.state.microphone.status], [false, 'on'])
    assert.equal(audible(page.does({ type: 'muteToggled' }).state), true)
  })

  it('what comes when it is no longer wanted stays off', () => {
    const page = opened().does({ type: 'cameraToggled' })
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } })
    assert.equal(page.state.camera.status, 'off')
  })

  it('are asked for again by the button, if they failed', () => {
    const page = opened()
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'denied' } })
    page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'failed', problem: 'denied' } })
    assert.deepEqual(page.does({ type: 'cameraToggled' }).effects, [{ type: 'openSource', kind: 'camera', deviceId: '' }])
    assert.deepEqual(page.does({ type: 'muteToggled' }).effects, [{ type: 'openSource', kind: 'microphone', deviceId: '' }])
    assert.equal(page.state.muted, false)
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'denied' } })
    assert.equal(page.does({ type: 'retryClicked', kind: 'camera' }).effects.length, 1)
  })

  it('can be muted before the microphone is there', () => {
    assert.deepEqual(opened().does({ type: 'muteToggled' }).effect('muteMicrophone'), [{ type: 'muteMicrophone', muted: true }])
  })

  it('are tried again when something was plugged in, unless the person said no', () => {
    for (const [problem, tries] of /** @type {const} */ ([['missing', 1], ['busy', 1], ['unfit', 1], ['unknown', 1], ['denied', 0], ['insecure', 0]])) {
      const page = opened().does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem } })
      const devices = { cameras: [{ id: 'c', label: 'Cam' }], microphones: [], audioOutputs: [] }
      assert.equal(page.does({ type: 'devicesListed', devices, changed: false }).effects.length, 0, problem)
      assert.equal(page.does({ type: 'devicesListed', devices, changed: true }).effect('openSource').length, tries, problem)
      assert.equal(page.state.devices, devices)
    }
  })

  it('one that stopped by itself is said and asked for once more, not in a circle', () => {
    const page = inTheLobby()
    const lost = /** @type {const} */ ({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'missing' }, lost: true })
    page.does(lost)
    assert.deepEqual(page.effect('openSource').length, 1)
    assert.deepEqual(page.notices, [{ type: 'device_lost', kind: 'camera' }])
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } }).does(lost)
    assert.deepEqual(page.effect('openSource'), [])
    assert.deepEqual(page.state.camera, { status: 'failed', problem: 'missing' })
    page.does({ type: 'devicesListed', devices: page.state.devices, changed: true })
    assert.equal(page.effect('openSource').length, 1)
  })

  it('a choice is remembered and taken at once', () => {
    assert.deepEqual(inTheLobby().does({ type: 'deviceChosen', kind: 'microphone', id: 'usb' }).effects, [
      { type: 'remember', key: 'microphone', value: 'usb' },
      { type: 'openSource', kind: 'microphone', deviceId: 'usb' },
    ])
    assert.deepEqual(inTheLobby().does({ type: 'deviceChosen', kind: 'speaker', id: '' }).effects, [
      { type: 'remember', key: 'speaker', value: null },
      { type: 'useAudioOutput', deviceId: '' },
    ])
    const off = inTheLobby().does({ type: 'cameraToggled' }).does({ type: 'deviceChosen', kind: 'camera', id: 'back' })
    assert.deepEqual(off.asked, ['remember'], 'a camera that is off stays off')
  })

  it('are given back a minute after the page went into the background, and taken again on return', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true })
    assert.deepEqual(page.effects, [{ type: 'dispatchLater', event: { type: 'hiddenForLong' }, ms: 60_000 }])
    page.does({ type: 'hiddenForLong' })
    assert.deepEqual(page.asked, ['closeSource', 'closeSource'])
    page.does({ type: 'visibilityChanged', hidden: false })
    assert.equal(page.effect('openSource').length, 2)
  })

  it('stay in a call, and when one is back within the minute', () => {
    assert.deepEqual(inACall().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'hiddenForLong' }).effects, [])
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'visibilityChanged', hidden: false })
    assert.deepEqual(page.does({ type: 'hiddenForLong' }).effects, [])
  })

  it('are taken again for a call that is brought into the background page', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'hiddenForLong' })
    assert.equal(page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN })).effect('openSource').length, 2)
  })

  it('wait for a call where that was chosen, and show what was chosen for it', () => {
    const page = opened({ name: 'Ann', kept: { ...KEPT, onlyInCalls: true, dataUse: 'everything' } })
    assert.equal(page.effect('openSource').length, 2, 'at the start she sees herself')
    for (const kind of /** @type {const} */ (['microphone', 'camera'])) page.does({ type: 'sourceChanged', kind, source: { status: 'on' } })
    assert.equal(page.does({ type: 'entered' }).effect('closeSource').length, 2)
    page.hears(welcome())
    assert.ok(page.does({ type: 'muteToggled' }).state.muted)
    assert.ok(!page.does({ type: 'muteToggled' }).state.muted)
    assert.equal(page.does({ type: 'settingsToggled', open: true }).effect('openSource').length, 2, 'to try them')
    assert.equal(page.does({ type: 'settingsToggled', open: false }).effect('closeSource').length, 2)
    page.does({ type: 'muteToggled' }).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.equal(page.effect('openSource').length, 2)
    page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on' } })
    assert.equal(audible(page.state), false, 'muted beforehand')
    assert.equal(page.does({ type: 'hangUpClicked' }).effect('closeSource').length, 2)
    page.does({ type: 'onlyInCallsToggled' })
    assert.deepEqual(page.effects.filter(({ type }) => type === 'remember'), [{ type: 'remember', key: 'onlyInCalls', value: 'no' }])
    assert.equal(page.effect('openSource').length, 2)
  })

  it('a page that is loaded again opens nothing before it knows of a call', () => {
    const page = opened({ name: 'Ann', entered: true, kept: { ...KEPT, onlyInCalls: true, dataUse: 'everything' } })
    assert.deepEqual(page.effect('openSource'), [])
  })

  it('why one fails is told by its button, until that is read or it works', () => {
    const denied = /** @type {const} */ ({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'denied' } })
    for (const event of /** @type {const} */ ([{ type: 'troubleAsked', kind: 'camera' }, { type: 'cameraToggled' }])) {
      const page = inTheLobby().does(denied)
      assert.equal(page.state.trouble, null)
      assert.equal(page.does(event).effect('openSource').length, 1, 'it may have been allowed meanwhile')
      assert.equal(page.does(denied).state.trouble, 'camera')
      assert.equal(page.does({ type: 'troubleClosed' }).state.trouble, null)
      page.does(event).does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } })
      assert.equal(page.state.trouble, null)
    }
  })
})
