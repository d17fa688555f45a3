// What getStats tells of a connection, summed up (W3C WebRTC statistics).
/** @import { PathStats } from '../state/types.d.ts' */

/** @param {RTCPeerConnectionState} state @param {RTCStatsReport} reports @param {(track: string) => boolean} [concerns] which of the tracks that come are meant @returns {PathStats} */
export function summary(state, reports, concerns = () => true) {
  /** @type {PathStats} */
  const sum = {
    state,
    bytesReceived: 0,
    bytesSent: 0,
    framesDecoded: 0,
    framesDropped: 0,
    width: 0,
    height: 0,
    audioEnergy: 0,
    packetsReceived: 0,
    packetsLost: 0,
    sentLoss: null,
    limited: 'none',
    roundTrip: null,
    ends: [],
  }
  for (const report of reports.values()) {
    if (report.type === 'inbound-rtp' && concerns(report.trackIdentifier)) {
      sum.bytesReceived += report.bytesReceived ?? 0
      sum.packetsReceived += report.packetsReceived ?? 0
      sum.packetsLost += report.packetsLost ?? 0
      sum.framesDecoded += report.framesDecoded ?? 0
      sum.framesDropped += report.framesDropped ?? 0
      sum.audioEnergy += report.totalAudioEnergy ?? 0
      sum.width ||= report.frameWidth ?? 0
      sum.height ||= report.frameHeight ?? 0
    }
    if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded') {
      sum.roundTrip = report.currentRoundTripTime ?? null
      sum.ends = [report.localCandidateId, report.remoteCandidateId].map(id => {
        const end = reports.get(id)
        // Of a relayed one: how the browser gets to its relay.
        return end ? `${end.candidateType} ${end.relayProtocol ?? end.protocol}` : 'unknown'
      })
    }
  }
  return { ...sum, ...outgoing(reports) }
}

/** How what I send gets there. @param {RTCStatsReport} reports @returns {Pick<PathStats, 'bytesSent' | 'sentLoss' | 'limited'>} */
export function outgoing(reports) {
  /** @type {Pick<PathStats, 'bytesSent' | 'sentLoss' | 'limited'>} */
  const sum = { bytesSent: 0, sentLoss: null, limited: 'none' }
  for (const report of reports.values()) {
    if (report.type === 'outbound-rtp') {
      sum.bytesSent += report.bytesSent ?? 0
      const reason = report.active === false ? 'none' : report.qualityLimitationReason
      if (reason === 'cpu' || (reason === 'bandwidth' && sum.limited === 'none')) sum.limited = reason
    }
    if (report.type === 'remote-inbound-rtp' && report.fractionLost !== undefined) {
      sum.sentLoss = Math.max(sum.sentLoss ?? 0, report.fractionLost)
    }
  }
  return sum
}
