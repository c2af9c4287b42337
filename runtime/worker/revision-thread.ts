/** The thread that reads revisions: one, and it is gone. */
import { parentPort, workerData } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import { readRevision } from './accept-revision.ts'
import type { RevisionRead, RevisionToRead } from './revision-reader.ts'

const { name, body } = workerData as RevisionToRead
let answer: RevisionRead
try {
  answer = { ok: true, accepted: readRevision(name, body) }
} catch (error) {
  if (!(error instanceof SwitchboardError)) throw error
  const { code, message, help } = error
  answer = { ok: false, code, message, help }
}
// audio is handed over, not copied
const audio = answer.ok ? [...answer.accepted.clips.values()].flatMap(laws => [laws.pcmu.buffer, laws.pcma.buffer]) : []
parentPort?.postMessage(answer, audio as ArrayBuffer[])
