// Another browser than Chromium: Firefox calls and is called, straight and through the box.
import { everybody, goes, invited, together } from '../browser/room.js'
import { play } from './play.js'

play('Firefox and Chromium call each other, and go straight', { people: ['Ann', 'Gus'] }, async ({ lobby }) => {
  const [ann, gus] = await lobby('Ann', 'Gus')
  for (const [one, other] of [[gus, ann], [ann, gus]]) {
    await one.call(other.name)
    await other.ringOf(one.name).waitFor()
    await other.answers(one.name, 'Accept')
    await everybody([one, other], (one, other) => one.seesAndHears(other.name))
    await everybody([one, other], (one, other) => goes('direct', one, other))
    await everybody([one, other], (one, other) => one.seesAndHears(other.name))
    await other.hangUp()
    for (const each of [one, other]) await each.room.waitFor({ state: 'detached' })
  }
})

play('Firefox is one of three, who all see and hear each other through the box', { people: ['Ann', 'Bob', 'Gus'] }, async ({ lobby }) => {
  const [ann, bob, gus] = await lobby('Ann', 'Bob', 'Gus')
  await together(ann, gus)
  await invited(ann, bob)
  await everybody([ann, bob, gus], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob, gus], (one, other) => goes('relay', one, other))
  await bob.hangUp()
  await everybody([ann, gus], (one, other) => goes('direct', one, other))
  await everybody([ann, gus], (one, other) => one.seesAndHears(other.name))
})
