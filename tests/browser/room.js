// What people do together, whatever network they are in.
/** @import { Person } from './person.js' */

/** The first one calls all others into one room. @param {Person} host @param {Person[]} guests */
export async function together(host, ...guests) {
  const [first, ...rest] = guests
  await host.call(first.name)
  await first.answers(host.name, 'Accept')
  for (const guest of rest) await invited(host, guest)
}

/** @param {Person} host @param {Person} guest */
export async function invited(host, guest) {
  await host.tile(guest.name).or(host.button(`Invite ${guest.name}`)).waitFor()
  await host.invite(guest.name)
  await guest.answers(host.name, 'Accept')
}

/** @param {Person[]} people @param {(one: Person, other: Person) => Promise<unknown>} does */
export async function everybody(people, does) {
  // One page after the other: the machine is small.
  for (const one of people) await Promise.all(people.filter(other => other !== one).map(other => does(one, other)))
}

/** @param {'direct' | 'relay'} path @param {Person} one @param {{ name: string }} other */
export async function goes(path, one, other) {
  await one.tile(other.name).and(one.page.locator(`[data-path=${path}][data-trouble=false]`)).waitFor()
}
