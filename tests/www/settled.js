// When a screen can be looked at.

/** Runs in the page: when nothing has moved for a few looks in a row; some things never rest. */
export async function settled() {
  const until = performance.now() + 5_000
  for (let before = '', same = 0; same < 3 && performance.now() < until;) {
    await new Promise(requestAnimationFrame)
    await new Promise(done => setTimeout(done)) // what this look at the places has set going comes before the next one
    const places = [...document.querySelectorAll('*')].map(element => {
      const { x, y, width, height } = element.getBoundingClientRect()
      return [x, y, width, height].join(' ')
    }).join()
    same = places === before ? same + 1 : 0
    before = places
  }
}
