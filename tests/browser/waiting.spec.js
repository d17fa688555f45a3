// A third person: calls to somebody who is in a call, and knocks on a room.
import words from '../../www/words/en.js'
import { play } from './play.js'
import { together } from '../shared/room.js'

play('somebody in a call can leave it for another', async ({ lobby }) => {
  const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
  await together(ann, bob)
  await ann.sees('Bob')

  await cyd.call('Ann')
  await cyd.reads(words.calling.progress.in_another_call)
  await ann.answers('Cyd', 'Leave and join')
  await bob.reads(words.notices.roomEnded.last_left('Ann'))
  await Promise.all([ann.seesAndHears('Cyd'), cyd.seesAndHears('Ann')])
})

play(
  'a room for two refuses a third with a sentence',
  async ({ lobby }) => {
    const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
    await together(ann, bob)
    await ann.sees('Bob')

    await cyd.call('Ann')
    await ann.answers('Cyd', 'Bring here')
    await ann.reads(words.notices.errors.room_full)
    await ann.answers('Cyd', 'Decline')
    await cyd.reads(words.notices.mine.declined('Ann'))
    await ann.sees('Bob')
  },
  { box: ['--room-size', '2'] },
)

play(
  'an outsider knocks, is refused, knocks again and is let in',
  async ({ lobby }) => {
    const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
    await together(ann, bob)
    await ann.sees('Bob')

    await cyd.knockOn('Ann')
    await ann.knockOf('Cyd').waitFor()
    await bob.answersKnock('Cyd', 'Refuse')
    await ann.knockOf('Cyd').waitFor({ state: 'detached' })
    await cyd.reads(words.notices.knock.refused)

    await cyd.knockOn('Bob')
    await ann.answersKnock('Cyd', 'Let in')
    await bob.knockOf('Cyd').waitFor({ state: 'detached' })
    for (const name of ['Ann', 'Bob']) await cyd.tile(name).waitFor()
    for (const one of [ann, bob]) await one.tile('Cyd').waitFor()
  },
  { box: ['--room-size', '3'] },
)

play('a call that was missed stands in the lobby with its time, also after a reload, and can be called back', async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await bob.ringOf('Ann').waitFor()
  await ann.cancel()
  await bob.reads(words.notices.theirs.cancelled('Ann'))
  await bob.page.reload()
  await bob.reads(words.notices.theirs.cancelled('Ann'))
  await bob.page.getByRole('status').getByRole('time').waitFor()
  await bob.button(words.notices.callBackTo('Ann')).click()
  await ann.answers('Bob', 'Accept')
  await bob.sees('Ann')
  await bob.page.getByText(words.notices.theirs.cancelled('Ann')).waitFor({ state: 'detached' })
})

play('a caller who is kept from ringing does not notice, until the callee lets them again', async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await bob.ringOf('Ann').getByRole('button', { name: words.incoming.declineWith, exact: true }).click()
  await bob.page.getByRole('menuitem', { name: words.incoming.quiet('Ann'), exact: true }).click()
  await bob.ringOf('Ann').waitFor({ state: 'detached' })
  await bob.button(words.people.letRing('Ann')).waitFor()
  await ann.button(words.calling.cancel).click()
  await ann.call('Bob')
  await ann.reads(words.calling.progress.ringing)
  await ann.button(words.calling.cancel).click()

  await bob.button(words.people.letRing('Ann')).click()
  await bob.button(words.people.letRing('Ann')).waitFor({ state: 'detached' })
  await together(ann, bob)
  await ann.sees('Bob')
})
