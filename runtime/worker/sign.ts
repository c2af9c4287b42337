/** Answers the challenges of those we call. The password is read when it is needed, and nobody keeps it. */
import { createHash } from 'node:crypto'
import { type Credentials, digestAnswer, type Hash } from '#runtime/sip/digest.ts'
import type { Sign } from '#runtime/sip/user-agent.ts'

const hash: Hash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text, 'latin1')
    .digest('hex')

/** `secretOf`: name of the Secret of a call; `credentialsOf`: what is in it. */
export function signer(
  secretOf: (call: string) => string | undefined,
  credentialsOf: (secret: string) => Credentials | undefined,
): Sign {
  return ({ call, ...request }) => {
    const secret = secretOf(call)
    const credentials = secret === undefined ? undefined : credentialsOf(secret)
    return credentials === undefined ? null : digestAnswer({ ...request, credentials, hash })
  }
}
