/**
 * Adds up what a CI run left in its folder, names what failed, and closes with the line that counts. Fails when a step failed or nothing
 * was tested.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Step {
  name: string
  code: number
}
interface Counted {
  passed?: number
  failed?: number
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  rows?: { name: string; value: number | string; ok: boolean }[]
  testResults?: { assertionResults: { fullName: string; status: string; failureMessages?: string[] }[] }[]
}

/** The end of a log is what is read first, and may be all that is kept of it. */
const LONGEST_LIST = 40

const folder = process.argv[2] ?? 'out/ci'
const steps = readFileSync(join(folder, 'steps.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Step)

let passed = 0
let failed = 0
const counted = new Set<string>()
const missed: string[] = []
for (const file of readdirSync(folder).filter(f => f.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Counted
  passed += report.passed ?? report.numPassedTests ?? 0
  failed += report.failed ?? report.numFailedTests ?? 0
  // A skipped test looks green; in CI it is a failure.
  failed += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
  const name = file.replace(/\.json$/, '')
  counted.add(name)
  missed.push(...failures(report).map(failure => `  ✗ ${name}: ${failure}`))
}
for (const line of missed.slice(0, LONGEST_LIST)) console.log(line)
if (missed.length > LONGEST_LIST) console.log(`  … and ${missed.length - LONGEST_LIST} more`)
for (const step of steps) {
  // A step with a report of its own was counted row by row; one that failed without a failed row still failed.
  if (step.code !== 0) console.log(`step ${step.name} failed with ${step.code}`)
  if (!counted.has(step.name) && step.code === 0) passed++
  else if (!counted.has(step.name)) failed++
  else if (step.code !== 0 && failed === 0) failed++
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** What failed in a report, a line each: of ours by row, of vitest's by test with the first line of why. */
function failures(report: Counted): string[] {
  const rows = (report.rows ?? []).filter(row => !row.ok).map(row => `${row.name}: ${row.value}`)
  const tests = (report.testResults ?? [])
    .flatMap(file => file.assertionResults)
    .filter(test => test.status === 'failed')
    .map(test => `${test.fullName}: ${(test.failureMessages?.[0] ?? '').split('\n')[0]}`)
  return [...rows, ...tests].map(line => (line.length > 300 ? `${line.slice(0, 300)}…` : line))
}
