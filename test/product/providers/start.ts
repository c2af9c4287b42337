/** Simulated providers of many agents, in a process of their own. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ScriptInput } from '#simulators/realtime/script.ts'
import { type Child, start } from '#test/phones/process.ts'

export interface PlannedProvider {
  readonly kind: 'OpenAI' | 'Gemini'
  readonly script: ScriptInput
  /** Of its items; default 1. Of OpenAI only. */
  readonly firstMark?: number
}

export interface Providers {
  readonly process: Child
  /** `http://127.0.0.1:PORT` of each, in the order of the plan. */
  readonly urls: readonly string[]
  close(): Promise<void>
}

const START_MS = 90_000

export async function startProviders(plan: readonly PlannedProvider[]): Promise<Providers> {
  const file = join(mkdtempSync(join(tmpdir(), 'providers-')), 'plan.json')
  writeFileSync(file, JSON.stringify(plan))
  const child = start(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), file])
  const [, list = '[]'] = await child.waitFor(/^listening (\[.*\])$/m, START_MS)
  return {
    process: child,
    urls: JSON.parse(list) as string[],
    close: async () => void (await child.stop(2000)),
  }
}
