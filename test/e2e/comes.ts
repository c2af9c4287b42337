/** Waiting for what must come. */
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 300

/** @throws Error after `ms`, with what was waited for, and why the last look failed */
export async function comes(look: () => Promise<boolean>, ms: number, what: string): Promise<void> {
  let failed = ''
  for (const until = performance.now() + ms; performance.now() < until; await sleep(LOOK_MS)) {
    try {
      if (await look()) return
      failed = ''
    } catch (error) {
      failed = `: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  throw new Error(`${ms / 1000} s passed, and not: ${what}${failed}`)
}
