/** Two tools that apply the same manifests for ever: one by patches of its own, one by the server, with force. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kube } from '../kube.ts'

export interface Writers {
  /** Rounds that each has done. */
  readonly rounds: Readonly<Record<string, number>>
  /** What was refused. */
  readonly failed: readonly string[]
  stop(): Promise<void>
}

const EVERY_MS = 5000

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'client-side': ['apply'],
  'server-side': ['apply', '--server-side', '--force-conflicts', '--field-manager=another-tool'],
}

/** Once by each, one after the other. @throws Error with what was refused */
export async function applyOnce(kube: Kube, files: readonly string[]): Promise<void> {
  for (const args of Object.values(TOOLS)) await kube(...args, ...named(files))
}

/** @param files manifests; each tool may be given its own, to see that a fight is found */
export function startWriters(kube: Kube, files: Readonly<Record<string, readonly string[]>>): Writers {
  const end = new AbortController()
  const rounds: Record<string, number> = {}
  const failed: string[] = []
  const loops = Object.entries(TOOLS).map(async ([tool, args]) => {
    rounds[tool] = 0
    while (!end.signal.aborted) {
      const next = performance.now() + EVERY_MS
      const said = await kube.try([...args, ...named(files[tool] ?? [])])
      if (said.code === 0) rounds[tool] += 1
      else failed.push(`${tool}: ${said.err.trim().slice(0, 200)}`)
      await sleep(Math.max(0, next - performance.now()), undefined, { signal: end.signal }).catch(() => {})
    }
  })
  return {
    rounds,
    failed,
    stop: async () => {
      end.abort()
      await Promise.all(loops)
    },
  }
}

const named = (files: readonly string[]): string[] => files.flatMap(file => ['-f', file])
