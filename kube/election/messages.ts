/** What crosses between the elector and its thread. */
import type { Credentials } from '../client/credentials.ts'
import type { Ms } from '../clock.ts'
import type { ObjectName } from '../resource.ts'
import type { ElectionPolicy, Fence } from './state.ts'

export interface LeaseThreadData {
  readonly lease: ObjectName
  readonly identity: string
  readonly policy: ElectionPolicy
  readonly credentials: Credentials
  readonly userAgent: string
  readonly belief: SharedArrayBuffer
  /** The main thread is taken for dead after so long without a beat. */
  readonly stallMs: Ms
}

export type ToLeaseThread =
  | { readonly say: 'credentials'; readonly credentials: Credentials }
  | { readonly say: 'release' }

export type FromLeaseThread =
  | { readonly say: 'leading'; readonly fence: Fence }
  | { readonly say: 'lost' }
  | { readonly say: 'released' }
  | { readonly say: 'failed'; readonly code: string; readonly message: string }
