/** What the documents promise is there: links, commands and their flags, files, error codes and metrics. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { invocationsIn, pathsIn, readPage } from './markdown.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const FOLDERS = [
  'crds',
  'kube',
  'runtime',
  'errors',
  'telemetry',
  'simulators',
  'cli',
  'test',
  'examples',
  'docs',
  'charts',
  'bin',
]
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/first-call/README.md',
  'examples/gemini/README.md',
  'examples/on-a-cluster/README.md',
  'examples/context/README.md',
  'examples/disclosures/README.md',
  'examples/twilio/README.md',
  'docs/carriers/twilio.md',
  'examples/fallbacks/README.md',
  'simulators/realtime/README.md',
  'simulators/gemini/README.md',
  ...readdirSync(join(ROOT, 'docs')).map(name => `docs/${name}`),
  ...readdirSync(join(ROOT, 'docs/providers')).map(name => `docs/providers/${name}`),
]
const pages = documents
  .filter(path => path.endsWith('.md'))
  .map(path => ({ path, text: read(path), page: readPage(read(path)) }))
const makefile = read('Makefile')
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

const helps = new Map<string, string>()
/** `switchboard … --help`. */
function help(words: readonly string[]): string {
  const key = words.join(' ')
  const known = helps.get(key)
  if (known !== undefined) return known
  const text = execFileSync(process.execPath, ['cli/main.ts', ...words, '--help'], { cwd: ROOT, encoding: 'utf8' })
  helps.set(key, text)
  return text
}

/** What is wrong with a command line of ours; null: nothing. */
function wrongWith(program: string, args: readonly string[]): string | null {
  if (program === 'make') {
    const missing = args.filter(arg => /^[a-z]+$/.test(arg) && !new RegExp(`^${arg}:`, 'm').test(makefile))
    return missing.length > 0 ? `the Makefile has no ${missing.join(', ')}` : null
  }
  if (program === 'npm') return wrongNpm(args)
  const [command = '--help', ...rest] = args
  if (command.startsWith('-')) return null
  if (!new RegExp(`^  ${command} `, 'm').test(help([]))) return `there is no command ${command}`
  const subcommand = command === 'simulate' && /^[a-z]+$/.test(rest[0] ?? '') ? [rest[0] ?? ''] : []
  const text = help([command, ...subcommand])
  const wrong = rest.map(arg => arg.split('=')[0] ?? '').filter(arg => /^--?[a-z]/.test(arg))
  const missing = wrong.filter(flag => !new RegExp(`(^|[\\s,])${flag}[\\s,]`, 'm').test(text))
  return missing.length > 0 ? `${command} has no ${missing.join(', ')}` : null
}

function wrongNpm([verb, ...rest]: readonly string[]): string | null {
  if (verb !== 'run') return null
  const [script = '', dashes, suite] = rest.filter(arg => arg !== '-s')
  const source = scripts[script]
  if (source === undefined) return `package.json has no script ${script}`
  const file = /test\/\w+\/main\.ts$/.exec(source)?.[0]
  if (dashes !== '--' || suite === undefined || !/^[a-z]/.test(suite) || file === undefined || script === 'soak')
    return null
  return new RegExp(`^  '?${suite}'?:`, 'm').test(read(file)) ? null : `${script} has no suite ${suite}`
}

describe.each(pages)('$path', ({ path, text, page }) => {
  it('links to what is there', () => {
    const broken = page.links.filter(link => {
      if (/^(https?|mailto):/.test(link)) return false
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && anchor !== '' && !readPage(read(target)).anchors.has(anchor)
    })
    expect(broken).toEqual([])
  })

  it('names commands, subcommands and flags that are there', { timeout: 60_000 }, () => {
    const wrong = page.code
      .flatMap(invocationsIn)
      .map(({ program, args }) => ({ command: [program, ...args].join(' '), why: wrongWith(program, args) }))
    expect(wrong.filter(({ why }) => why !== null)).toEqual([])
  })

  it('names files that are there', () => {
    const missing = page.code.flatMap(line => pathsIn(line, FOLDERS)).filter(file => !existsSync(join(ROOT, file)))
    expect(missing).toEqual([])
  })

  it('names errors and metrics that are there', () => {
    const codes = text.match(/\bSB_[A-Z0-9_]+[A-Z0-9]\b/g) ?? []
    const metrics = text.match(/\bswitchboard_[a-z0-9_]+[a-z0-9]\b/g) ?? []
    const known = `${read('docs/errors.md')}${read('docs/telemetry.md')}`
    expect([...codes, ...metrics].filter(name => !known.includes(`\`${name}\``))).toEqual([])
  })
})

it('reads what it judges', () => {
  const commands = pages.flatMap(({ page }) => page.code.flatMap(invocationsIn))
  expect(commands.filter(({ program }) => program === 'switchboard').length).toBeGreaterThan(15)
  expect(commands.filter(({ program }) => program === 'npm').length).toBeGreaterThan(5)
  expect(pages.flatMap(({ page }) => page.links).length).toBeGreaterThan(15)
})

describe('a wrong document', () => {
  it.each([
    ['make', ['dmeo'], 'the Makefile has no dmeo'],
    ['npm', ['run', 'conformance', '--', 'sipp'], 'conformance has no suite sipp'],
    ['npm', ['run', 'tests'], 'package.json has no script tests'],
    ['switchboard', ['dial', 'sip:x@y'], 'there is no command dial'],
    ['switchboard', ['run', '-f', 'x', '--advertize', 'y'], 'run has no --advertize'],
    ['switchboard', ['simulate', 'realtime', '--speach=words'], 'simulate has no --speach'],
  ] as const)('%s %j is found', (program, args, why) => {
    expect(wrongWith(program, args)).toBe(why)
  })

  it('is read with its code, links and anchors', () => {
    const page = readPage('# A b, c\n[x](y.md#z) `[no](link)`\n```sh\nA=1 switchboard run | make x # make y\n```\n')
    expect(page.links).toEqual(['y.md#z'])
    expect([...page.anchors]).toEqual(['a-b-c'])
    expect(page.code.flatMap(invocationsIn)).toEqual([
      { program: 'switchboard', args: ['run'] },
      { program: 'make', args: ['x'] },
    ])
    expect(pathsIn('see runtime/sip/, cli/nothing.ts and out/demo/x', FOLDERS)).toEqual([
      'runtime/sip/',
      'cli/nothing.ts',
    ])
  })
})
