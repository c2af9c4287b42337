/** What a carrier says of a call that it made for us: of the person's phone, and of how it went in the end. Pure. */
import { only } from './form.ts'
import type { Form } from './twilio-signature.ts'
import { isSid } from './voice-webhook.ts'

/** How it is with the person's phone. */
export interface DialNews {
  readonly account: string
  /** The caller's call, not the one to the person. */
  readonly sid: string
  readonly status: 'ringing' | 'answered' | 'other'
}

/** How it went: the carrier asks what is to become of the caller. */
export interface DialResult {
  readonly account: string
  readonly sid: string
  readonly outcome: 'done' | 'busy' | 'noAnswer' | 'failed'
  /** The caller is still there. */
  readonly callerThere: boolean
}

const STATUS = /^[a-z-]{1,32}$/
const OUTCOMES: Readonly<Record<string, DialResult['outcome']>> = {
  completed: 'done',
  answered: 'done',
  busy: 'busy',
  'no-answer': 'noAnswer',
  canceled: 'noAnswer',
  failed: 'failed',
}

/** A text says why it is none. */
export function readDialNews(form: Form): DialNews | string {
  const [account, sid, status] = [only(form, 'AccountSid'), only(form, 'ParentCallSid'), only(form, 'CallStatus')]
  if (account === null) return 'AccountSid is missing'
  if (sid === null || !isSid(sid)) return 'ParentCallSid is missing or malformed'
  if (status === null || !STATUS.test(status)) return 'CallStatus is none'
  return { account, sid, status: status === 'in-progress' ? 'answered' : status === 'ringing' ? 'ringing' : 'other' }
}

/** A text says why it is none. */
export function readDialResult(form: Form): DialResult | string {
  const [account, sid, said] = [only(form, 'AccountSid'), only(form, 'CallSid'), only(form, 'DialCallStatus')]
  if (account === null) return 'AccountSid is missing'
  if (sid === null || !isSid(sid)) return 'CallSid is missing or malformed'
  const outcome = OUTCOMES[said ?? '']
  if (outcome === undefined) return 'DialCallStatus is none'
  return { account, sid, outcome, callerThere: only(form, 'CallStatus') === 'in-progress' }
}
