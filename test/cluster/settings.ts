/** Kernel settings of this machine that a cluster changes; what they were is written down, and put back when it goes. */
import { existsSync, readFileSync } from 'node:fs'
import { record } from './journal.ts'

/** A kubelet sets these for the whole machine, whatever namespace it is in. */
const KUBELET = [
  'kernel.panic',
  'kernel.panic_on_oops',
  'vm.overcommit_memory',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
] as const

export function keepSettings(): void {
  for (const key of KUBELET) {
    const file = `/proc/sys/${key.replaceAll('.', '/')}`
    if (existsSync(file)) record({ made: 'sysctl', key, was: readFileSync(file, 'utf8').trim() })
  }
}
