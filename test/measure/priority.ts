/** Who gets a processor first on a machine that is busy with other things. */
import { setPriority } from 'node:os'

const AHEAD = -10

/** Who carries sound goes before who compiles, where we may say so: elsewhere the machine's own order holds. */
export function goFirst(...pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      setPriority(pid, AHEAD)
    } catch {
      // not root
    }
  }
}
