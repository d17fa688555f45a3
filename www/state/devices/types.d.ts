// Camera, microphone, screen and loudspeaker: what was chosen, and what becomes of it.

import type { Availability, MediaState, RoomId } from '../../server/protocol.d.ts'

export interface DevicesState {
  camera: SourceState
  microphone: SourceState
  /** What I show of my screen; `failed` with `missing`: this device cannot. */
  screen: SourceState
  /** What I chose; whether there is a picture is in `camera`. */
  cameraWanted: boolean
  /** Which way the camera should look, where none was chosen by name. */
  facing: Facing
  /** What I chose; a camera that cannot shows everything. */
  blurred: boolean
  /** What I chose, or a host for me; whether I can be heard is `audible(state)`. */
  muted: boolean
  /** The room in which a host muted me, who was not muted; null: it is my own choice. It ends with that room. */
  mutedByHost: RoomId | null
  /** The microphone is on for as long as the key is held. */
  holding: boolean
  /** I speak, and am muted: it is said for a moment. */
  spokeWhileMuted: boolean
  /** Long in the background and in no room: camera and microphone are given back meanwhile. */
  resting: boolean
  /** What the box knows of my camera and microphone in this room; null: nothing yet. */
  mediaSaid: MediaState | null
  devices: { cameras: readonly Device[]; microphones: readonly Device[]; audioOutputs: readonly Device[] }
  /** Chosen deviceIds; empty: the browser's default. */
  chosen: { camera: string; microphone: string; speaker: string }
  /** I asked what is wrong with it; shown as long as it fails. */
  trouble: 'camera' | 'microphone' | null
  /** The browser plays no sound until the page is tapped. */
  soundBlocked: boolean
  /** How much pictures may weigh: what I chose, or the browser for me. */
  dataUse: DataUse
  /** What I chose: camera and microphone are closed in the lobby. */
  onlyInCalls: boolean
}

/** What can happen. Past tense. */
export type DevicesEvent =
  | { type: 'muteToggled' }
  | { type: 'cameraToggled' }
  | { type: 'screenToggled' }
  | { type: 'blurToggled' }
  /** From the camera that looks at me to the one that looks away, or back. */
  | { type: 'cameraTurned' }
  /** The key for speaking is held, or let go. */
  | { type: 'talkHeld'; held: boolean }
  | { type: 'audioOutputTested' }
  | { type: 'deviceChosen'; kind: 'camera' | 'microphone' | 'speaker'; id: string }
  /** Asks once more for a camera or microphone that failed. */
  | { type: 'retryClicked'; kind: 'camera' | 'microphone' }
  /** The button of one that fails: retries and, if that fails, says why. */
  | { type: 'troubleAsked'; kind: 'camera' | 'microphone' }
  | { type: 'troubleClosed' }
  | { type: 'onlyInCallsToggled' }
  | { type: 'dataUseChosen'; use: DataUse }
  /** Another tab of this device has made other choices. */
  | { type: 'choicesChanged'; choices: Choices }
  | { type: 'soundBlocked'; blocked: boolean }
  /** The muted microphone hears a voice. */
  | { type: 'spokeMuted' }
  | { type: 'spokeWhileMutedFaded' }
  /** `changed`: something was plugged or unplugged. */
  | { type: 'devicesListed'; devices: DevicesState['devices']; changed: boolean }
  | { type: 'sourceChanged'; kind: 'camera' | 'microphone'; source: Source; /** it stopped by itself */ lost?: boolean }
  | { type: 'screenChanged'; source: SourceState }

/** What the page does about it. Imperative. */
export type DevicesEffect =
  /** Get a camera or microphone (again), or give it back, so that its light goes out. */
  | { type: 'openSource'; kind: 'camera' | 'microphone'; deviceId: string; facing?: Facing }
  | { type: 'closeSource'; kind: 'camera' | 'microphone' }
  | { type: 'shareScreen' }
  | { type: 'stopScreen' }
  /** Muting keeps the microphone open, so that it is back at once. */
  | { type: 'muteMicrophone'; muted: boolean }
  | { type: 'blurBackground'; blurred: boolean }
  /** While muted: tell when the microphone hears a voice. It hears it on this device only. */
  | { type: 'listenWhileMuted'; on: boolean }
  | { type: 'useAudioOutput'; deviceId: string }
  /** Whether my pictures go to the relay in the smallest layer only. */
  | { type: 'saveData'; saves: boolean }
  /** A few notes, to know the loudspeaker by. */
  | { type: 'testAudioOutput' }
  /** The page is looked at again: what the system took from it may come back. */
  | { type: 'reviveSources' }

/** `save`: the smallest pictures; `sound`: none. */
export type DataUse = 'everything' | 'save' | 'sound'

/** Which way a phone's camera looks: at its person, or away. */
export type Facing = 'user' | 'environment'

export interface Device { id: string; label: string }

/** A camera or microphone. */
export type SourceState =
  | { status: 'off' }
  /** `mending`: because it stopped by itself. */
  | { status: 'asking'; mending?: boolean }
  /**
   * `mended`: it had stopped by itself and came back; a second time it is not asked at once.
   * `trackMuted`: the system has muted the track for a while, as during a phone call (`mute` of a MediaStreamTrack).
   * `facing`: which way a camera looks, if it says so. `blurs`: it can blur what is behind the person.
   */
  | { status: 'on'; mended?: boolean; trackMuted?: boolean; facing?: Facing; blurs?: boolean }
  | { status: 'failed'; problem: Problem }

export type Problem =
  /** The person or the system said no. */
  | 'denied'
  /** There is none. */
  | 'missing'
  /** Another program has it. */
  | 'busy'
  /** The chosen one cannot do it; another may. */
  | 'unfit'
  /** The page is not on https. */
  | 'insecure'
  | 'unknown'

/** What a person chose of being heard, seen and disturbed; kept on the device, because another tab may take the place over. */
export interface Choices { muted: boolean; mutedByHost: RoomId | null; cameraWanted: boolean; availability: Availability }
