/** One connection to `GET /v1/load`: lines in, at most one held. */
import { Client, type Dispatcher } from 'undici'
import { LineCutter } from '#kube/client/lines.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import { LineReader } from './line-reader.ts'
import type { Silence } from './load.ts'
import { FIRST_LINE_MS } from './stream-step.ts'

/** A worker with a hundred revisions says less. */
const MAX_LINE_BYTES = 256 * 1024

export interface LoadConnectionOptions {
  readonly origin: string
  readonly token: () => Promise<string>
  /** Null: what came is no line. */
  readonly onLine: (line: LoadLine | null) => void
  /** Once; not after {@link connectLoad}'s own close. */
  readonly onEnd: (why: Silence) => void
}

/** @returns what closes it; idempotent. Nothing is called back before this returns. */
export function connectLoad({ origin, token, onLine, onEnd }: LoadConnectionOptions): () => void {
  let client: Client | null = null
  const cutter = new LineCutter(MAX_LINE_BYTES)
  const reader = new LineReader()
  let over = false
  const close = (): void => {
    if (over) return
    over = true
    client?.destroy().catch(() => undefined)
  }
  const end = (why: Silence): void => {
    if (over) return
    close()
    onEnd(why)
  }
  const take = (text: string): void => {
    if (!over) onLine(reader.read(text))
  }
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status) => {
      if (status === 401) end('refused')
      else if (status !== 200) end('stranger')
    },
    onResponseData: (_controller, chunk) => {
      if (!over && !cutter.push(chunk, take)) take('')
    },
    onResponseEnd: () => end('unreachable'),
    onResponseError: () => end('unreachable'),
  }
  token()
    .then(bearer => {
      if (over) return
      // the stream is judged by its lines, not by the pool
      client = new Client(origin, { connectTimeout: FIRST_LINE_MS, headersTimeout: FIRST_LINE_MS, bodyTimeout: 0 })
      client.dispatch({ path: '/v1/load', method: 'GET', headers: { authorization: `Bearer ${bearer}` } }, handler)
    })
    .catch(() => end('unreachable'))
  return close
}
