/** A tenant gives a worker with a call on it to another agent, by its label: the call goes on, the pod is replaced, and nobody gains a worker. */
import { comes } from '../comes.ts'
import { long } from '../conversation.ts'
import { isReady, type Pod } from '../kube.ts'
import { dial } from '../phones.ts'
import { AGENT } from '../release.ts'
import type { Tenants } from './people.ts'

const CALL_S = 25

export async function relabelled({ place, report, tina, workers }: Tenants): Promise<void> {
  const { namespace, name } = AGENT
  const [victim] = workers
  if (victim === undefined) throw new Error('there is no worker')
  await place.setWorkers([`${victim.status.podIP}:5060`])
  const call = dial(place, long(CALL_S))
  const up = (): Promise<boolean> => Promise.resolve(call.output().includes('"type":"answered"'))
  await comes(up, 60_000, 'the call is answered')
  const said = await tina([
    'label',
    'pod',
    victim.metadata.name,
    '-n',
    namespace,
    'switchboard.dev/agent=booking',
    '--overwrite',
  ])
  if (said.code !== 0) throw new Error(said.err)
  const pods = (agent: string): Promise<Pod[]> =>
    place.kube.get<Pod[]>('pods', '-n', namespace, '-l', `switchboard.dev/agent=${agent}`)
  const replaced = async (): Promise<boolean> => (await pods(name)).filter(isReady).length === workers.length
  await comes(replaced, 90_000, 'another pod is in its place').catch(() => {})
  report.check('a pod that was given to another agent by its label is replaced', await replaced())
  const { carried, detail } = await call.done
  report.check('the call on it goes on to its end', carried, detail.slice(0, 170))
  const revisions = await place.kube.get<{ metadata: { name: string }; spec: { replicas?: number } }[]>(
    'voiceagentrevisions',
    '-n',
    namespace,
  )
  const gained = revisions
    .filter(revision => revision.metadata.name.startsWith('booking-'))
    .reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0)
  report.check('the other agent gains no worker', gained === 0, `${gained} pods of it`)
  const gone = async (): Promise<boolean> => (await pods('booking')).length === 0
  await comes(gone, 90_000, 'it is gone').catch(() => {})
  report.check('it goes once its last call is over', await gone())
}
