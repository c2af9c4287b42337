/** What the caller does in the first call: asks, interrupts, presses keys, thanks. About 23 s. */
import type { StepInput } from '#simulators/caller/script.ts'

export const CALLER_STEPS: readonly StepInput[] = [
  { listen: { silent: 300 } },
  { say: 'ask' },
  // the agent says that it looks, then what it found: this is well into the second
  { interrupt: { after: 3300, say: 'three' } },
  { wait: { agent: 'speaks' } },
  { wait: 2300 },
  { keys: '4207#' },
  { wait: { agent: 'silent', for: 200 } },
  { interrupt: { after: 1700, say: 'no-thanks' } },
  { wait: { ended: true, within: 10_000 } },
]
