// What a browser knows about the connections of its page, which keeps them to itself.
/** @import { Person } from './person.js' */

/** To be called before the page is opened. @param {Person} person */
export async function overhear(person) {
  await person.context.addInitScript(() => {
    /** @type {RTCPeerConnection[]} */
    const connections = []
    Object.assign(window, { connections })
    window.RTCPeerConnection = class extends RTCPeerConnection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration)
        connections.push(this)
      }
    }
  })
}

/**
 * A stream of media. `frames`: those that were encoded or decoded. `repeats`: packets that held nothing new, as when sound
 * is sent twice (RFC 2198). `width` of its pictures, and `active` where it is sent.
 * @typedef {{ sent: boolean, kind: 'audio' | 'video', mid: string, codec?: string, packets: number, bytes: number, frames: number, repeats: number, width?: number, rid?: string, active?: boolean }} Stream
 */

/** All that flows or has flowed on connections that are open. @param {Person} person @returns {Promise<Stream[]>} */
export async function streamsOf(person) {
  return person.page.evaluate(async () => {
    const connections = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))
    const open = connections.filter(({ connectionState }) => connectionState === 'connected')
    const all = await Promise.all(open.map(async connection => {
      const reports = await connection.getStats()
      return [...reports.values()].filter(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp').map(report => ({
        sent: report.type === 'outbound-rtp',
        kind: report.kind,
        mid: report.mid,
        codec: reports.get(report.codecId)?.mimeType,
        packets: report.packetsReceived ?? report.packetsSent ?? 0,
        bytes: report.bytesReceived ?? report.bytesSent ?? 0,
        frames: report.framesDecoded ?? report.framesEncoded ?? 0,
        repeats: report.packetsDiscarded ?? 0,
        width: report.frameWidth,
        rid: report.rid,
        active: report.active,
      }))
    }))
    return all.flat()
  })
}

/** Whether each layer of what is sent is encoded, as the page has told the browser. @param {Person} person @param {string} mid @returns {Promise<boolean[]>} */
export async function encoded(person, mid) {
  return person.page.evaluate(mid => {
    const connections = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))
    const open = connections.filter(({ connectionState }) => connectionState === 'connected')
    const senders = open.flatMap(connection => connection.getTransceivers()).filter(transceiver => transceiver.mid === mid).map(({ sender }) => sender)
    return senders.flatMap(sender => sender.getParameters().encodings.map(({ active }) => active ?? false))
  }, mid)
}
