// Browsers that load the page but open no WebSocket, as some do where the certificate was clicked through.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { meet } from '../shared/room.js'

play('where no WebSocket opens the page talks another way, calls, and comes back', async ({ box, person }) => {
  const [ann, bob] = await Promise.all([person('Ann'), person('Bob')])
  await ann.context.addInitScript(() => {
    const Real = WebSocket
    // The box answers there, but not with a WebSocket.
    window.WebSocket = class extends Real {
      constructor() {
        super(`wss://${location.host}/`)
      }
    }
  })
  await meet(box, ann, bob)
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
  assert.ok(ann.requests.some(url => url.endsWith('/events')))
  assert.ok(!bob.requests.some(url => url.endsWith('/events')))

  await box.kill()
  await ann.reads(words.connection.lostInCall)
  await box.startAgain()
  await Promise.all([ann, bob].map(one => one.reads(words.notices.back)))
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])

  await ann.hangUp()
  await bob.reads(words.notices.roomEnded.last_left('Ann'))
})
