// What the page reads and changes in session descriptions (RFC 8866).

/** Tells one RTCPeerConnection from another, as each has a certificate of its own (RFC 8122). @param {string} sdp */
export function fingerprintOf(sdp) {
  return /^a=fingerprint:(.*)$/m.exec(sdp)?.[1]?.trim()
}

/** Asks the other side to send next to nothing while nobody speaks (RFC 7587, usedtx). @param {string} sdp */
export function withDtx(sdp) {
  return sdp.replace(/^(a=fmtp:\d+ (?!.*usedtx).*useinbandfec=1)/gm, '$1;usedtx=1')
}
