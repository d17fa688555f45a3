// Two people call each other: every way in which a call can begin and end.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { meet } from '../shared/room.js'

play('two people call each other, and each sees and hears the other', async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await ann.page.getByRole('status', { name: 'Calling Bob' }).waitFor()
  await bob.answers('Ann', 'Accept')
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
  await Promise.all([ann.sees('You'), bob.sees('You')])
  assert.equal(await ann.tile('Bob').getAttribute('data-path'), 'direct')
})

play('a picture is shown as soon as it is there, whatever the statistics tell', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await ann.page.addInitScript(() => {
    RTCPeerConnection.prototype.getStats = async () => new Map()
  })
  await meet(box, ann, bob)
  await ann.page.locator('.tile[data-who=other][data-shown=true]').waitFor()
})

play('the caller reads that the call was declined, and why', async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await bob.answers('Ann', 'Decline')
  await ann.reads(words.notices.mine.declined('Bob'))
  await bob.ringOf('Ann').waitFor({ state: 'detached' })
  await ann.button('Call Bob').waitFor()
})

play('a call rings with sound and in the title until it is cancelled', async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  const title = await bob.page.title()
  await Promise.all([ann.listenForRings(), bob.listenForRings()])
  await ann.call('Bob')
  await bob.ringOf('Ann').waitFor()
  await until('it rings', () => bob.sounding())
  await until('the title says who calls', async () => (await bob.page.title()).includes('Ann'))
  await ann.reads(words.calling.progress.ringing)
  await until('the caller hears it ring', () => ann.sounding())
  await ann.cancel()
  await bob.ringOf('Ann').waitFor({ state: 'detached' })
  for (const one of [ann, bob]) await until('it is quiet', async () => !(await one.sounding()))
  await until('the title is as before', async () => (await bob.page.title()) === title)
  await bob.reads(words.notices.theirs.cancelled('Ann'))
  await ann.button('Call Bob').waitFor()
})

play(
  'a call that nobody answers ends for both',
  async ({ lobby }) => {
    const [ann, bob] = await lobby('Ann', 'Bob')
    await ann.call('Bob')
    await bob.ringOf('Ann').waitFor()
    await ann.reads(words.notices.mine.expired('Bob'))
    await bob.ringOf('Ann').waitFor({ state: 'detached' })
    await bob.reads(words.notices.theirs.expired('Ann'))
  },
  { box: ['--ring-seconds', '3'] },
)

play('whoever hangs up ends the call for two, and the other one reads it', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await bob.sees('Ann')
  await bob.hangUp()
  await ann.reads(words.notices.roomEnded.last_left('Bob'))
  for (const one of [ann, bob]) await one.room.waitFor({ state: 'detached' })
  await ann.button('Call Bob').waitFor()
})

play('a muted microphone is silent, and a camera that is off shows nothing', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await ann.seesAndHears('Bob')
  await bob.button('Mute').click()
  await until('Ann hears silence', async () => (await ann.loudest('Bob')).decibels < -90)
  await bob.button('Turn camera off').click()
  await ann.tile('Bob').and(ann.page.locator('[data-shown=false]')).waitFor()
  await bob.button('Unmute').click()
  await bob.button('Turn camera on').click()
  await ann.seesAndHears('Bob')
})
