import type { Law, Ms } from '#runtime/media/format.ts'
import type { EchoOptions } from './echo-path.ts'
import type { StepInput } from './script.ts'

export interface CallerOptions {
  /** `sip:+14155550100@127.0.0.1:5060`, with `;transport=tcp` for TCP. */
  readonly to: string
  /** Our own URI. Default `sip:+14155550123@ADDRESS`. */
  readonly from?: string
  readonly transport?: 'udp' | 'tcp'
  /** Steps, or the path of a script in YAML. Default: listens until the other side hangs up. */
  readonly script?: readonly StepInput[] | string
  /** Laws offered, best first. Default PCMU, PCMA. */
  readonly laws?: readonly Law[]
  /** Lets the other side make the offer: no SDP in the INVITE. */
  readonly lateOffer?: boolean
  readonly echo?: EchoOptions
  /** Percent of packets lost, each way. */
  readonly lossPercent?: number
  /** Packets are late by up to this, each way. */
  readonly jitterMs?: Ms
  /** Of loss and jitter: the same seed is the same bad line. Default 1. */
  readonly seed?: number
  /** Rings at most this long. Default 30 s. */
  readonly ringMs?: Ms
  /** Hangs up so long after the answer. Default 30 minutes. */
  readonly durationMs?: Ms
  readonly headers?: readonly (readonly [string, string])[]
}
