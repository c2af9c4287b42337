/** `switchboard run`: a worker and its manifests in one process, with or without a provider. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Problem } from '#crds/problem.ts'
import { workerErrors } from '#runtime/worker/errors.ts'
import { Worker } from '#runtime/worker/worker.ts'
import { readyLines } from './run-banner.ts'
import { type Credentials, credentialsOf, type Served, servedBy, trunkCredentialsOf } from './run-manifests.ts'
import { untilStopped } from './run-until-stopped.ts'
import { loadManifests } from './validate-load.ts'
import { renderProblem, renderSummary } from './validate-render.ts'
import { closeAll, openFoundation, settingsOf, type WorkerFlags, withWorkerOptions } from './worker-options.ts'

/** Somebody waits for the end at a terminal; a full disk must not make that half an hour. */
const RECORDS_MS = 5000

interface RunFlags extends WorkerFlags {
  readonly file: string[]
  readonly simulate?: string | true
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('Answers calls on this machine, as the manifests say: a worker without a cluster.')
    .requiredOption('-f, --file <path...>', 'manifest or directory of manifests; may be given several times')
    .option(
      '--simulate [script]',
      'talk to a simulated Realtime provider instead of the real one; optionally as a script (YAML) says',
    )
  return withWorkerOptions(command, 'warn').action(run)
}

async function run(flags: RunFlags): Promise<void> {
  const manifests = await loadManifests(flags.file)
  for (const problem of manifests.problems) console.error(renderProblem(problem, lineOf(problem)))
  if (manifests.problems.some(problem => problem.severity === 'error')) {
    console.error(renderSummary(manifests.sources.size, flags.file.length, manifests.problems))
    process.exitCode = 1
    return
  }
  const served = servedBy(manifests)
  if (!served.some(one => one.routes.length > 0)) throw workerErrors.nothingToAnswer(flags.file.join(', '))
  const credentials = credentialsOf(manifests, process.env)
  if (flags.simulate === undefined) checkCredentials(served, credentials)

  const closers: (() => Promise<unknown>)[] = []
  try {
    await serve(flags, served, credentials, trunkCredentialsOf(manifests), closers)
  } finally {
    await closeAll(closers)
  }
}

async function serve(
  flags: RunFlags,
  served: readonly Served[],
  credentials: Credentials,
  trunkCredentials: ReturnType<typeof trunkCredentialsOf>,
  closers: (() => Promise<unknown>)[],
): Promise<void> {
  const simulator = flags.simulate === undefined ? null : await startSimulator(flags.simulate)
  if (simulator) closers.push(() => simulator.close())
  const foundation = await openFoundation(flags, closers)
  if (foundation.folderMade !== null) console.log(`Made the folder ${foundation.folderMade} for the ledger.`)
  const worker = await Worker.start(settingsOf(flags, Math.max(...served.map(one => one.drainDeadlineMs))), {
    ...foundation,
    credential: revision => credentials.of(revision) ?? (simulator ? 'sk-simulated' : undefined),
    trunkCredentials,
    ...(simulator && { provider: simulator.baseURL }),
  })
  closers.push(() => worker.close())
  for (const one of served) {
    for (const [id, clip] of one.clips) worker.clips.add(id, clip)
    worker.serve(one.revision, one.routes)
  }
  for (const line of readyLines(worker, served, simulator?.baseURL ?? null, flags.db)) console.log(line)
  await untilStopped(worker, foundation.ledger, line => console.log(line), RECORDS_MS)
}

/** Before the first call, not in it. */
function checkCredentials(served: readonly Served[], credentials: Credentials): void {
  for (const { revision } of served)
    if (credentials.of(revision) === undefined)
      throw workerErrors.noCredential(revision.agent, credentials.missing(revision))
}

/** Loaded only when asked for: a worker carries no simulator. */
async function startSimulator(script: string | true) {
  const { startRealtimeSimulator } = await import('#simulators/realtime/start.ts')
  return startRealtimeSimulator(script === true ? {} : { script })
}

function lineOf(problem: Problem): string | undefined {
  try {
    return readFileSync(problem.file, 'utf8').split(/\r?\n/)[problem.line - 1]
  } catch {
    return undefined
  }
}
