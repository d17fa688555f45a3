// The streams of picture and sound, mine and the others': who shows or measures them asks here.
import { isShown, watchTile } from './tiles.js'
/** @import { Other, Reception, Streams, Volume, Who } from '../state/types.d.ts' */

/** Milliseconds between two looks at how loud somebody is. */
const LEVEL_PAUSE = 66

/** Sound below this (in dB of full scale) is silence to the eye. */
const QUIETEST = -60

/** Milliseconds that what was seen and heard before stays while the new one does not come: at most, and when it stands still itself. */
const CHANGE_TIMEOUT = { flowing: 8_000, standing: 3_000 }

/** Milliseconds between two looks whether it comes. */
const LOOK = 100

/** Milliseconds without anything new after which it stands still. */
const STILL = 300

/** Milliseconds that a picture which flows may take to be drawn. */
const DRAWN = 1_000

/** Milliseconds between two tellings that somebody's picture is drawn. */
const TELL = 250

/** Looks that have to bring something new before what flows is given up for it: first pictures come one by one. */
const STEADY = 3

/**
 * `level`: how loud they are, linear, 0 to 1. `reception`: what the stream's tracks come from.
 * `next`: what they are to come from, `coming`: until they do.
 * @typedef {{ stream: MediaStream, level: () => number, audio: HTMLAudioElement | null, reception: Reception, next: Reception, coming: Partial<Record<Kind, Promise<void>>> }} Source
 */

/** @typedef {'audio' | 'video'} Kind */

/** @type {readonly Kind[]} */
const KINDS = ['audio', 'video']

/** @type {Reception} */
const NOTHING = { audio: null, video: null }

/** @type {Map<Who, Source>} */
const sources = new Map()
/** @type {Map<HTMLVideoElement, Who>} */
const screens = new Map()
/** How loud those are played who are not as loud as they come. @type {Map<Other, Volume>} */
const volumes = new Map()
/** @type {Set<{ who: Who, callback: (level: number) => void }>} */
const watchers = new Set()
/** @type {ReturnType<typeof setInterval> | undefined} */
let watching
let audioOutput = ''
/** Listens to my microphone while somebody watches. @type {{ context: AudioContext, analyser: AnalyserNode } | null} */
let meter = null
/** @type {(blocked: boolean) => void} */
let soundBlocked = () => {}
/** @type {(who: Exclude<Who, 'me'>, receiver: RTCRtpReceiver | null) => void} */
let pictured = () => {}

/** @type {Streams['attachStream']} */
export function attachStream(video, who) {
  // Sound is played by the person's own <audio>, once, wherever and however often they are shown.
  video.muted = true
  video.autoplay = true
  video.playsInline = true
  // Browsers say it of the first picture, too, and sooner than their statistics tell of it.
  video.onresize = () => {
    if (who !== 'me' && video.videoWidth > 0) pictured(who, comesFrom(who))
  }
  screens.set(video, who)
  if (who !== 'me') followPictures(video, who)
  show(video)
  const stop = watchTile(video, who)
  return () => {
    stop()
    screens.delete(video)
    video.onresize = video.srcObject = null
  }
}

/** Tells of the pictures that are drawn. @param {HTMLVideoElement} video @param {Exclude<Who, 'me'>} who */
function followPictures(video, who) {
  let toldAt = -Infinity
  const drawn = (/** @type {number} */ now) => {
    if (screens.get(video) !== who) return
    if (now - toldAt >= TELL) {
      toldAt = now
      pictured(who, comesFrom(who))
    }
    video.requestVideoFrameCallback(drawn)
  }
  // Not every browser has it.
  video.requestVideoFrameCallback?.(drawn)
}

/** @param {Who} who */
function comesFrom(who) {
  return sources.get(who)?.reception.video ?? null
}

/** What is drawn of somebody, if the page learns of each picture; null: nobody looks, or the browser does not tell. @param {Who} who */
export function drawing(who) {
  return 'requestVideoFrameCallback' in HTMLVideoElement.prototype && isShown(who) ? comesFrom(who) : null
}

/** @type {Streams['watchLevel']} */
export function watchLevel(who, callback) {
  const watcher = { who, callback }
  watchers.add(watcher)
  watching ??= setInterval(measure, LEVEL_PAUSE)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(watching)
    watching = undefined
    dropMeter()
  }
}

/** @type {MediaStreamTrack | null} */
let myMicrophone = null

/**
 * Mine is only looked at: nobody wants to hear themselves. Beside the picture in one stream, the sound would be
 * played, silently, all the time.
 *
 * @param {'camera' | 'microphone'} kind @param {MediaStreamTrack | null} track
 */
export function setMyTrack(kind, track) {
  if (kind === 'microphone') {
    dropMeter()
    myMicrophone = track
  }
  const stream = kind === 'camera' ? new MediaStream(track ? [track] : []) : sources.get('me')?.stream ?? new MediaStream()
  sources.set('me', { stream, level: myLevel, audio: null, reception: NOTHING, next: NOTHING, coming: {} })
  refresh('me')
}

/**
 * What comes of somebody else. The stream stays the same; picture and sound in it change over each as
 * soon as the new one flows, so that nobody sees black or hears a gap. Resolves when they have, or when
 * something else is to come instead.
 *
 * @param {Exclude<Who, 'me'>} who @param {Reception} reception
 */
export function setStream(who, reception) {
  const source = sources.get(who) ?? begin(who)
  return Promise.all(KINDS.map(kind => {
    const receiver = reception[kind]
    if (receiver && receiver !== source.next[kind]) {
      source.next = { ...source.next, [kind]: receiver }
      source.coming[kind] = change(who, source, kind, receiver, () => sources.get(who) === source && source.next[kind] === receiver)
    }
    return source.coming[kind]
  }))
}

/** @param {Exclude<Who, 'me'>} who */
function begin(who) {
  /** @type {Source} */
  const source = {
    stream: new MediaStream(),
    level: () => source.reception.audio?.getSynchronizationSources()[0]?.audioLevel ?? 0,
    audio: null,
    reception: NOTHING,
    next: NOTHING,
    coming: {},
  }
  sources.set(who, source)
  refresh(who)
  return source
}

/** @param {Other} who @param {Source} source @param {Kind} kind @param {RTCRtpReceiver} receiver @param {() => boolean} meant it is still what is to come */
async function change(who, source, kind, receiver, meant) {
  const before = source.reception[kind]
  if (before === receiver) return
  // Players need a moment to begin: the new one plays silently before it takes over.
  const player = kind === 'audio' ? openPlayer(receiver.track, before !== null) : null
  if (before) await flowing(receiver, before, meant)
  if (!meant()) {
    if (player) player.srcObject = null
    return
  }
  source.reception = { ...source.reception, [kind]: receiver }
  exchange(source.stream, before?.track ?? null, receiver.track)
  if (player) {
    adjust(player, who)
    play(player)
    if (source.audio) source.audio.srcObject = null
    source.audio = player
  }
  // Where all that came before has ended, players have stopped.
  const shown = [...screens.keys()].filter(video => video.srcObject === source.stream)
  for (const video of shown) video.play().catch(() => {})
  if (before && kind === 'video' && shown[0]) await drawn(shown[0])
}

/** Resolves when the picture has moved, or when that takes too long, as on a page that nobody sees. @param {HTMLVideoElement} video */
async function drawn(video) {
  const late = pause(DRAWN)
  // The first may be the last one of before.
  for (let n = 0; n < 2; n += 1) await Promise.race([new Promise(resolve => video.requestVideoFrameCallback(resolve)), late])
}

/** Whoever shows the stream goes on without a break. @param {MediaStream} stream @param {MediaStreamTrack | null} before @param {MediaStreamTrack} track */
function exchange(stream, before, track) {
  // The new track goes in before the old one goes out, or Chromium shows black until it comes. But Firefox shows the
  // first track for ever, unless there is none at some moment, and a stream takes no second track of the same id:
  // seats keep theirs when a connection is made anew.
  if (before && (navigator.userAgent.includes('Firefox/') || before.id === track.id)) stream.removeTrack(before)
  stream.addTrack(track)
  if (before) stream.removeTrack(before)
}

/** @param {MediaStreamTrack} track @param {boolean} muted */
function openPlayer(track, muted) {
  const player = new Audio()
  player.muted = muted
  player.srcObject = new MediaStream([track])
  useAudioOutput(player)
  if (muted) player.play().catch(() => {})
  return player
}

/** Resolves when it comes so well that what came before may end, when that takes too long, or when something else is meant. @param {RTCRtpReceiver} receiver @param {RTCRtpReceiver} before @param {() => boolean} meant */
async function flowing(receiver, before, meant) {
  const start = performance.now()
  let [got, gotBefore] = await Promise.all([progress(receiver), progress(before)])
  let [at, atBefore] = [start, start]
  let steady = 0
  while (meant()) {
    await pause(LOOK)
    const [has, hasBefore] = await Promise.all([progress(receiver), progress(before)])
    const now = performance.now()
    if (has > got) {
      steady += 1
      at = now
    } else if (now - at > STILL) {
      steady = 0
    }
    if (hasBefore > gotBefore) atBefore = now
    if (mayChange({ steady, flows: now - atBefore < STILL, waited: now - start })) return
    ;[got, gotBefore] = [Math.max(got, has), Math.max(gotBefore, hasBefore)]
  }
}

/**
 * Whether the new one may take over: from one that still flows only when it is steady.
 * @param {{ steady: number, flows: boolean, waited: number }} seen looks that brought something new; whether the old one flows; milliseconds
 */
export function mayChange({ steady, flows, waited }) {
  return steady >= (flows ? STEADY : 1) || waited > (flows ? CHANGE_TIMEOUT.flowing : CHANGE_TIMEOUT.standing)
}

/** @param {number} ms */
function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Pictures shown, or packets of sound that came. @param {RTCRtpReceiver} receiver */
async function progress(receiver) {
  let sum = 0
  // Of a connection that is over, nothing is told, and whoever asks may wait for ever.
  const none = new Map()
  const reports = await Promise.race([receiver.getStats().catch(() => none), pause(STILL).then(() => none)])
  for (const report of reports.values()) {
    if (report.type === 'inbound-rtp') sum += (report.kind === 'video' ? report.framesDecoded : report.packetsReceived) ?? 0
  }
  return sum
}

/** @param {Exclude<Who, 'me'>} who */
export function dropStream(who) {
  const source = sources.get(who)
  if (!source) return
  sources.delete(who)
  if (source.audio) source.audio.srcObject = null
  refresh(who)
}

/** How loud somebody is played here; null: as loud as they come. @param {Other} who @param {Volume | null} volume */
export function setVolume(who, volume) {
  if (volume) volumes.set(who, volume)
  else volumes.delete(who)
  const audio = sources.get(who)?.audio
  if (audio) adjust(audio, who)
}

/** @param {HTMLAudioElement} audio @param {Other} who */
function adjust(audio, who) {
  const { loudness, silent } = volumes.get(who) ?? { loudness: 100, silent: false }
  audio.volume = loudness / 100
  audio.muted = silent || loudness === 0
}

/** Whether a page may choose how loud a sound is: on iPhones and iPads the keys at the side do. */
export function choosesLoudness() {
  const audio = new Audio()
  audio.volume = 0.5
  return audio.volume === 0.5
}

/** @param {string} deviceId empty: the browser's own choice */
export function setAudioOutput(deviceId) {
  audioOutput = deviceId
  for (const { audio } of sources.values()) if (audio) useAudioOutput(audio)
}

/** Some browsers play no sound on a page that was not tapped yet. @param {(blocked: boolean) => void} tell */
export function onSoundBlocked(tell) {
  soundBlocked = tell
  const again = () => {
    for (const { audio } of sources.values()) if (audio?.paused) play(audio)
  }
  addEventListener('pointerdown', again)
  addEventListener('keydown', again)
}

/** A picture of somebody is drawn, which came from that receiver. @param {typeof pictured} tell */
export function onPicture(tell) {
  pictured = tell
}

/** @param {Who} who */
function refresh(who) {
  for (const [video, shown] of screens) if (shown === who) show(video)
}

/** @param {HTMLVideoElement} video */
function show(video) {
  const who = screens.get(video)
  const stream = (who !== undefined && sources.get(who)?.stream) || null
  if (video.srcObject !== stream) video.srcObject = stream
  // Interrupted by the next stream, or off the screen: it plays when it can.
  if (stream) video.play().catch(() => {})
}

/** @param {HTMLAudioElement} audio */
function play(audio) {
  audio.play().then(
    () => soundBlocked(false),
    error => {
      if (error?.name === 'NotAllowedError') soundBlocked(true)
    },
  )
}

/** @param {HTMLAudioElement} audio */
function useAudioOutput(audio) {
  // Not every browser lets a page choose; a speaker that is gone leaves the default one.
  audio.setSinkId?.(audioOutput).catch(() => {})
}

function measure() {
  for (const { who, callback } of watchers) callback(loudness(sources.get(who)?.level() ?? 0))
}

function myLevel() {
  if (!myMicrophone) return 0
  meter ??= listenTo(new MediaStream([myMicrophone]))
  // It begins with the first tap on the page.
  if (meter.context.state !== 'running') meter.context.resume().catch(() => {})
  const samples = new Float32Array(meter.analyser.fftSize)
  meter.analyser.getFloatTimeDomainData(samples)
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

/** @param {MediaStream} stream */
function listenTo(stream) {
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 1024 })
  context.createMediaStreamSource(stream).connect(analyser)
  return { context, analyser }
}

function dropMeter() {
  meter?.context.close().catch(() => {})
  meter = null
}

/** As an ear takes it. @param {number} level linear, 0 to 1 @returns {number} 0 to 1 */
export function loudness(level) {
  if (level <= 0) return 0
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(level)) / QUIETEST))
}
