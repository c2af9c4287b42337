/** The ledger's thread: all that touches the disk happens here, never on the media loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import { ledgerOpenFailed } from './errors.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'
import { Store, SWEEP_STEP } from './store.ts'

const SWEEP_EVERY_MS = 10 * 60_000
const SWEEP_NEXT_MS = 50

const port = parentPort
if (port === null) throw new Error('writer.ts runs as a worker thread')
const data = workerData as WriterData
const send = (message: FromWriter): void => port.postMessage(message)

let sweeper: NodeJS.Timeout | undefined
let store: Store | undefined
try {
  store = new Store(data.path, data.maxPages ?? undefined)
} catch (error) {
  const { code, message, help } =
    error instanceof SwitchboardError ? error : ledgerOpenFailed(data.path, messageOf(error), { cause: error })
  send({ type: 'refused', code, message, help })
  port.close()
}
if (store !== undefined) run(store)

function run(store: Store): void {
  port?.on('message', (message: ToWriter) => {
    if (message.type === 'commit') {
      try {
        send({ type: 'committed', batch: message.batch, refused: store.commit(message.rows).refused })
      } catch (error) {
        send({ type: 'failed', batch: message.batch, message: messageOf(error) })
      }
    } else if (message.type === 'limitPages') {
      store.limitPages(message.pages)
    } else {
      clearTimeout(sweeper)
      store.close()
      port?.close()
    }
  })
  if (data.retainMs !== null) sweep(store, data.retainMs)
  send({ type: 'open' })
}

function sweep(store: Store, retainMs: number): void {
  let more = false
  try {
    more = store.sweep(Date.now() - retainMs) === SWEEP_STEP
  } catch {
    // A full or busy disk is reported by the next commit; the sweep comes again.
  }
  sweeper = setTimeout(sweep, more ? SWEEP_NEXT_MS : SWEEP_EVERY_MS, store, retainMs)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
