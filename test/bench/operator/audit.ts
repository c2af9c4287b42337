/** What the API server wrote down of writes: who made them, on what. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

interface Entry {
  readonly verb: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code?: number }
}

export class Audit {
  readonly #file: string
  #read = 0

  constructor(file: string) {
    this.#file = file
  }

  /**
   * Writes since the last call, by what they were: `patch voiceagents/status`. Leases do not count: they are renewed whatever happens.
   * @param agent what the writer calls itself begins so
   */
  async writesOf(agent: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    let rest = 0
    const stream = createReadStream(this.#file, { start: this.#read })
    stream.on('data', chunk => {
      rest += chunk.length
    })
    for await (const line of createInterface(stream)) {
      const entry = entryOf(line)
      if (entry?.userAgent?.startsWith(agent) !== true || entry.objectRef?.resource === 'leases') continue
      const { resource = '', subresource } = entry.objectRef ?? {}
      const failed = (entry.responseStatus?.code ?? 0) >= 400 ? ` (${entry.responseStatus?.code})` : ''
      const what = `${entry.verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${failed}`
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
    this.#read += rest
    return counts
  }
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

/** The last line may be half written. */
function entryOf(line: string): Entry | null {
  try {
    return JSON.parse(line) as Entry
  } catch {
    return null
  }
}
