/** etcd forgets its history, once under watches that live and once while the API server is away, so that all of them must list anew (410). */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CONTROL, FOLDER } from '#test/cluster/plan.ts'
import { handsOn } from '../place.ts'
import { comes, PODS, type Stage, scaleAgent } from './stage.ts'

const AUDIT = join(FOLDER, CONTROL.name, 'audit.log')
const OPERATOR = 'system:serviceaccount:switchboard-system:switchboard-operator'

export async function etcdCompacted(stage: Stage): Promise<void> {
  const { workers } = stage
  const machines = handsOn(stage.place)
  await machines.compact()
  await scaleAgent(stage, PODS + 1)
  await workers.until(PODS + 1, 1, 120_000)
  stage.check('watches that live go on', true)
  const from = statSync(AUDIT).size
  await machines.killApiServer()
  try {
    await machines.compact()
  } finally {
    await machines.startApiServer()
  }
  const listed = (): boolean => listsAfter(from).has('pods') && listsAfter(from).has('voiceagents')
  stage.check(
    'the operator lists anew what it had watched',
    await comes(listed, 120_000),
    [...listsAfter(from)].join(', '),
  )
  await scaleAgent(stage, PODS)
  stage.check('and does what is asked for', await workers.exactly(PODS, 240_000))
}

/** What the operator has listed since, by the API server's own word. */
function listsAfter(offset: number): Set<string> {
  const lines = readFileSync(AUDIT).subarray(offset).toString().split('\n')
  const events = lines.filter(line => line.includes('"verb":"list"') && line.includes(OPERATOR))
  return new Set(events.map(line => /"resource":"([a-z]+)"/.exec(line)?.[1] ?? ''))
}
