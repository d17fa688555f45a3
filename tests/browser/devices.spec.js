// Join with what works: a missing or forbidden camera never keeps anybody out.
import words from '../../www/words/en.js'
import { play } from './play.js'

/** @type {['missing' | 'denied', string][]} */
const situations = [
  ['missing', 'somebody without a camera sees and hears the others'],
  ['denied', 'somebody who keeps the camera from the page sees and hears the others'],
]
for (const [devices, sentence] of situations) {
  play(sentence, async ({ box, person }) => {
    const ann = await person('Ann', { devices })
    const bob = await person('Bob')
    await ann.visit(box)
    await ann.page.getByText(words.devices.camera_problems[devices]).first().waitFor()
    await ann.enter(box)
    await bob.enter(box)
    await bob.call('Ann')
    await ann.answers('Bob', 'Accept')
    await ann.seesAndHears('Bob')
    await bob.tile('Ann').waitFor()
  })
}
