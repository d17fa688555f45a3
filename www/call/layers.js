// What a page offers the relay to send: four feeds, and pictures in layers of several sizes.
/** @import { Feed } from '../state/types.d.ts' */

/** What the browser sends, in the order of the m-lines. @type {readonly Feed[]} */
export const FEEDS = ['microphone', 'camera', 'screenSound', 'screen']

/**
 * The layers of a picture of at least so many pixels: by how much each is smaller, and what it may
 * cost. Of a small picture browsers make fewer layers, the last ones missing.
 */
const CAMERA = [
  { pixels: 960 * 540, scales: [4, 2, 1] },
  { pixels: 480 * 270, scales: [2, 1, 1] },
  { pixels: 0, scales: [1, 1, 1] },
]

/** Bits a second, by the width of a layer at least. */
const RATES = [
  { width: 960, bits: 1_700_000 },
  { width: 480, bits: 500_000 },
  { width: 0, bits: 150_000 },
]

/** @type {Record<Feed, RTCRtpEncodingParameters[]>} nothing is encoded before it is wanted */
export const ENCODINGS = {
  microphone: [{ active: false }],
  camera: [
    { rid: 'q', active: false, scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 15 },
    { rid: 'h', active: false, scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 30 },
    { rid: 'f', active: false, scaleResolutionDownBy: 1, maxBitrate: 1_700_000, maxFramerate: 30 },
  ],
  screenSound: [{ active: false }],
  screen: [
    { rid: 'h', active: false, scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 },
    { rid: 'f', active: false, scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15 },
  ],
}

/**
 * How each layer of a picture is to be sent, smallest first. A layer that the browser would not make of
 * so small a picture is sent as the largest that it does make.
 *
 * @param {Feed} feed @param {readonly boolean[]} wanted @param {{ width?: number, height?: number }} size
 * @returns {RTCRtpEncodingParameters[]}
 */
export function layersOf(feed, wanted, { width = 1280, height = 720 }) {
  if (feed === 'screen') {
    const last = ENCODINGS.screen.length - 1
    return ENCODINGS.screen.map((_, n) => ({ active: n === last ? wanted.slice(n).some(Boolean) : wanted[n] ?? false }))
  }
  const { scales } = CAMERA.find(({ pixels }) => width * height >= pixels) ?? CAMERA[0]
  const largest = scales.indexOf(1)
  return scales.map((scale, n) => ({
    active: n === largest ? wanted.slice(n).some(Boolean) : n < largest && (wanted[n] ?? false),
    scaleResolutionDownBy: scale,
    maxBitrate: RATES.find(rate => Math.max(width, height) / scale >= rate.width)?.bits,
  }))
}

/** @param {Feed} feed */
export function kindOf(feed) {
  return feed === 'microphone' || feed === 'screenSound' ? 'audio' : 'video'
}

/** @returns {Record<Feed, readonly boolean[]>} */
export function nothing() {
  return { microphone: [], camera: [], screenSound: [], screen: [] }
}

/** @returns {Record<Feed, readonly boolean[]>} */
export function everything() {
  return { ...nothing(), microphone: [true], camera: [true, true, true] }
}

/** What everybody in the room decodes. @param {RTCRtpTransceiver} transceiver */
export function preferVp8(transceiver) {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  const first = codecs.filter(({ mimeType }) => mimeType === 'video/VP8')
  // Not every browser lets a page choose.
  if (first.length) transceiver.setCodecPreferences?.([...first, ...codecs.filter(codec => !first.includes(codec))])
}
