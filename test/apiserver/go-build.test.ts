import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { goBuild } from './go-build.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'go-build-test-'))
  mkdirSync(join(folder, 'modules', 'a-1.0.0'), { recursive: true })
  for (const file of ['go.mod', 'go.sum']) writeFileSync(join(folder, 'modules', 'a-1.0.0', file), '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Stands in for Go. */
function stubGo(script: string): void {
  writeFileSync(join(folder, 'go'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)
}

function build(module = 'a-1.0.0'): Promise<void> {
  return goBuild({
    package: 'example.dev/a',
    modules: join(folder, 'modules', module),
    title: 'a 1.0.0',
    variables: { 'example.dev/a.version': 'v1' },
    output: join(folder, 'bin', 'a'),
    log: () => {},
  })
}

it('builds where the modules are not, and leaves the binary alone behind', async () => {
  stubGo('[ -f go.mod ] && [ -f go.sum ] && echo "$@" > built && chmod +x built')
  await build()
  expect(existsSync(join(folder, 'bin', 'a'))).toBe(true)
  expect(existsSync(join(folder, 'modules', 'a-1.0.0', 'built'))).toBe(false)
})

it('says what Go said last, and leaves nothing behind', async () => {
  stubGo('echo example.dev/b >&2; echo "b.go:1: undefined: c" >&2; touch built; exit 1')
  await expect(build()).rejects.toThrow(/go build example\.dev\/a failed \(1\):\nb\.go:1: undefined: c$/)
  expect(existsSync(join(folder, 'bin'))).toBe(false)
})

it('says what to do where there is no Go', async () => {
  vi.stubEnv('PATH', folder)
  await expect(build()).rejects.toThrow('Go is needed')
})

it('says which versions there are', async () => {
  await expect(build('a-2.0.0')).rejects.toThrow(/pins a-1\.0\.0, and no a-2\.0\.0$/)
})
