/** Cuts a stream of bytes into lines, holding at most one line. */

export class LineCutter {
  readonly #maxBytes: number
  readonly #decoder = new TextDecoder()
  #parts: string[] = []
  #held = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Calls `line` for each whole line.
   * @returns false when a line is longer than allowed: the stream cannot be used any further
   */
  push(chunk: Uint8Array, line: (text: string) => void): boolean {
    const text = this.#decoder.decode(chunk, { stream: true })
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#parts.push(text.slice(from, at))
      const whole = this.#parts.length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('')
      this.#parts = []
      this.#held = 0
      from = at + 1
      if (whole !== '') line(whole)
    }
    if (from < text.length) {
      this.#parts.push(text.slice(from))
      this.#held += text.length - from
    }
    return this.#held <= this.#maxBytes
  }
}
