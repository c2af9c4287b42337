/** A webhook as its carrier signed it, about the account that the trunk names; anything else is refused and logged. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '#runtime/worker/logger.ts'
import { gatewayErrors } from './errors.ts'
import { readForm } from './form.ts'
import type { GatewayTrunk } from './trunk.ts'
import { type Form, isSigned } from './twilio-signature.ts'

const EMPTY: Form = new Map()

/** What it says; null: it was refused, and the answer is given. */
export function signedWebhook<T extends { account: string }>(
  trunk: GatewayTrunk,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
  read: (form: Form) => T | string,
): T | null {
  const body = request.body as Buffer | undefined
  const isJson = request.headers['content-type']?.startsWith('application/json') === true
  const form = isJson ? EMPTY : readForm(body?.toString('utf8') ?? '')
  const url = trunk.publicURL + request.url
  const signature = request.headers['x-twilio-signature']
  const good =
    form !== null &&
    typeof signature === 'string' &&
    isSigned(trunk.authToken, { url, form, ...(isJson && { body: body ?? Buffer.alloc(0) }) }, signature)
  if (!good) {
    log.warn({ err: gatewayErrors.badSignature(trunk.key), peer: request.ip }, 'a webhook was refused')
    void reply.code(403).send()
    return null
  }
  const said = read(form)
  const wrong = typeof said === 'string' ? said : said.account === trunk.accountSid ? null : 'another account'
  if (wrong !== null || typeof said === 'string') {
    log.warn({ err: gatewayErrors.badRequest(trunk.key, wrong ?? ''), peer: request.ip }, 'a webhook was refused')
    void reply.code(wrong === 'another account' ? 403 : 400).send()
    return null
  }
  return said
}
