/** docker, where its daemon answers. */
import { randomUUID } from 'node:crypto'
import { start } from '#test/phones/process.ts'
import { BASE_ENV, type Engine, output, show, works } from './engine.ts'

const PULL_SECONDS = 300

export function openDocker(): Engine {
  const volume = `switchboard-smoke-${randomUUID()}`
  const sizeOf = (tag: string): number => Number(output('docker', ['image', 'inspect', '--format', '{{.Size}}', tag]))
  return {
    name: 'docker',
    pull: base => works('docker', ['image', 'inspect', base]) || works('docker', ['pull', base], PULL_SECONDS),
    importBase(folder, tag) {
      const changes = Object.entries(BASE_ENV).map(([name, value]) => `--change 'ENV ${name}=${value}'`)
      output('sh', ['-c', `tar -C '${folder}' -c . | docker import ${changes.join(' ')} - ${tag}`])
    },
    build: (base, tag) => show('docker', ['build', '--build-arg', `BASE=${base}`, '--tag', tag, '.']),
    sizes: (base, tag) => ({ image: sizeOf(tag), base: sizeOf(base) }),
    run: (tag, args) =>
      start('docker', ['run', '--rm', '--read-only', '--network', 'host', '-v', `${volume}:/data`, tag, ...args]),
    terminate: child => child.signal('SIGTERM'),
    keep: tag => `docker: ${tag}`,
    close: () => void works('docker', ['volume', 'rm', '--force', volume]),
  }
}
