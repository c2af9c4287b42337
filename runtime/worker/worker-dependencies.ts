/** What a worker is given of the world outside of calls. */
import type { Candidate } from '#crds/models.ts'
import type { Provider } from '#crds/providers.ts'
import type { SecretState } from '#runtime/contract/load-line.ts'
import type { Ledger } from '#runtime/ledger/ledger.ts'
import type { Credentials } from '#runtime/sip/digest.ts'
import type { Telemetry } from '#runtime/telemetry/start-telemetry.ts'
import type { Access } from './access.ts'
import type { ServedRevision } from './agent-directory.ts'
import type { KeptState } from './kept-state.ts'
import type { Logger } from './logger.ts'
import type { SecretRef } from './secret-watch.ts'

export interface WorkerDependencies {
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly ledger: Ledger | null
  /** What is in the Secret by which a trunk's proxy knows us; undefined: it is not there. */
  readonly trunkCredentials?: (secret: string) => Credentials | undefined
  /** The credential for one of an agent's models; undefined: there is none. */
  readonly credential: (revision: ServedRevision, candidate: Candidate) => string | undefined
  /** Where sessions go instead of to their provider: its simulator. */
  readonly provider?: (name: Provider) => string | undefined
  /** Who may use the HTTP contract; whoever is on this machine if not given. */
  readonly access?: Access
  /** Where revisions and a drain outlive the process. */
  readonly state?: KeptState
  /** Where rendered prompts outlive the process. */
  readonly sounds?: string
  /** Looks at a mounted credential; never throws. */
  readonly look?: (ref: SecretRef) => Promise<SecretState>
}
