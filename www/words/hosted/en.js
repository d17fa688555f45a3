// English on a page of the internet, where it is said otherwise.

import { plural } from '../plural.js'

const count = plural('en')

/** @type {import('../index.js').Instead} */
export default {
  start: {
    tagline: 'See and hear each other, straight from the browser.',
    pinHint: 'Whoever knows the PIN comes in. Ask the one who gave you the link.',
  },
  people: { how: 'On another phone or computer, open' },
  info: {
    paths: { relay: 'through the server', relay_tcp: 'through the server, by TCP', relay_tls: 'through the server, through TLS' },
    boxRoundTrip: 'To the server and back',
    /** @param {number} number */
    unsent: number => count(number, { one: 'The server could not send you # packet', other: 'The server could not send you # packets' }) + ': the way from there may not carry such. Tell whoever looks after it.',
    mine: {
      my_loss: 'Part of what you send is lost: find a better signal, or use a cable.',
      loss_between: 'Part of what you send is lost, though your way to the server is good: it is lost near the other end.',
      my_delay: 'What you send arrives late: your connection is slow or busy.',
      my_narrow_link: 'Your connection carries no larger pictures at the moment.',
    },
    theirs: {
      /** @param {string} name */
      box_strained: name => `The server has a lot to carry, so ${name} comes in a smaller picture.`,
      /** @param {string} name */
      my_loss: name => `Part of what comes from ${name} is lost on your side: find a better signal, or use a cable.`,
      /** @param {string} name */
      their_loss: name => `Part of what ${name} sends is lost on their side: they should find a better signal, or use a cable.`,
      /** @param {string} name */
      my_delay: name => `${name} comes late: your connection is slow or busy.`,
      /** @param {string} name */
      their_delay: name => `${name} comes late: the connection over there is slow or busy.`,
      /** @param {string} name */
      delay_between: name => `${name} comes late: the way between the two of you is slow or busy.`,
      /** @param {string} name */
      my_narrow_link: name => `Your connection is slow, so ${name} comes in a smaller picture.`,
    },
  },
  connection: {
    lost: 'The connection to the server is lost. Trying again…',
    lostInCall: 'The connection to the server is lost, the call goes on. Trying again…',
  },
  notices: {
    meshed: 'The server passes on no picture and sound here, so they go straight between you: four people at most see and hear each other.',
    meshFull: 'The server passes on no picture and sound here, so only four people can see and hear each other.',
    strained: 'The server has a lot to carry: pictures are smaller for a while.',
    errors: {
      not_understood: 'The page and the server do not understand each other; please reload the page.',
      hello_first: 'The server does not know you yet; please reload the page.',
      pin_needed: 'Whoever knows the PIN comes in.',
      too_many_from_address: 'Too many people have come from your address; please try again in a few minutes.',
    },
  },
}
