/** Images of one program and nothing else, made without a base and without Docker; kept beside the program they hold. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { run } from './run.ts'

/** @returns an archive that containerd imports */
export async function imageOf(program: string, tag: string): Promise<string> {
  const archive = join(dirname(dirname(program)), `${basename(program)}.tar`)
  if (existsSync(archive)) return archive
  const store = mkdtempSync(join(tmpdir(), 'buildah-'))
  const policy = join(store, 'policy.json')
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const where = ['--storage-driver', 'vfs', '--root', join(store, 'root'), '--runroot', join(store, 'run')]
  const trusting = ['--signature-policy', policy, '--quiet']
  const buildah = (...args: string[]): Promise<string> => run('buildah', [...where, ...args])
  try {
    const made = await buildah('from', 'scratch')
    await buildah('add', '--quiet', made, program, '/')
    await buildah('config', '--entrypoint', JSON.stringify([`/${basename(program)}`]), '--user', '65532:65532', made)
    await buildah('commit', ...trusting, made, tag)
    // Whole or not at all.
    const near = `${archive}.${process.pid}`
    await buildah('push', ...trusting, tag, `oci-archive:${near}:${tag}`)
    await run('mv', [near, archive])
  } finally {
    rmSync(store, { recursive: true, force: true })
  }
  return archive
}
