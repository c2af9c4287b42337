/** Switchboard is upgraded to an image of workers that cannot be pulled: those that are there serve on, and the agent says why. */
import { SYSTEM } from '../release.ts'
import { comes, mustSay, PODS, type Stage } from './stage.ts'

const DEPLOYMENT = ['deployment/switchboard-operator', '-n', SYSTEM]
const BAD = 'localhost/switchboard:not-there'

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: string[] }] } }
  }
}

export async function badImage(stage: Stage): Promise<void> {
  const { place, workers } = stage
  const { spec } = await place.kube.get<Deployment>(...DEPLOYMENT)
  const { args } = spec.template.spec.containers[0]
  const before = workers.ready.map(pod => pod.metadata.uid)
  await setArgs(
    stage,
    args.map(arg => (arg.startsWith('--image=') ? `--image=${BAD}` : arg)),
  )
  try {
    stage.say(`workers are to be ${BAD}`)
    await mustSay(stage, 'the agent says why', /^Stalled=True ImagePullFailed: .*cannot be pulled/, 180_000)
    await mustSay(stage, 'and that calls are answered all the same', /^Ready=True/, 5000)
    const serving = workers.ready.filter(pod => before.includes(pod.metadata.uid)).length
    stage.check('the pods that were there serve on', serving === PODS, `${serving}`)
  } finally {
    await setArgs(stage, args)
  }
  await mustSay(stage, 'with the image put right it says so', /^Stalled=False/, 180_000)
  const same = await comes(
    () => workers.ready.length === PODS && workers.ready.every(pod => before.includes(pod.metadata.uid)),
    120_000,
  )
  stage.check('and the same pods are there, and no others', same && (await workers.exactly(PODS, 60_000)))
}

async function setArgs({ place }: Stage, args: readonly string[]): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: args }]
  await place.kube('patch', ...DEPLOYMENT, '--type=json', '-p', JSON.stringify(patch))
  await place.kube('rollout', 'status', ...DEPLOYMENT, '--timeout=120s')
}
