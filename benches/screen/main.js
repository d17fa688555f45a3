// What a shared screen costs in each codec: bytes, the encoder's time, how soon letters are sharp. One Chromium, two
// connections in one page, a screen of text that is written on and turns its page: `node benches/screen/main.js [seconds]`.
import { loadavg } from 'node:os'
import { chromium } from 'playwright-core'
import { CHROMIUM } from '../../tests/shared/browsers.js'

const SECONDS = Number(process.argv[2] ?? 12)

/** The first sends nothing: what the page costs by itself. */
const WAYS = [['', ''], ['video/VP8', 'L1T1'], ['video/VP9', 'L1T1'], ['video/AV1', 'L1T1'], ['video/AV1', 'L2T1_KEY'], ['video/H264', 'L1T1']]

for (const [mime, mode] of WAYS) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--allow-loopback-in-peer-connection'] })
  try {
    const page = await browser.newPage()
    const system = await browser.newBrowserCDPSession()
    /** Seconds of CPU of the page's process. */
    const spent = async () => {
      const { processInfo } = await system.send('SystemInfo.getProcessInfo')
      return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
    }
    await page.exposeFunction('spent', spent)
    const figures = await page.evaluate(share, { mime, mode, seconds: SECONDS })
    console.info(`${mime || 'nothing'} ${mode}, load ${loadavg()[0].toFixed(1)}: ${figures}`)
  } finally {
    await browser.close()
  }
}

/** In the page. @param {{ mime: string, mode: string, seconds: number }} how */
async function share({ mime, mode, seconds }) {
  const [WIDTH, HEIGHT, RATE, TURN] = [1280, 720, 15, 4_000]
  const pause = (/** @type {number} */ ms) => new Promise(resolve => setTimeout(resolve, ms))
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT })
  const paper = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))
  let [seed, line, column] = [1, 0, 0]
  const letter = () => String.fromCharCode(97 + ((seed = (seed * 48271) % 2147483647) % 26))
  const write = (/** @type {number} */ count) => {
    paper.font = '16px monospace'
    for (let n = 0; n < count; n += 1) {
      paper.fillStyle = seed % 7 ? '#223' : '#06c'
      if (seed % 6) paper.fillText(letter(), 20 + column * 10, 30 + line * 20)
      else letter()
      column += 1
      if (column > 122) [column, line] = [0, (line + 1) % 34]
    }
  }
  const turn = () => {
    paper.fillStyle = '#fff'
    paper.fillRect(0, 0, WIDTH, HEIGHT)
    ;[line, column] = [0, 0]
    write(122 * 28)
  }
  turn()

  const [above, below] = [new RTCPeerConnection(), new RTCPeerConnection()]
  for (const [one, other] of [[above, below], [below, above]]) one.onicecandidate = ({ candidate }) => candidate && other.addIceCandidate(candidate)
  const [track] = canvas.captureStream(RATE).getVideoTracks()
  track.contentHint = 'detail'
  const encoding = { maxBitrate: 2_500_000, maxFramerate: RATE, ...(mode && { scalabilityMode: mode }) }
  const transceiver = above.addTransceiver(track, { direction: 'sendonly', sendEncodings: [encoding] })
  if (mime === '') transceiver.stop()
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  if (mime) transceiver.setCodecPreferences([...codecs.filter(codec => codec.mimeType === mime), ...codecs.filter(({ mimeType }) => /rtx/.test(mimeType))])
  const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
  below.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]) }
  document.body.append(video)
  await above.setLocalDescription()
  await below.setRemoteDescription(/** @type {RTCSessionDescription} */ (above.localDescription))
  await below.setLocalDescription()
  await above.setRemoteDescription(/** @type {RTCSessionDescription} */ (below.localDescription))

  const shown = new OffscreenCanvas(WIDTH, HEIGHT)
  const look = /** @type {OffscreenCanvasRenderingContext2D} */ (shown.getContext('2d', { willReadFrequently: true }))
  /** How like the paper the picture is, in dB. */
  const likeness = () => {
    look.drawImage(video, 0, 0, WIDTH, HEIGHT)
    const [a, b] = [paper, look].map(context => context.getImageData(0, 0, WIDTH, 400).data)
    let sum = 0
    for (let n = 1; n < a.length; n += 16) sum += (a[n] - b[n]) ** 2
    return 10 * Math.log10((255 ** 2) / (sum / (a.length / 16)))
  }
  const read = async () => {
    const sum = { bytes: 0, frames: 0, encode: 0, decode: 0, decoded: 0, by: '' }
    for (const report of [...(await above.getStats()).values(), ...(await below.getStats()).values()]) {
      if (report.type === 'outbound-rtp') {
        sum.bytes += report.bytesSent + report.headerBytesSent
        sum.frames += report.framesEncoded
        sum.encode += report.totalEncodeTime
        sum.by = report.encoderImplementation ?? ''
      }
      if (report.type === 'inbound-rtp') {
        sum.decode += report.totalDecodeTime ?? 0
        sum.decoded += report.framesDecoded ?? 0
      }
    }
    return sum
  }
  await pause(4_000)
  const spent = /** @type {() => Promise<number>} */ (Reflect.get(window, 'spent'))
  const [before, cpu] = [await read(), await spent()]
  const sharp = []
  for (let at = 0; at < seconds * 1000; at += TURN) {
    turn()
    const begin = performance.now()
    let after = Infinity
    /** @type {number[]} */
    const likenesses = []
    while (performance.now() - begin < TURN) {
      await pause(100)
      write(2)
      const now = likeness()
      likenesses.push(now)
      if (now > 30) after = Math.min(after, performance.now() - begin)
    }
    sharp.push({ after, best: Math.max(...likenesses) })
  }
  const end = await read()
  const load = `${Math.round((await spent() - cpu) / seconds * 100)} % of a core`
  if (!mime) return load
  const frames = end.frames - before.frames
  const median = (/** @type {number[]} */ all) => all.sort((a, b) => a - b)[all.length >> 1]
  return `${end.by}, ${Math.round((end.bytes - before.bytes) * 8 / seconds / 1000)} kbit/s, ${load}, ${(frames / seconds).toFixed(1)} pictures a second, `
    + `${((end.encode - before.encode) * 1000 / frames).toFixed(1)} ms to encode one, ${((end.decode - before.decode) * 1000 / (end.decoded - before.decoded)).toFixed(1)} ms to decode, `
    + `sharp after ${Math.round(median(sharp.map(({ after }) => after)))} ms, at last ${median(sharp.map(({ best }) => best)).toFixed(1)} dB`
}
