/** The commands that must notice a break: green on the tree as it is, red on the broken one. */

export interface Check {
  /** As a person would say it, and the key by which equal checks are known (tests: by their files). */
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Beyond this it is stopped, and has failed. */
  readonly limitS: number
  /** Lines that say what failed: headings of failed tests, failed rows, findings of a tool. */
  readonly verdict: RegExp
  /** Files of tests, where it is nothing but tests: those of several checks are run green in one go. */
  readonly tests?: readonly string[]
  /** Of those files only the tests whose name holds this. */
  readonly named?: string
  /**
   * What it needs of the machine. `plain`: any time it gets. `timed`: media on time, so it goes before the plain ones. `waits`: that too,
   * but it mostly waits, so it takes no place from the others.
   */
  readonly needs: 'plain' | 'timed' | 'waits'
}

const FAILED_TEST = /^\s*FAIL\s+(.*)$/
const FAILED_ROW = /^\s*✗\s+(.*)$/

/** Tests by file; `named` (a regular expression): only those whose name holds it, where the rest of a file takes long. */
export function tests(files: string | readonly string[], named?: string, needs: Check['needs'] = 'plain'): Check {
  const list = typeof files === 'string' ? [files] : files
  return {
    name: list.map(short).join(' '),
    command: [
      'node',
      'node_modules/vitest/vitest.mjs',
      'run',
      '--maxWorkers=1',
      ...list,
      ...(named === undefined ? [] : ['--testNamePattern', named]),
    ],
    limitS: 120,
    verdict: FAILED_TEST,
    tests: list,
    ...(named !== undefined && { named }),
    needs,
  }
}

/** Tests that make calls on real sockets. */
export const timedTests = (file: string, named?: string): Check => tests(file, named, 'timed')

/** A suite of `test/`: `suite('conformance', 'sip --path udp --case cancel')`. */
export function suite(kind: 'conformance' | 'soak', args: string): Check {
  return {
    name: `${kind} ${args}`,
    command: ['node', `test/${kind}/main.ts`, ...args.split(' ')],
    limitS: 240,
    verdict: FAILED_ROW,
    needs: 'waits',
  }
}

const tool = (name: string, verdict: RegExp, ...command: [string, ...string[]]): Check => ({
  name,
  command,
  limitS: 120,
  verdict,
  needs: 'plain',
})

export const types = tool('types', /^(.*error TS.*)$/, 'tsc', '--noEmit')
export const layers = tool('layers', /^error (.*)$/, 'node', 'test/layers.ts')
export const generated = tool('generate --check', /^(.*)$/, 'node', 'cli/generate/main.ts', '--check')
/** oxlint without types, which is enough for the rules that breaks break. */
export const lint = tool('oxlint runtime', /^(.*\[Error\/.*)$/, 'oxlint', 'runtime', '--format=unix')
/** The bundles of an image, and what they carry. */
export const bundle = tool('bundle', FAILED_ROW, 'node', 'test/image/bundle.ts', '--build-only')

/** `switchboard demo`, judged by its recording alone. */
export const demo: Check = {
  ...tool('demo', FAILED_ROW, 'node', 'cli/main.ts', 'demo', '--out', 'out/demo'),
  needs: 'waits',
}

/** One test file as CI runs it, and the sum that CI makes of it. */
export function ciSum(file: string): Check {
  const script = [
    'mkdir -p out/ci',
    `CI=true node node_modules/vitest/vitest.mjs run ${file}`,
    `echo '{"name":"test","code":0,"seconds":1}' >out/ci/steps.jsonl`,
    'node test/ci/sum.ts out/ci',
  ]
  return tool(`ci ${short(file)}`, /^(\d+ passed, [1-9]\d* failed)$/, 'sh', '-c', script.join('; '))
}

function short(file: string): string {
  return file.split('/').at(-1) ?? file
}
