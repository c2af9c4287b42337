/**
 * `npm run conformance -- live`: the conversation with the real vendor, when OPENAI_API_KEY is there, beside the same one with our
 * simulator. The wire is written to out/live/ as JSON lines without audio and without the key; the order of events is compared.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Report } from '#test/harness/report.ts'
import { converse, type Entry } from './conversation.ts'
import { differences } from './event-order.ts'
import { simulated } from './vendor-client.ts'

const FOLDER = 'out/live'
const DEFAULT_BASE = 'https://api.openai.com/v1'
const DEFAULT_MODEL = 'gpt-realtime-2.1'
/** Phases whose order does not hang on what a real model chooses to say. */
const COMPARED = [
  'open',
  'configure',
  'greeting',
  'tool call',
  'tool result',
  'text turn',
  'cancel of nothing',
  'commit of nothing',
]

export async function run(report: Report): Promise<void> {
  const apiKey = process.env['OPENAI_API_KEY'] ?? ''
  if (apiKey === '') {
    report.row({ name: 'the conversation with the real vendor', value: 'not run: no key', ok: true })
    return
  }
  const baseURL = process.env['OPENAI_BASE_URL'] ?? DEFAULT_BASE
  const model = process.env['OPENAI_REALTIME_MODEL'] ?? DEFAULT_MODEL
  const live = await converse({ apiKey, baseURL, model })
  const ours = await simulated()
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}/vendor.jsonl`, redacted(live.entries, apiKey))
  writeFileSync(`${FOLDER}/simulator.jsonl`, redacted(ours.entries, apiKey))
  report.note(`wire written to ${FOLDER}/vendor.jsonl and ${FOLDER}/simulator.jsonl`)
  report.check('live: every phase ends', live.stuck.length === 0, live.stuck.join())
  report.check('live: the tool is called', live.calls.length > 0, live.calls.map(c => c.name).join())
  const apart = differences(ours.entries, live.entries, COMPARED)
  for (const phase of COMPARED) {
    const found = apart.find(d => d.phase === phase)
    const seen = found === undefined ? 'same order' : `simulator ${found.ours}, vendor ${found.theirs}`
    report.check(`live: order of events in "${phase}"`, found === undefined, seen)
  }
}

/** Audio becomes its length, ids and secrets are cut, text stays: the conversation is ours. */
export function redacted(entries: readonly Entry[], apiKey: string): string {
  return entries
    .map(entry => `${JSON.stringify(entry, (key, value: unknown) => shortened(key, value))}\n`)
    .join('')
    .replaceAll(apiKey, 'REDACTED')
}

function shortened(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  const audio = key === 'audio' || (key === 'delta' && value.length > 200)
  return audio ? `${Buffer.byteLength(value, 'base64')} bytes` : value
}
