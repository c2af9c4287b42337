/** What the operator may do against what it really asks of the API server, by its audit log; and what it may not do, tried in its name. */
import { existsSync } from 'node:fs'
import { say } from '#test/cluster/progress.ts'
import type { Report } from '#test/harness/report.ts'
import { inPlace, type Machines, type Place } from './place.ts'
import { installCharts, SYSTEM } from './release.ts'
import { type Binding, type Right, type Role, rightsOf } from './rights/held.ts'
import { judge } from './rights/judge.ts'
import { liveThrough } from './rights/life.ts'
import { tryMore } from './rights/more.ts'
import { UNUSED } from './rights/unused.ts'

const OPERATOR = { namespace: SYSTEM, name: 'switchboard-operator' } as const
const USER = `system:serviceaccount:${OPERATOR.namespace}:${OPERATOR.name}`
/** It asks for the label of the Secret that an agent names; where a namespace gives it no right to it, the agent says so. */
const BEARABLE = new Set(['get secrets'])

/** `--life no`: judges what was asked until now. */
export const run = inPlace(async (place, report, options) => {
  await installCharts(place, `http://${place.host}:4318`)
  if (options['life'] !== 'no') await lived(place, report)
  if (place.machines === null)
    report.note('not run: which rights are used, for it takes the audit log of the API server')
  else await judgeUse(place, place.machines, report)
  await tryMore(place, report, USER)
  say('done')
})

async function judgeUse(place: Place, machines: Machines, report: Report): Promise<void> {
  const held = await heldBy(place)
  // What others try in its name below is not its own.
  const asked = await machines.readAudit(USER)
  const { used, faults } = judge(held, asked, UNUSED, BEARABLE)
  for (const [right, { times, namespaces }] of [...used].toSorted(([a], [b]) => a.localeCompare(b)))
    report.check(`used: ${right}`, true, `${times} times${inWords(namespaces)}`)
  for (const { right, reason, shownBy } of UNUSED)
    report.check(
      `not used, for a reason: ${right}`,
      shownBy === undefined || existsSync(shownBy),
      `${reason}${shownBy === undefined ? '' : ` (${shownBy})`}`,
    )
  for (const fault of faults) report.check('a right too many, or too few', false, fault)
  report.check(
    `of ${held.length} rights each is used, or has a reason not to be`,
    faults.length === 0 && held.length > 0,
    `${asked.length} requests, ${used.size} rights used, ${faults.length} faults`,
  )
}

async function lived(place: Place, report: Report): Promise<void> {
  await liveThrough(place)
  report.check('the operator lived: agents made, scaled, changed, drained, deleted; keys and leader changed', true)
}

async function heldBy({ kube }: Place): Promise<Right[]> {
  const roles = [...(await kube.get<Role[]>('clusterroles')), ...(await kube.get<Role[]>('roles', '-A'))]
  const bindings = [
    ...(await kube.get<Binding[]>('clusterrolebindings')),
    ...(await kube.get<Binding[]>('rolebindings', '-A')),
  ]
  return rightsOf(OPERATOR, roles, bindings)
}

function inWords(namespaces: ReadonlySet<string>): string {
  const names = [...namespaces].filter(name => name !== '').toSorted()
  return names.length === 0 ? '' : `, in ${names.slice(0, 4).join(', ')}${names.length > 4 ? ' …' : ''}`
}
