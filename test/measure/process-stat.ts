/** What the kernel says of a process: the judge of CPU, memory and handles, so that nobody measures himself. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** USER_HZ is 100 on every Linux that Node runs on. */
export const MS_PER_TICK = 10

/** CPU used so far by all threads, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}

/** Resident memory in MiB. */
export function rssMiB(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return Number(kb ?? 0) / 1024
}

/** Open file descriptors. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Local UDP ports that the process has bound. */
export function udpPorts(pid: number): number[] {
  const inodes = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = socketInode(`/proc/${pid}/fd/${fd}`)
    if (inode !== null) inodes.add(inode)
  }
  return readFileSync(`/proc/${pid}/net/udp`, 'latin1')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => inodes.has(fields[9] ?? ''))
    .map(fields => Number.parseInt(fields[1]?.split(':')[1] ?? '0', 16))
}

function socketInode(link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null
  } catch {
    return null // closed meanwhile
  }
}
