// Every language says everything, and says it in its own words.
import assert from 'node:assert/strict'
import test from 'node:test'
import { languages, learn } from '../../www/words/index.js'
import { sentence } from '../../www/ui/parts/notices.js'

const en = await learn('en')
const pl = await learn('pl')
const szl = await learn('szl')
const all = { en, pl, szl }

/** What every sentence says, by its place. @param {object} words @returns {Map<string, string | Function>} */
function leaves(words, path = '') {
  return new Map(Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' ? [...leaves(value, `${path}${key}.`)] : [[`${path}${key}`, value]]))
}

/** Said with something for every argument. @param {string} place @param {string | Function} leaf @param {number} number */
function said(place, leaf, number = 3) {
  if (typeof leaf === 'string') return leaf
  const takesNumber = ['devices.numbered', 'people.others', 'calling.secondsLeft', 'incoming.more', 'info.frames', 'info.unsent', 'several.ring', 'several.calling', 'gestures.raised', 'gestures.mine', 'notHere.more'].includes(place)
  return leaf(takesNumber ? number : ['incoming.together', 'people.inCallWith', 'several.names', 'calling.knockingAt', 'answering.sign', 'answering.answered', 'gestures.up', 'gestures.reacted'].includes(place) ? ['Ann', 'Bob'] : 'Ann', '1.0')
}

for (const [code, words] of Object.entries(all)) {
  test(`${code} has the sentences of the others, each wanting the same`, () => {
    const shape = (/** @type {object} */ of) => [...leaves(of)].map(([place, leaf]) => `${place}/${typeof leaf === 'string' ? 0 : leaf.length}`).sort()
    assert.deepEqual(shape(words), shape(en))
  })

  test(`${code} leaves no sentence empty or half said`, () => {
    for (const [place, leaf] of leaves(words)) {
      const text = said(place, leaf)
      assert.match(text, /\S/, place)
      assert.doesNotMatch(text, /undefined|null|NaN|#|\[object| {2}/, place)
      if (typeof leaf !== 'string') assert.match(text, /Ann|3/, `${place} says what it was given`)
    }
  })
}

test('every language that is offered can be learnt', () => {
  assert.deepEqual(Object.keys(languages).sort(), Object.keys(all).sort())
})

test('nothing was left in English', () => {
  for (const [code, words] of Object.entries({ pl, szl })) {
    for (const [place, leaf] of leaves(words)) {
      const english = said(place, /** @type {string | Function} */ (leaves(en).get(place)))
      assert.notEqual(said(place, leaf), english, `${code} ${place}`)
    }
  }
})

test('a page of the internet speaks of no box and of no network', async () => {
  const nothingOf = { en: /\bbox|network|Wi-Fi/i, pl: /skrzynk|\bsie[cć]|Wi-Fi/i, szl: /kastl|\bnec|\bsieci|Wi-Fi/i }
  for (const [code, pattern] of Object.entries(nothingOf)) {
    const language = /** @type {keyof typeof all} */ (code)
    const hosted = await learn(language, true)
    assert.deepEqual([...leaves(hosted).keys()], [...leaves(all[language]).keys()])
    let other = 0
    for (const [place, leaf] of leaves(hosted)) {
      const text = said(place, leaf)
      // It is not shown there.
      if (place !== 'settings.noMoreWarnings') assert.doesNotMatch(text, pattern, place)
      if (typeof leaf !== 'string') assert.match(text, /Ann|3/, place)
      other += Number(text !== said(place, /** @type {string | Function} */ (leaves(all[language]).get(place))))
    }
    assert.ok(other > 10, `${code} says ${other} sentences otherwise`)
  }
})

test('Silesian is not Polish', () => {
  const alike = new Set(['info.path', 'people.title', 'people.show', 'people.invite', 'people.invitePerson', 'devices.camera', 'call.you', 'notices.mine.accepted'])
  const polish = leaves(pl)
  for (const [place, leaf] of leaves(szl)) {
    if (!alike.has(place)) assert.notEqual(said(place, leaf), said(place, /** @type {string | Function} */ (polish.get(place))), place)
  }
})

test('counts take the right form of the noun', () => {
  assert.equal(en.calling.secondsLeft(1), '1 second left')
  assert.equal(en.calling.secondsLeft(2), '2 seconds left')
  assert.equal(pl.calling.secondsLeft(1), 'została 1 sekunda')
  assert.equal(pl.calling.secondsLeft(22), 'zostały 22 sekundy')
  assert.equal(pl.calling.secondsLeft(12), 'zostało 12 sekund')
  assert.equal(szl.calling.secondsLeft(2), 'ôstały 2 sekōndy')
  assert.equal(szl.calling.secondsLeft(5), 'ôstało 5 sekōnd')
})

test('the accessible names promised in English are kept', () => {
  const promised = [
    en.start.yourName, en.start.enter, en.people.title, en.people.callPerson('NAME'), en.people.knockOn('NAME'), en.people.invitePerson('NAME'),
    en.calling.calling('NAME'), en.calling.cancel, en.incoming.isCalling('NAME'), en.incoming.accept, en.incoming.decline,
    en.incoming.leaveAndJoin, en.incoming.bringHere, en.incoming.isKnocking('NAME'), en.incoming.letIn, en.incoming.refuse,
    en.call.copyLink, en.several.everybody, en.several.ring(3), en.answering.answering('NAME', 5), en.answering.dont,
    en.call.region, en.call.you, en.call.mute, en.call.unmute, en.call.cameraOff, en.call.cameraOn, en.call.shareScreen, en.call.stopSharing, en.call.settings, en.call.hangUp,
    en.call.loudness('NAME'), en.call.muteForMe, en.call.hideMe,
  ]
  assert.deepEqual(promised, [
    'Your name', 'Enter', 'People', 'Call NAME', "Knock on NAME's room", 'Invite NAME',
    'Calling NAME', 'Cancel', 'NAME is calling', 'Accept', 'Decline',
    'Leave and join', 'Bring here', 'NAME is knocking', 'Let in', 'Refuse',
    'Copy link to this room', 'Ring everybody', 'Ring 3 people', 'Answering NAME in 5 s', "Don't answer",
    'Call', 'You', 'Mute', 'Unmute', 'Turn camera off', 'Turn camera on', 'Share screen', 'Stop sharing', 'Settings', 'Hang up',
    'Loudness of NAME', 'Mute for me', 'Hide my own picture',
  ])
})

test('a button says at least what is written on it', () => {
  for (const { people } of Object.values(all)) {
    assert.ok(people.callPerson('Ann').startsWith(people.call))
    assert.ok(people.knockOn('Ann').startsWith(people.knock))
    assert.ok(people.invitePerson('Ann').startsWith(people.invite))
  }
})

test('every end of a call has its sentence', () => {
  const tell = (/** @type {import('../../www/state/types.d.ts').NoticeText} */ text) => sentence(en, text)
  assert.equal(tell({ type: 'invitation_ended', name: 'Bob', outcome: { how: 'declined', reason: 'busy' }, mine: true }), 'Bob is busy.')
  assert.equal(tell({ type: 'invitation_ended', name: 'Bob', outcome: { how: 'declined' }, mine: true }), 'Bob cannot talk now.')
  assert.equal(tell({ type: 'invitation_ended', name: 'Bob', outcome: { how: 'expired' }, mine: false }), 'You missed a call from Bob.')
  assert.equal(tell({ type: 'room_left', why: { why: 'nobody_came', name: 'Bob', outcome: { how: 'expired' } } }), "Bob didn't answer.")
  assert.equal(tell({ type: 'room_left', why: { why: 'last_left', name: 'Bob' } }), 'Bob hung up.')
  assert.equal(tell({ type: 'room_left', why: { why: 'removed' } }), 'The host removed you from the call.')
  assert.equal(tell({ type: 'knock_ended', outcome: 'refused' }), "They can't let you in right now.")
  assert.equal(tell({ type: 'error', code: 'room_full' }), 'This call has no room for one more.')
})
