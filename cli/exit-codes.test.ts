import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'

function run(args: readonly string[]): Promise<{ code: unknown; said: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, ['cli/main.ts', ...args], (error, out, err) => {
      resolve({ code: error?.code ?? 0, said: `${out}${err}` })
    })
  })
}

it.each<[string, number, string]>([
  ['help nosuch', 2, "unknown command 'nosuch'"],
  ['help validat', 2, 'Did you mean validate?'],
  ['validat --help', 2, 'Did you mean validate?'],
  ['help validate', 0, 'Exit code: 0 when no manifest is wrong'],
  ['validate -f nosuch', 2, 'no such file or directory'],
  ['run -f nosuch', 2, 'no such file or directory'],
  ['run -f crds/wrong/field-typo.yaml', 1, 'did you mean "voice"?'],
  ['worker --slots 20000', 2, 'a whole number from 1 to 10000'],
  ['operator --image x --deny 10.0.0.0/8 10.244/16', 2, '"10.244/16" is not a CIDR: write 10.244.0.0/16'],
  ['operator --image x --dns 10.0.0.1/8', 2, '"10.0.0.1/8" has bits set behind its prefix: write 10.0.0.0/8'],
])('switchboard %s: %d', { timeout: 60_000 }, async (line, code, words) => {
  const done = await run(line.split(' '))
  expect(done.said).toContain(words)
  expect(done.code).toBe(code)
})
