/** `switchboard worker`: a blank worker, which learns over its HTTP contract what it answers as. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { ServedRevision } from '#runtime/worker/agent-directory.ts'
import { DEFAULT_SETTINGS } from '#runtime/worker/settings.ts'
import { Worker } from '#runtime/worker/worker.ts'
import { untilStopped } from './run-until-stopped.ts'
import { closeAll, openFoundation, settingsOf, type WorkerFlags, withWorkerOptions } from './worker-options.ts'

interface BlankFlags extends WorkerFlags {
  readonly credentials: string
}

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('A blank worker: it answers as the revisions that PUT /v1/revisions/NAME brings.')
    .option(
      '--credentials <directory>',
      'where Secrets are mounted: DIRECTORY/SECRET/KEY',
      '/var/run/switchboard/credentials',
    )
  return withWorkerOptions(command, 'info').action(run)
}

async function run(flags: BlankFlags): Promise<void> {
  const closers: (() => Promise<unknown>)[] = []
  try {
    const foundation = await openFoundation(flags, closers)
    const { folderMade } = foundation
    if (folderMade !== null) foundation.log.info({ folder: folderMade }, 'made the folder of the ledger')
    const worker = await Worker.start(settingsOf(flags, DEFAULT_SETTINGS.drainDeadlineMs), {
      ...foundation,
      credential: revision => mounted(flags.credentials, revision),
    })
    closers.push(() => worker.close())
    foundation.log.info(
      { sip: worker.sipPort, http: worker.httpPort, advertise: worker.advertise },
      'ready for revisions',
    )
    await untilStopped(worker, line => foundation.log.info(line))
  } finally {
    await closeAll(closers)
  }
}

/** Read at each session: a Secret that is rotated is mounted anew. A small file on tmpfs, so that this does not hold up media. */
function mounted(directory: string, revision: ServedRevision): string | undefined {
  const ref = revision.behaviour.model.credentialsRef
  if (!ref) return undefined
  try {
    return readFileSync(join(directory, ref.name, ref.key), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
