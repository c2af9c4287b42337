/**
 * Audio of all sessions that leaves together. A write to a socket costs most when the other side, and our own caches, must be woken for each: those
 * of one turn of the pacer's wheel go back to back, at most 5 ms later than they could. What is no audio never waits.
 */
export interface Waiting {
  /** Sends what waits in it. Must not throw. */
  flush(): void
}

export class SendQueue {
  readonly #waiting: Waiting[] = []

  /** `socket` has something to send. Once more than once does no harm: it has nothing left the second time. */
  add(socket: Waiting): void {
    this.#waiting.push(socket)
  }

  flush(): void {
    // nothing is added by a flush: what a socket's end leads to comes in a later turn
    for (const socket of this.#waiting) socket.flush()
    this.#waiting.length = 0
  }
}
