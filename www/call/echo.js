// Notices that my own voice comes back: the other device stands in the same room, or has its loudspeaker too loud.
/** @import { PersonId, Streams } from '../state/types.d.ts' */

/** Levels that are kept, about 15 a second: long enough for a sentence with its pauses. */
const KEPT = 60

/** Levels between two looks. */
const PAUSE = 15

/** Levels after which a voice comes back at the latest. */
const LATEST = 15

/** Levels that a look goes further, to tell an echo from a rhythm that both have. */
const BEYOND = 24

/** Levels beside each other that always are alike. */
const NEAR = 3

/** How alike mine and theirs have to be (Pearson's correlation), and by how much less at any other delay. */
const ALIKE = 0.65
const UNLIKE = 0.2

/** How much the levels go up and down at least (standard deviation), or nobody speaks. */
const LIVELY = 0.1

/** Looks in a row that are no chance. */
const SURE = 3

/** @param {{ watchLevel: Streams['watchLevel'], heard: (member: PersonId) => void }} options */
export function createEcho({ watchLevel, heard }) {
  /** @type {(() => void)[]} */
  let stops = []

  return {
    /** To what comes of these; of nobody: not at all. @param {readonly PersonId[]} members */
    listen(members) {
      for (const stop of stops) stop()
      /** @type {number[]} */
      const mine = []
      const others = members.map(member => ({ member, levels: /** @type {number[]} */ ([]), times: 0 }))
      const keep = (/** @type {number[]} */ levels, /** @type {number} */ level) => {
        levels.push(level)
        if (levels.length > KEPT) levels.shift()
      }
      let count = 0
      stops = others.map(({ member, levels }) => watchLevel(member, level => keep(levels, level)))
      if (members.length === 0) return
      // Mine comes last, when theirs are there.
      stops.push(watchLevel('me', level => {
        keep(mine, level)
        count += 1
        if (count < KEPT || count % PAUSE !== 0) return
        for (const other of others) {
          other.times = echoes(mine, other.levels) ? other.times + 1 : 0
          if (other.times === SURE) heard(other.member)
        }
      }))
    },
  }
}

/** Whether theirs are mine, a moment later. @param {readonly number[]} mine @param {readonly number[]} theirs as many */
export function echoes(mine, theirs) {
  if (spread(mine) < LIVELY || spread(theirs) < LIVELY) return false
  const alike = Array.from({ length: 2 * BEYOND + 1 }, (_, n) => correlation(mine, theirs, n - BEYOND))
  const most = Math.max(...alike.slice(BEYOND, BEYOND + LATEST + 1))
  const at = alike.indexOf(most, BEYOND)
  const elsewhere = Math.max(...alike.filter((_, n) => Math.abs(n - at) > NEAR))
  return most >= ALIKE && most - elsewhere >= UNLIKE
}

/** @param {readonly number[]} levels */
function spread(levels) {
  const mean = average(levels)
  return Math.sqrt(average(levels.map(level => (level - mean) ** 2)))
}

/** Of mine with theirs so many levels later. @param {readonly number[]} mine @param {readonly number[]} theirs @param {number} later */
function correlation(mine, theirs, later) {
  const length = Math.min(mine.length, theirs.length) - Math.abs(later)
  const [a, b] = [mine.slice(Math.max(0, -later)).slice(0, length), theirs.slice(Math.max(0, later)).slice(0, length)]
  const [meanA, meanB] = [average(a), average(b)]
  const both = spread(a) * spread(b)
  return both > 0 ? average(a.map((level, n) => (level - meanA) * (b[n] - meanB))) / both : 0
}

/** @param {readonly number[]} numbers */
function average(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / (numbers.length || 1)
}
