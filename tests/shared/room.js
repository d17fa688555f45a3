// What people do together, whatever network they are in.
import assert from 'node:assert/strict'

/** @import { Person } from './person.js' */

/** The first one calls all others into one room. @param {Person[]} people */
export async function together(...people) {
  const [host, first, ...rest] = people
  await host.call(first.name)
  await first.answers(host.name, 'Accept')
  for (const other of rest) await invited(host, other)
}

/** The same of people who have their browsers only. @param {{ page: string }} box @param {Person[]} people */
export async function meet(box, ...people) {
  for (const one of people) await one.enter(box)
  await together(...people)
}

/** @param {Person} host @param {Person} other */
export async function invited(host, other) {
  await host.tile(other.name).or(host.button(`Invite ${other.name}`)).waitFor()
  await host.invite(other.name)
  await other.answers(host.name, 'Accept')
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

/** Between what a page's media goes, as the browser tells it. @param {Person} one @returns {Promise<string[]>} */
export async function ends(one) {
  const stats = await one.page.evaluate(() => window.wizyjno?.stats())
  const all = Object.values(stats ?? {}).flatMap(path => path?.ends ?? [])
  assert.ok(all.length > 0)
  return all
}
