// The melodies of the page, note by note, and how they sound.

/**
 * A note: when it begins and how long it sounds (s), how high (Hz), how loud (0 to 1).
 * @typedef {{ at: number, for: number, hz: number, loud: number }} Note
 */

/** @typedef {{ seconds: number, notes: Note[] }} Melody */

/** A rising chord and its answer, every three seconds: nobody takes it for a message. */
export const RING = { seconds: 3, notes: [
  ...[523.25, 659.25, 783.99, 1046.5].map((hz, i) => ({ at: i * 0.14, for: 0.9, hz, loud: 0.5 })),
  ...[783.99, 1046.5].map((hz, i) => ({ at: 1 + i * 0.14, for: 1.2, hz, loud: 0.45 })),
] }

/** The page is about to answer by itself: three notes down, over and over, unlike any ring. */
export const CHIME = { seconds: 1.7, notes: [1046.5, 783.99, 523.25].map((hz, i) => ({ at: i * 0.3, for: 1.1, hz, loud: 0.5 })) }

/** The same call while one is in another: two soft notes at intervals. */
export const QUIET_RING = { seconds: 5, notes: [
  { at: 0, for: 0.5, hz: 659.25, loud: 0.15 },
  { at: 0.2, for: 0.7, hz: 783.99, loud: 0.15 },
] }

/** One long note and a long silence, as telephones do in Europe. */
export const RING_BACK = { seconds: 5, notes: [{ at: 0, for: 1, hz: 425, loud: 0.12 }] }

/** To know a loudspeaker by. */
export const TEST = { seconds: 1.4, notes: [523.25, 659.25, 783.99].map((hz, i) => ({ at: i * 0.2, for: 0.9, hz, loud: 0.4 })) }

/** Somebody is here who was waited for: a doorbell. */
export const ARRIVAL = { seconds: 1.8, notes: [783.99, 659.25].map((hz, i) => ({ at: i * 0.35, for: 1.3, hz, loud: 0.35 })) }

/** Somebody raised a hand: two soft notes up. */
export const HAND = { seconds: 1, notes: [587.33, 880].map((hz, i) => ({ at: i * 0.16, for: 0.7, hz, loud: 0.18 })) }

/** Somebody showed something: one softer note. */
export const REACTION = { seconds: 0.8, notes: [{ at: 0, for: 0.35, hz: 987.77, loud: 0.1 }] }

/** Knuckles on wood. */
export const KNOCK = { seconds: 0.6, notes: [0, 0.18].map(at => ({ at, for: 0.12, hz: 190, loud: 0.6 })) }

/**
 * The samples of a melody. Each note has a fast attack and a slow decay, with two
 * soft overtones.
 *
 * @param {Note[]} notes @param {number} seconds @param {number} rate samples a second
 */
export function melody(notes, seconds, rate) {
  const samples = new Float32Array(Math.round(seconds * rate))
  for (const note of notes) {
    const first = Math.round(note.at * rate)
    const last = Math.min(samples.length, Math.round((note.at + note.for) * rate))
    for (let i = first; i < last; i += 1) {
      const t = (i - first) / rate
      const left = 1 - t / note.for
      const envelope = Math.min(1, t / 0.008) * left * left
      const turn = 2 * Math.PI * note.hz * t
      const wave = Math.sin(turn) + 0.3 * Math.sin(2 * turn) + 0.1 * Math.sin(3 * turn)
      samples[i] = (samples[i] ?? 0) + (note.loud * envelope * wave) / 1.4
    }
  }
  // Where notes overlap they must not crackle.
  return samples.map(Math.tanh)
}
