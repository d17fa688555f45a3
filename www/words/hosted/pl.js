// Polish on a page of the internet, where it is said otherwise.

import { plural } from '../plural.js'

const count = plural('pl')

/** @type {import('../index.js').Instead} */
export default {
  start: {
    tagline: 'Zobaczcie się i usłyszcie, wprost z przeglądarki.',
    pinHint: 'Wchodzą tu osoby, które znają PIN. Zapytaj tego, kto ci dał link.',
  },
  people: { how: 'Na innym telefonie lub komputerze otwórz' },
  info: {
    /** @param {number} number */
    unsent: number => count(number, { one: 'Serwer nie mógł wysłać do ciebie # pakietu', other: 'Serwer nie mógł wysłać do ciebie # pakietów' }) + ': droga od niego może takich nie przenosić. Powiedz o tym osobie, która się nim opiekuje.',
    mine: {
      my_loss: 'Część tego, co wysyłasz, ginie: znajdź lepszy zasięg albo użyj kabla.',
      my_delay: 'To, co wysyłasz, dociera późno: twoje łącze jest wolne albo zajęte.',
      my_narrow_link: 'Twoje łącze nie przenosi teraz większych obrazów.',
    },
    theirs: {
      /** @param {string} name */
      my_loss: name => `${name}: część ginie po twojej stronie. Znajdź lepszy zasięg albo użyj kabla.`,
      /** @param {string} name */
      their_loss: name => `${name}: część ginie po tamtej stronie. Tam trzeba znaleźć lepszy zasięg albo użyć kabla.`,
      /** @param {string} name */
      loss_between: name => `${name}: część ginie po drodze między wami.`,
      /** @param {string} name */
      my_delay: name => `${name}: dociera późno, bo twoje łącze jest wolne albo zajęte.`,
      /** @param {string} name */
      their_delay: name => `${name}: dociera późno, bo łącze po tamtej stronie jest wolne albo zajęte.`,
      /** @param {string} name */
      delay_between: name => `${name}: dociera późno, bo droga między wami jest wolna albo zajęta.`,
      /** @param {string} name */
      my_narrow_link: name => `${name}: twoje łącze jest wolne, więc obraz jest mniejszy.`,
    },
  },
  notices: { errors: { too_many_from_address: 'Z twojego adresu przyszło za dużo osób; spróbuj ponownie za kilka minut.' } },
}
