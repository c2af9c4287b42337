import type { Metafile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { Report } from '#test/harness/report.ts'
import { rewrite } from './beside.ts'
import { COMMANDS } from './entries.ts'
import { loadedWith, packagesIn, sourcesIn } from './inputs.ts'
import { checkBundles } from './limits.ts'

const meta = (
  outputs: Record<string, { entry?: string; inputs?: string[]; now?: string[]; later?: string[] }>,
): Metafile => ({
  inputs: Object.fromEntries(
    Object.values(outputs).flatMap(({ inputs = [] }) => inputs.map(path => [path, { bytes: 1, imports: [] }])),
  ),
  outputs: Object.fromEntries(
    Object.entries(outputs).map(([path, { entry, inputs = [], now = [], later = [] }]) => [
      path,
      {
        bytes: 10,
        ...(entry !== undefined && { entryPoint: entry }),
        inputs: Object.fromEntries(inputs.map(input => [input, { bytesInOutput: input.endsWith('types.ts') ? 0 : 1 }])),
        imports: [
          ...now.map(next => ({ path: next, kind: 'import-statement' as const })),
          ...later.map(next => ({ path: next, kind: 'dynamic-import' as const })),
        ],
        exports: [],
      },
    ]),
  ),
})

describe('what a command loads', () => {
  const built = meta({
    a: { entry: 'cli/run.ts', inputs: ['cli/run.ts'], now: ['b'], later: ['c'] },
    b: { inputs: ['runtime/worker/worker.ts', 'simulators/types.ts'], now: ['a', 'd'] },
    c: { entry: 'simulators/start.ts', inputs: ['simulators/start.ts'], now: ['d'] },
    d: { inputs: ['node_modules/@fastify/error/index.js', 'node_modules/ws/index.js'] },
  })

  it('follows static imports, through circles, and no others', () => {
    expect(loadedWith(built, 'cli/run.ts')).toEqual(['a', 'b', 'd'])
  })

  it('counts only files that end up as code', () => {
    expect(sourcesIn(built, ['a', 'b'])).toEqual(['cli/run.ts', 'runtime/worker/worker.ts'])
  })

  it('knows no closure of a module that is not there', () => {
    expect(() => loadedWith(built, 'cli/worker.ts')).toThrow('no output of the bundle has cli/worker.ts')
  })

  it('names packages with and without a scope', () => {
    expect(packagesIn(built)).toEqual(['@fastify/error', 'ws'])
  })
})

describe('a worker', () => {
  const failed = (inputs: string[]): string[] => {
    const report = new Report('test', () => undefined)
    const outputs = Object.values(COMMANDS).map(entry => [entry, { entry, inputs: [...inputs] }])
    checkBundles(report, meta(Object.fromEntries(outputs)))
    return report.rows.filter(row => !row.ok).map(row => String(row.value))
  }

  it('is a worker only', () => expect(failed(['runtime/worker/worker.ts'])).toEqual([]))
  it.each(['simulators/realtime/start.ts', 'kube/reflector.ts', 'operator/main.ts'])('does not carry %s', module => {
    expect(failed(['runtime/worker/worker.ts', module])).toEqual([module, module])
  })
  it('is something', () => expect(failed([])).toHaveLength(2))
})

describe('files beside the code', () => {
  const at = "new URL('./writer.ts', import.meta.url)"

  it('finds the script of a thread', () => {
    expect(rewrite(at, 'runtime/ledger/open-ledger.ts')).toBe("new URL('./ledger-writer.mjs', import.meta .url)")
  })

  it('finds data files, named and computed', () => {
    expect(rewrite('new URL(`./${name}.wav`, import.meta.url)', 'runtime/worker/clips/clip-library.ts')).toBe(
      "new URL(`./${name}.wav`, new URL('./runtime/worker/clips/', import.meta .url))",
    )
    expect(rewrite("new URL('./clips/', import.meta.url)", 'simulators/speech/library.ts')).toBe(
      "new URL('./clips/', new URL('./simulators/speech/', import.meta .url))",
    )
    expect(rewrite('new URL(`../../${EXAMPLE}`, import.meta.url)', 'cli/demo/manifests.ts')).toBe(
      "new URL(`../../${EXAMPLE}`, new URL('./cli/demo/', import.meta .url))",
    )
  })

  it.each([
    [at, 'runtime/other/open.ts', 'has no entry for it'],
    ["new URL('./a.bin', import.meta.url)", 'cli/run.ts', 'does not bring it'],
    ['join(import.meta.dirname, "x")', 'cli/run.ts', 'a bundle cannot follow'],
    ['new URL(path, import.meta.url)', 'cli/run.ts', 'a bundle cannot follow'],
  ])('refuses what would not be there: %s in %s', (source, module, why) => {
    expect(() => rewrite(source, module)).toThrow(why)
  })
})
