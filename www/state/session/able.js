// Whether this browser can make calls, and if not, why.
/** @import { Unable } from '../types.d.ts' */

/**
 * Every Safari since 11 has WebRTC, so on Apple's systems it is Lockdown Mode that takes it away
 * (https://support.apple.com/105120).
 * @param {{ connects: boolean, userAgent: string }} browser `connects`: it has RTCPeerConnection
 * @returns {Unable | null}
 */
export function whyUnable({ connects, userAgent }) {
  if (connects) return null
  return /iPhone|iPad|Macintosh/.test(userAgent) && /Safari\//.test(userAgent) && !/Chrome\//.test(userAgent) ? 'lockdown' : 'webrtc'
}
