/**
 * A base of what this machine has, for where no registry can be reached: Node 24, the libraries it is linked with, npm and a shell. It stands
 * in for node:24-bookworm-slim so that the Dockerfile can be tried; it is no base to ship on.
 */
import { chmodSync, cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { output } from './engine.ts'

const PROGRAMS = { '/bin/sh': '/bin/sh', '/usr/bin/env': '/usr/bin/env', '/bin/mkdir': '/bin/mkdir' } as const
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

export function makeLocalBase(folder: string): void {
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    cpSync(realpathSync(from), join(folder, to), { recursive: true })
  }
  const programs = { ...PROGRAMS, '/usr/local/bin/node': process.execPath }
  for (const [to, from] of Object.entries(programs)) {
    copy(from, to)
    for (const library of librariesOf(from)) copy(library, library)
  }
  copy(join(output('npm', ['root', '--global', '--loglevel=silent']), 'npm'), '/usr/local/lib/node_modules/npm')
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'))
  copy(CERTIFICATES, CERTIFICATES)
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\n')
  mkdirSync(join(folder, 'root'))
  mkdirSync(join(folder, 'tmp'))
  chmodSync(join(folder, 'tmp'), 0o1777)
}

function librariesOf(program: string): string[] {
  const lines = output('ldd', [realpathSync(program)]).split('\n')
  return lines.map(line => /(?<path>\/\S+)/.exec(line)?.groups?.['path']).filter(path => path !== undefined)
}
