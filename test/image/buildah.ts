/** buildah as root without a daemon, overlay mounts or namespaces: files in a folder of its own, commands in a chroot. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, start } from '#test/phones/process.ts'
import { BASE_ENV, type Engine, output, show, works } from './engine.ts'
import { weight } from './limits.ts'

const ARCHIVE = 'out/image/switchboard.tar'
const HERE = ['--isolation', 'chroot', '--pull-never', '--quiet'] as const
const PULL_SECONDS = 180

export function openBuildah(): Engine {
  const store = mkdtempSync(join(tmpdir(), 'image-'))
  const policy = join(store, 'policy.json')
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const where = ['--storage-driver', 'vfs', '--root', join(store, 'root'), '--runroot', join(store, 'run')]
  const trusting = ['--signature-policy', policy]
  const containers = new Map<string, string>()
  const containerOf = (tag: string): string => {
    const known = containers.get(tag)
    if (known !== undefined) return known
    const made = output('buildah', [...where, 'from', '--pull-never', ...trusting, tag])
    containers.set(tag, made)
    return made
  }
  const weightOf = (tag: string): number => weight(output('buildah', [...where, 'mount', containerOf(tag)]))

  return {
    name: 'buildah',
    pull: base => works('buildah', [...where, 'pull', ...trusting, qualified(base)], PULL_SECONDS),
    importBase(folder, tag) {
      const made = output('buildah', [...where, 'from', 'scratch'])
      output('buildah', [...where, 'add', made, folder, '/'])
      const env = Object.entries(BASE_ENV).flatMap(([name, value]) => ['--env', `${name}=${value}`])
      output('buildah', [...where, 'config', ...env, made])
      output('buildah', [...where, 'commit', ...trusting, '--quiet', '--rm', made, tag])
    },
    build: (base, tag) =>
      show('buildah', [
        ...where,
        'build',
        ...trusting,
        ...HERE,
        '--build-arg',
        `BASE=${qualified(base)}`,
        '-t',
        tag,
        '.',
      ]),
    sizes: (base, tag) => ({ image: weightOf(tag), base: weightOf(qualified(base)) }),
    run(tag, args) {
      const container = containerOf(tag)
      return start('buildah', [...where, 'run', '--isolation', 'chroot', container, '--', 'switchboard', ...args])
    },
    terminate: child => process.kill(innermost(child), 'SIGTERM'),
    keep(tag) {
      mkdirSync('out/image', { recursive: true })
      rmSync(ARCHIVE, { force: true })
      output('buildah', [...where, 'push', ...trusting, '--quiet', tag, `oci-archive:${ARCHIVE}:${tag}`])
      return ARCHIVE
    },
    close: () => rmSync(store, { recursive: true, force: true }),
  }
}

/** buildah knows no default registry. */
function qualified(base: string): string {
  return base.includes('/') ? base : `docker.io/library/${base}`
}

/** A chroot has no process id of its own to signal: the last of the line of children is the program. */
function innermost(child: Child): number {
  const children = new Map<number, number>()
  for (const entry of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry))
    if (parent !== null) children.set(parent, Number(entry))
  }
  let pid = child.pid
  for (let next = children.get(pid); next !== undefined; next = children.get(pid)) pid = next
  return pid
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null // gone meanwhile
  }
}
