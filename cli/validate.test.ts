import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { validate, validateCommand } from './validate.ts'
import { renderProblem } from './validate-render.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'validate-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.restoreAllMocks()
  process.exitCode = undefined
})

describe('validate', () => {
  it('finds nothing wrong with the example of Twilio', async () => {
    const { problems, exitCode } = await validate(['examples/twilio'])
    expect({ problems, exitCode }).toEqual({ problems: [], exitCode: 0 })
  })

  it('finds nothing wrong with the examples, as they stand', async () => {
    const { problems, objects, exitCode } = await validate(['examples/first-call'])
    expect(problems).toEqual([])
    expect(objects).toBeGreaterThanOrEqual(4)
    expect(exitCode).toBe(0)
  })

  it('tells wrong manifests from ones that cannot be read', async () => {
    expect((await validate(['crds/wrong/field-typo.yaml'])).exitCode).toBe(1)
    expect((await validate(['crds/wrong/elsewhere.yaml'])).exitCode).toBe(0)
    expect((await validate([folder])).problems.map(p => p.code)).toEqual(['SB_API_NO_MANIFESTS'])
    const missing = await validate([join(folder, 'none.yaml'), 'crds/wrong/field-typo.yaml'])
    expect(missing.exitCode).toBe(2)
    expect(missing.problems.map(p => p.code).sort()).toEqual(['SB_API_FILE_UNREADABLE', 'SB_API_UNKNOWN_FIELD'])
  })

  it('takes warnings for errors where that is asked for', async () => {
    const warned = ['crds/wrong/elsewhere.yaml']
    expect([(await validate(warned)).exitCode, (await validate(warned, true)).exitCode]).toEqual([0, 1])
    expect((await validate(['examples/first-call'], true)).exitCode).toBe(0)
  })

  it.each(['', '\n', '# later\n', '---\n---\n'])('says of a file with %j that it holds nothing', async text => {
    writeFileSync(join(folder, 'empty.yaml'), text)
    const named = await validate([join(folder, 'empty.yaml')])
    expect(named.problems.map(p => `${p.severity} ${p.code}`)).toEqual(['error SB_API_FILE_EMPTY'])
    expect(named.exitCode).toBe(2)
    const beside = await validate([folder])
    expect(beside.problems.map(p => `${p.severity} ${p.code}`)).toEqual(['warning SB_API_FILE_EMPTY'])
    expect(beside.exitCode).toBe(0)
  })

  it('looks over several files together', async () => {
    const { problems } = await validate(['examples/first-call/reception.yaml', 'examples/first-call/namespaces.yaml'])
    expect(problems.map(p => `${p.severity} ${p.code}`)).toEqual(['warning SB_API_TRUNK_MISSING'])
  })

  it('passes over files that are no manifests', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'kind: [')
    writeFileSync(join(folder, '.hidden.yaml'), 'kind: [')
    writeFileSync(join(folder, 'other.yml'), 'apiVersion: v1\nkind: Service\n')
    expect((await validate([folder])).exitCode).toBe(0)
  })
})

describe('the command', () => {
  async function run(...args: string[]): Promise<string> {
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation(line => void lines.push(String(line)))
    await validateCommand().parseAsync(args, { from: 'user' })
    return lines.join('\n')
  }

  it('prints place, words, line and a summary', async () => {
    const text = await run('-f', 'crds/wrong/field-typo.yaml')
    expect(text).toContain('crds/wrong/field-typo.yaml:9:7 error spec.model.openAI.voise: unknown field')
    expect(text).toContain('      voise: marin')
    expect(text).toContain('^^^^^ did you mean "voice"?')
    expect(text).toContain('1 error')
    expect(process.exitCode).toBe(1)
  })

  it('prints JSON for programs', async () => {
    const { problems } = JSON.parse(await run('--json', '-f', 'crds/wrong/field-typo.yaml')) as { problems: unknown[] }
    expect(problems).toEqual([
      {
        severity: 'error',
        code: 'SB_API_UNKNOWN_FIELD',
        file: 'crds/wrong/field-typo.yaml',
        line: 9,
        column: 7,
        endColumn: 12,
        path: 'spec.model.openAI.voise',
        message: 'unknown field',
        fix: 'did you mean "voice"?',
        object: 'VoiceAgent acme/reception',
      },
    ])
  })
})

it('shows the right part of a very long line', () => {
  const line = `${'x'.repeat(300)}HERE${'y'.repeat(300)}`
  const problem = {
    severity: 'error',
    code: 'C',
    file: 'f',
    line: 1,
    column: 301,
    endColumn: 305,
    path: 'p',
    message: 'm',
    fix: 'f',
  } as const
  const [, shown = '', marks = ''] = renderProblem(problem, line).split('\n')
  const at = marks.indexOf('^')
  expect(shown.slice(at, at + 4)).toBe('HERE')
  expect(shown.length).toBeLessThan(140)
})
