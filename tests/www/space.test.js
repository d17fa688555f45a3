// Which space a page is of, and what becomes of a page whose space is closed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spaceOf } from '../../www/server/space.js'
import { inTheLobby, opened } from './page.js'

test('a page is of the space that its address names', () => {
  assert.equal(spaceOf('/'), null)
  assert.equal(spaceOf('/sa/b'), null)
  assert.equal(spaceOf('/s/'), null)
  assert.equal(spaceOf('/s/%ff'), null)
  assert.deepEqual(spaceOf('/s/kuchnia'), { path: '/s/kuchnia', title: 'kuchnia' })
  assert.deepEqual(spaceOf('/s/%C5%BC/x'), { path: '/s/%C5%BC', title: 'ż' })
})

test('a space is called by its name until the box says what its owner calls it', () => {
  const page = opened({ space: { path: '/s/a', title: 'a' } })
  assert.equal(page.state.space?.title, 'a')
  page.does({ type: 'spaceTitled', title: 'The kitchen' })
  assert.deepEqual(page.state.space, { path: '/s/a', title: 'The kitchen' })
  assert.equal(opened().does({ type: 'spaceTitled', title: 'No' }).state.space, null)
})

test('who is in a space that is closed is told so, is at the start, and does not come back by itself', () => {
  for (const why of /** @type {const} */ (['removed', 'expired', 'too_many'])) {
    const page = inTheLobby().hears({ type: 'space_closed', why })
    assert.equal(page.state.me.entered, false)
    assert.equal(page.state.connection.status, 'closed')
    assert.deepEqual([...page.state.people.keys()], [])
    assert.deepEqual(page.notices, [{ type: 'space_closed', why }])
    assert.ok(page.asked.includes('disconnect'))
    assert.ok(page.effect('remember').some(({ key, value }) => key === 'entered' && value === null))
  }
})
