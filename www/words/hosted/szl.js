// Silesian on a page of the internet, where it is said otherwise.

import { plural } from '../plural.js'

const count = plural('pl')

/** @type {import('../index.js').Instead} */
export default {
  start: {
    tagline: 'Ôbejzdrzijcie i posuchejcie sie, prosto bez przeglōndarka.',
    pinHint: 'Wlazujōm sam ci, co znajōm PIN. Spytej tego, co ci doł link.',
  },
  people: { how: 'Na inkszym telefōnie abo kōmputrze ôtwōrz' },
  call: { weak: 'słabe łōncze' },
  keys: { people: 'lista ludzi' },
  info: {
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer niy mōg posłać do ciebie # pakietu', other: 'Serwer niy mōg posłać do ciebie # pakietōw' }) + ': drōga ôd niego może takich niy niyś. Powiydz ô tym tymu, co sie ô niego starŏ.',
    mine: {
      my_loss: 'Kōnsek tego, co posyłŏsz, sie traci: znojdź lepszy zasiōng abo weź kabel.',
      my_delay: 'To, co posyłŏsz, dochodzi niyskoro: twoje łōncze je pōmałe abo mŏ moc roboty.',
      my_narrow_link: 'Twoje łōncze niy uniesie terŏz srogszych ôbrŏzkōw.',
    },
    theirs: {
      /** @param {string} name */
      my_loss: name => `${name}: kōnsek sie traci po twojij strōnie. Znojdź lepszy zasiōng abo weź kabel.`,
      /** @param {string} name */
      their_loss: name => `${name}: kōnsek sie traci po tamtyj strōnie. Tam trza znojś lepszy zasiōng abo wziōńć kabel.`,
      /** @param {string} name */
      loss_between: name => `${name}: kōnsek sie traci po drodze miyndzy wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dochodzi niyskoro, bo twoje łōncze je pōmałe abo mŏ moc roboty.`,
      /** @param {string} name */
      their_delay: name => `${name}: dochodzi niyskoro, bo tam łōncze je pōmałe abo mŏ moc roboty.`,
      /** @param {string} name */
      delay_between: name => `${name}: dochodzi niyskoro, bo drōga miyndzy wami je pōmałŏ abo mŏ moc roboty.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoje łōncze je pōmałe, tōż ôbrŏzek je myńszy.`,
    },
  },
  notices: { errors: { too_many_from_address: 'Z twojigo adresu przyszło za moc ludzi; sprōbuj jeszcze rŏz za pora minut.' } },
}
