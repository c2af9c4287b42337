/**
 * Who may import whom: runs dependency-cruiser with the rules of .dependency-cruiser.json and fails when it saw nothing, for a cruise of
 * 0 modules finds no violations either.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const AREAS = ['errors', 'telemetry', 'crds', 'kube', 'operator', 'runtime', 'simulators', 'cli', 'test'].filter(area =>
  existsSync(area),
)
const LEAST_MODULES = 100

interface Cruise {
  summary: {
    totalCruised: number
    totalDependenciesCruised: number
    violations: { from: string; to: string; rule: { name: string; severity: string } }[]
  }
}

const out = execFileSync('depcruise', ['--config', '.dependency-cruiser.json', '--output-type', 'json', ...AREAS], {
  encoding: 'utf8',
  maxBuffer: 256 * 2 ** 20,
})
const { summary } = JSON.parse(out) as Cruise
for (const v of summary.violations) console.error(`${v.rule.severity} ${v.rule.name}: ${v.from} → ${v.to}`)
console.log(
  `layers: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`,
)
if (summary.totalCruised < LEAST_MODULES) {
  console.error(`layers: fewer than ${LEAST_MODULES} modules were seen: the cruise is broken, not clean`)
  process.exitCode = 1
}
if (summary.violations.some(v => v.rule.severity === 'error')) process.exitCode = 1
