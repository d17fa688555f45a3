// A network that loses a part of what is sent: people learn whose it is.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { everybody, goes } from '../shared/room.js'
import { hosts, play } from './play.js'

play('whoever comes over a bad network is marked, until it is better', { people: ['Ann', 'Bob'] }, async ({ lab, room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await everybody([ann, bob], (one, other) => goes('direct', one, other))
  const mark = ann.tile('Bob').getByRole('img', { name: words.call.weak, exact: true })
  assert.equal(await mark.count(), 0)
  lab.lose(hosts.Ann, 0.15)
  await mark.waitFor()
  // What Bob sends does not get there, and he learns it, too.
  await bob.tile('You').getByRole('img', { name: words.call.weak, exact: true }).waitFor()
  lab.lose(hosts.Ann, 0)
  await mark.waitFor({ state: 'detached' })
})
