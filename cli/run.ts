/** `switchboard run`: a worker and its manifests in one process, with or without a provider. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ON_A_CLUSTER } from '#crds/check-credentials.ts'
import { candidatesOf } from '#crds/models.ts'
import type { Problem } from '#crds/problem.ts'
import type { GatewayTrunk } from '#runtime/gateway/trunk.ts'
import { workerErrors } from '#runtime/worker/errors.ts'
import { Worker } from '#runtime/worker/worker.ts'
import { soundsBeside } from './ledger-folder.ts'
import { readyLines } from './run-banner.ts'
import { type GatewayFlags, gatewayLines, gatewayTrunksOf, openGateway, withGatewayOptions } from './run-gateway.ts'
import { type Credentials, credentialsOf, type Served, servedBy, trunkCredentialsOf } from './run-manifests.ts'
import { startPeople } from './run-people.ts'
import { startSimulators } from './run-simulators.ts'
import { untilStopped } from './run-until-stopped.ts'
import { exitCodeOf, loadManifests } from './validate-load.ts'
import { renderProblem, renderSummary } from './validate-render.ts'
import { setWorkerHeap } from './worker-heap.ts'
import { closeAll, openFoundation, settingsOf, type WorkerFlags, withWorkerOptions } from './worker-options.ts'

/** Somebody waits for the end at a terminal; a full disk must not make that half an hour. */
const RECORDS_MS = 5000

interface RunFlags extends WorkerFlags, GatewayFlags {
  readonly file: string[]
  readonly simulate?: string | true
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('Answers calls on this machine, as the manifests say: a worker without a cluster.')
    .requiredOption('-f, --file <path...>', 'manifest or directory of manifests; may be given several times')
    .option(
      '--simulate [script]',
      'talk to simulated providers instead of the real ones; optionally as a script (YAML) says',
    )
  return withWorkerOptions(withGatewayOptions(command), 'warn').action(run)
}

async function run(flags: RunFlags): Promise<void> {
  setWorkerHeap()
  const manifests = await loadManifests(flags.file)
  const problems = manifests.problems.filter(problem => !ON_A_CLUSTER.has(problem.code))
  for (const problem of problems) console.error(renderProblem(problem, lineOf(problem)))
  const exitCode = exitCodeOf(problems)
  if (exitCode !== 0) {
    console.error(renderSummary(manifests.sources.size, flags.file.length, problems))
    process.exitCode = exitCode
    return
  }
  const served = servedBy(manifests)
  if (!served.some(one => one.routes.length > 0)) throw workerErrors.nothingToAnswer(flags.file.join(', '))
  const credentials = credentialsOf(manifests, process.env)
  if (flags.simulate === undefined) checkCredentials(served, credentials)
  const trunks = gatewayTrunksOf(manifests, process.env)

  const closers: (() => Promise<unknown>)[] = []
  try {
    if (flags.simulate !== undefined) {
      const people = await startPeople(manifests.trunks)
      closers.push(() => people.close())
      for (const line of people.lines) console.log(line)
    }
    await serve(flags, served, credentials, trunkCredentialsOf(manifests), trunks, closers)
  } finally {
    await closeAll(closers)
  }
}

async function serve(
  flags: RunFlags,
  served: readonly Served[],
  credentials: Credentials,
  trunkCredentials: ReturnType<typeof trunkCredentialsOf>,
  trunks: readonly GatewayTrunk[],
  closers: (() => Promise<unknown>)[],
): Promise<void> {
  const simulators = flags.simulate === undefined ? null : await startSimulators(served, flags.simulate)
  if (simulators) closers.push(() => simulators.close())
  const foundation = await openFoundation(flags, closers)
  if (foundation.folderMade !== null) console.log(`Made the folder ${foundation.folderMade} for the ledger.`)
  const worker = await Worker.start(settingsOf(flags, Math.max(...served.map(one => one.drainDeadlineMs))), {
    ...foundation,
    credential: (revision, candidate) =>
      credentials.of(revision, candidate) ?? (simulators ? 'sk-simulated' : undefined),
    trunkCredentials,
    sounds: soundsBeside(flags.db),
    ...(simulators && { provider: name => simulators.of(name) }),
  })
  closers.push(() => worker.close())
  for (const one of served) {
    for (const [id, clip] of one.clips) worker.clips.add(id, clip)
  }
  await Promise.all(served.map(one => worker.prepare(one.revision, one.routes)))
  for (const one of served) worker.serve(one.revision, one.routes)
  const gateway = trunks.length === 0 ? null : await openGateway(flags, trunks, worker, foundation.log)
  if (gateway) {
    // the worker first: its calls end by the gateway
    closers.pop()
    closers.push(() => gateway.close())
    closers.push(() => worker.close())
    for (const line of gatewayLines(gateway, flags, trunks)) console.log(line)
  }
  for (const line of readyLines(worker, served, simulators?.where ?? null, flags.db)) console.log(line)
  await untilStopped(worker, foundation.ledger, line => console.log(line), RECORDS_MS)
}

/** Before the first call, not in it. */
function checkCredentials(served: readonly Served[], credentials: Credentials): void {
  for (const { revision } of served)
    for (const candidate of candidatesOf(revision.behaviour.model))
      if (credentials.of(revision, candidate) === undefined)
        throw workerErrors.noCredential(revision.agent, credentials.missing(revision, candidate))
}

function lineOf(problem: Problem): string | undefined {
  try {
    return readFileSync(problem.file, 'utf8').split(/\r?\n/)[problem.line - 1]
  } catch {
    return undefined
  }
}
