// Notices that somebody speaks into a muted microphone. What it hears stays on this device.

/** Milliseconds between two looks. */
const LOOK = 100

/** Louder than this (linear, of full scale) is no breath and no fan. */
const LOUD = 0.02

/** So many loud looks of the last ones make words; a cough is shorter, and between syllables it is quiet. */
const WORDS = 4
const LAST = 10

/** @param {() => void} spoke */
export function createVoice(spoke) {
  /** @type {{ track: MediaStreamTrack, context: AudioContext, timer: ReturnType<typeof setInterval> } | null} */
  let monitor = null

  function stop() {
    if (!monitor) return
    clearInterval(monitor.timer)
    monitor.track.stop()
    monitor.context.close().catch(() => {})
    monitor = null
  }

  return {
    /** Listens to a copy, which is not muted. @param {MediaStreamTrack | null} muted null: to nothing */
    listen(muted) {
      stop()
      if (!muted) return
      const track = muted.clone()
      track.enabled = true
      const context = new AudioContext()
      const analyser = new AnalyserNode(context, { fftSize: 1024 })
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
      const samples = new Float32Array(analyser.fftSize)
      /** @type {boolean[]} */
      let loud = []
      const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples)
        const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
        loud = [...loud, level > LOUD].slice(-LAST)
        if (loud.filter(Boolean).length < WORDS) return
        loud = []
        spoke()
      }, LOOK)
      monitor = { track, context, timer }
    },
  }
}
