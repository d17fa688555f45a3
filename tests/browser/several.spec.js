// Dinner! Several people are rung into one room.
import words from '../../www/words/en.js'
import { play } from './play.js'

play('everybody is rung into one room, or those who were chosen, and whoever comes is there', async ({ lobby }) => {
  const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
  await ann.button(words.several.everybody).click()
  await Promise.all([bob, cyd].map(one => one.ringOf('Ann').waitFor()))
  await bob.answers('Ann', 'Accept')
  await ann.sees('Bob')
  await cyd.answers('Ann', 'Decline')
  await bob.hangUp()
  await ann.reads(words.notices.roomEnded.last_left('Bob'))

  await ann.button(words.several.choose).click()
  await ann.page.getByRole('checkbox', { name: words.several.pick('Cyd'), exact: true }).check()
  await ann.button(words.several.ring(1)).click()
  await cyd.ringOf('Ann').waitFor()
  await ann.cancel()
})
