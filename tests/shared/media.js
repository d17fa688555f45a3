// Fake cameras and microphones that a test can tell apart: a colour and a tone for each person.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {{ rgb: [number, number, number], hertz: number }} Costume */

/**
 * What each person of the tests looks and sounds like.
 * @type {Record<string, Costume>}
 */
export const costumes = {
  Ann: { rgb: [220, 30, 30], hertz: 440 },
  Bob: { rgb: [30, 50, 220], hertz: 880 },
  Cyd: { rgb: [30, 170, 40], hertz: 660 },
  Dee: { rgb: [220, 200, 30], hertz: 1100 },
  Fay: { rgb: [30, 190, 200], hertz: 1320 },
}

/**
 * Those who have Firefox. Its fake camera shows one colour that changes all the time, so they have none of their own.
 * @type {Record<string, Pick<Costume, 'hertz'>>}
 */
export const foxes = {
  Gus: { hertz: 1540 },
}

const WIDTH = 320
const HEIGHT = 240
const FRAMES_PER_SECOND = 10
const SECONDS = 2
const SAMPLES_PER_SECOND = 48_000

/**
 * Writes a camera and a microphone as the files that Chromium plays in an endless loop.
 * @param {string} folder
 * @param {Costume} costume
 */
export async function writeMedia(folder, { rgb, hertz }) {
  const camera = join(folder, 'camera.y4m')
  const microphone = join(folder, 'microphone.wav')
  await Promise.all([writeFile(camera, y4m(rgb)), writeFile(microphone, wav(hertz))])
  return { camera, microphone }
}

/**
 * A solid colour with a white square that walks along the top: the middle says who it is, the top that it lives.
 * YUV4MPEG2 is a text header, and `FRAME` before each picture's planes Y, U (quarter size), V.
 * @param {Costume['rgb']} rgb
 */
function y4m(rgb) {
  const SQUARE = 24
  const [luma, blueness, redness] = bt601(rgb)
  const frames = []
  for (let n = 0; n < FRAMES_PER_SECOND * SECONDS; n++) {
    const y = Buffer.alloc(WIDTH * HEIGHT, luma)
    const u = Buffer.alloc((WIDTH * HEIGHT) / 4, blueness)
    const v = Buffer.alloc((WIDTH * HEIGHT) / 4, redness)
    const left = 4 + n * 14
    for (let row = 4; row < 4 + SQUARE; row++) {
      y.fill(235, row * WIDTH + left, row * WIDTH + left + SQUARE)
      for (const plane of [u, v]) {
        const start = ((row >> 1) * WIDTH + left) >> 1
        plane.fill(128, start, start + SQUARE / 2)
      }
    }
    frames.push(Buffer.from('FRAME\n'), y, u, v)
  }
  const header = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`
  return Buffer.concat([Buffer.from(header), ...frames])
}

/**
 * RGB as Y, Cb, Cr in the limited range (ITU-R BT.601), which is how Chromium reads a y4m file.
 * @param {Costume['rgb']} rgb
 */
function bt601([red, green, blue]) {
  return [
    Math.round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
    Math.round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
    Math.round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
  ]
}

/**
 * Beeps of a quarter of a second: a tone that never pauses would be taken for noise and filtered out.
 * RIFF WAVE, PCM, 16 bit, mono.
 * @param {number} hertz
 */
function wav(hertz) {
  const samples = Buffer.alloc(SAMPLES_PER_SECOND * SECONDS * 2)
  for (let n = 0; n < SAMPLES_PER_SECOND * SECONDS; n++) {
    const seconds = n / SAMPLES_PER_SECOND
    const beeping = seconds % 0.5 < 0.25
    samples.writeInt16LE(beeping ? Math.round(16_000 * Math.sin(2 * Math.PI * hertz * seconds)) : 0, n * 2)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16) // length of this chunk
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // channels
  header.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  header.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28) // bytes a second
  header.writeUInt16LE(2, 32) // bytes a sample
  header.writeUInt16LE(16, 34) // bits a sample
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}
