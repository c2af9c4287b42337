/** `switchboard worker`: a blank worker, which learns over its HTTP contract what it answers as. */
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type Access, loopbackOnly, tokenAccess } from '#runtime/worker/access.ts'
import { wallTime } from '#runtime/worker/clock.ts'
import { workerErrors } from '#runtime/worker/errors.ts'
import { KeptState } from '#runtime/worker/kept-state.ts'
import type { Logger } from '#runtime/worker/logger.ts'
import { DEFAULT_SETTINGS } from '#runtime/worker/settings.ts'
import { TokenKeys } from '#runtime/worker/token-keys.ts'
import { Worker } from '#runtime/worker/worker.ts'
import { credentialAt, secretStateAt } from './mounted-secrets.ts'
import { untilStopped } from './run-until-stopped.ts'
import { setWorkerHeap } from './worker-heap.ts'
import { closeAll, openFoundation, settingsOf, type WorkerFlags, withWorkerOptions } from './worker-options.ts'

interface BlankFlags extends WorkerFlags {
  readonly credentials: string
  readonly state?: string
  readonly tokenKeys?: string
}

const POD = `
In a pod, the downward API says who it is: POD_NAME and POD_UID (metadata), and POD_IP (status.podIP) for --advertise.

It is ready as soon as it serves HTTP, with a revision or without, and while it drains. SIGTERM starts a drain: new calls are
refused, and the process exits when the last call is over and its record is written. --drain-deadline is the ceiling of
that, whatever a revision declares: at most terminationGracePeriodSeconds less a minute for last words and records.`

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('A blank worker: it answers as the revisions that PUT /v1/revisions/NAME brings.')
    .addOption(
      new Option('--credentials <directory>', 'where Secrets are mounted: DIRECTORY/SECRET/KEY, read at each session')
        .env('SWITCHBOARD_CREDENTIALS')
        .default('/var/run/switchboard/credentials'),
    )
    .addOption(
      new Option('--state <directory>', 'keeps revisions and a drain there over a restart (default: not kept)').env(
        'SWITCHBOARD_STATE',
      ),
    )
    .addOption(
      new Option(
        '--token-keys <file>',
        'JWKS of the public keys whose tokens /v1 takes, read anew when it changes (default: /v1 is for this machine alone)',
      ).env('SWITCHBOARD_TOKEN_KEYS'),
    )
  return withWorkerOptions(command, 'info').addHelpText('after', POD).action(run)
}

async function run(flags: BlankFlags): Promise<void> {
  setWorkerHeap()
  const closers: (() => Promise<unknown>)[] = []
  try {
    const foundation = await openFoundation(flags, closers)
    const { log, folderMade } = foundation
    if (folderMade !== null) log.info({ folder: folderMade }, 'made the folder of the ledger')
    const settings = { ...settingsOf(flags, DEFAULT_SETTINGS.drainDeadlineMs), blankIsReady: true }
    const worker = await Worker.start(settings, {
      ...foundation,
      credential: (_, { credentialsRef }) => credentialsRef && credentialAt(flags.credentials, credentialsRef),
      look: ref => secretStateAt(flags.credentials, ref),
      access: await accessOf(flags, settings.podUid, log),
      ...(flags.state !== undefined && {
        state: await KeptState.open(flags.state, log),
        sounds: join(flags.state, 'speech'),
      }),
    })
    closers.push(() => worker.close())
    log.info({ sip: worker.sipPort, http: worker.httpPort, advertise: worker.advertise }, 'ready for revisions')
    await untilStopped(worker, foundation.ledger, line => log.info(line))
  } finally {
    await closeAll(closers)
  }
}

async function accessOf(flags: BlankFlags, podUid: string | undefined, log: Logger): Promise<Access> {
  if (flags.tokenKeys === undefined) return loopbackOnly
  if (podUid === undefined) throw workerErrors.noPodUid()
  return tokenAccess({ keys: await TokenKeys.open(flags.tokenKeys, log), podUid, log, wallTime })
}
