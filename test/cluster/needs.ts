/** What a machine must have for a cluster, said in words before anything is made. */
import { existsSync, readFileSync } from 'node:fs'
import { platform, release } from 'node:os'
import { has } from '#test/image/engine.ts'

const MB = 1024
const LEAST_MEMORY_MB = 3000

/** Packages of Debian by a command of theirs. test/machine/cluster.sh installs them. */
const COMMANDS: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  iptables: 'iptables',
  nft: 'nftables',
  conntrack: 'conntrack',
  buildah: 'buildah',
  kamailio: 'kamailio',
  rtpengine: 'rtpengine-daemon',
  nsenter: 'util-linux',
  openssl: 'openssl',
}

/** Sentences, each with what to do; none when the cluster can be made here. */
export function lacks(): string[] {
  const found: string[] = []
  if (platform() !== 'linux') return [`a cluster needs Linux; this is ${platform()}`]
  if (process.getuid?.() !== 0) found.push('a cluster needs root, for it makes namespaces and mounts: run it with sudo')
  const missing = Object.keys(COMMANDS).filter(command => !has(command))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(command => COMMANDS[command] ?? command))].join(' ')
    found.push(`not installed: ${missing.join(', ')}. On Debian: apt-get install ${packages}`)
  }
  if (!existsSync('/usr/lib/cni/ptp'))
    found.push('/usr/lib/cni has no plugins. On Debian: apt-get install containernetworking-plugins')
  if (!cgroups())
    found.push('no cgroups with cpu, memory and pids at /sys/fs/cgroup: in a container, run it privileged')
  const filesystems = readFileSync('/proc/filesystems', 'utf8')
  if (!/\boverlay\b/.test(filesystems))
    found.push(`kernel ${release()} has no overlay file system (modprobe overlay), which containers stand on`)
  const memory = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / MB
  if (memory < LEAST_MEMORY_MB)
    found.push(`${Math.round(memory)} MB of memory are free, and two nodes with agents take ${LEAST_MEMORY_MB}`)
  return found
}

function cgroups(): boolean {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return true
  return ['cpu', 'memory', 'pids'].every(name => existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`))
}
