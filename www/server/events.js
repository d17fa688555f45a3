// What carries the talk where no WebSocket opens: events come down one long answer, and what the page says is
// posted. It behaves like a WebSocket.

/** One POST may have 300 messages in 256 KiB; the rest goes with the next. A character has at most three bytes. */
const AT_ONCE = 100
const LENGTH = 64 * 1024

/** The close code of a connection that broke (RFC 6455, 7.4.1). */
const BROKEN = 1006

export class EventSocket {
  onopen = () => {}
  /** @type {(event: { data: unknown }) => void} */
  onmessage = () => {}
  /** @type {(event: { code: number }) => void} */
  onclose = () => {}

  #address
  #source
  #key = ''
  /** @type {string[]} */
  #waiting = []
  #posting = false
  #closed = false

  /** @param {URL} address */
  constructor(address) {
    this.#address = address
    this.#source = new EventSource(address)
    this.#source.addEventListener('key', ({ data }) => {
      this.#key = data
      this.onopen()
    })
    this.#source.onmessage = event => this.onmessage(event)
    this.#source.addEventListener('ping', () => this.send(''))
    this.#source.addEventListener('close', ({ data }) => this.#end(Number(data)))
    // It would come back by itself, but as somebody new.
    this.#source.onerror = () => this.#end(BROKEN)
  }

  /** @param {string} text */
  send(text) {
    this.#waiting.push(text)
    if (!this.#posting) this.#post()
  }

  /** What was said still goes out. */
  close() {
    this.#closed = true
    if (!this.#posting) this.#source.close()
  }

  /** One after the other, so that they arrive in their order. */
  async #post() {
    this.#posting = true
    while (this.#waiting.length > 0) {
      const body = this.#some().filter(text => text !== '').join('\n')
      const said = await fetch(this.#address, { method: 'POST', headers: { 'x-connection': this.#key }, body })
        .then(answer => answer.ok, () => false)
      if (!said) this.#end(BROKEN)
    }
    this.#posting = false
    if (this.#closed) this.#source.close()
  }

  /** What waits, as much of it as goes with one POST. */
  #some() {
    let length = 0
    const end = this.#waiting.findIndex((text, n) => {
      length += text.length
      return n === AT_ONCE || (n > 0 && length > LENGTH)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  /** @param {number} code */
  #end(code) {
    this.#source.close()
    this.#waiting = []
    if (this.#closed) return
    this.#closed = true
    this.onclose({ code })
  }
}
