/** Turns what `PUT /v1/revisions/{name}` brought into something that can be served. */
import { behaviour } from '#crds/behaviour.ts'
import { formText, spanOf } from '#crds/called-number.ts'
import { parseCidr } from '#crds/cidr.ts'
import type { Clip } from '#crds/clip.ts'
import { revisionRequestSchema, type Trunk } from '#runtime/contract/revision.ts'
import type { RouteEntry, ServedRevision, TrunkEntry } from './agent-directory.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { workerErrors } from './errors.ts'

export interface Acceptance {
  readonly revision: ServedRevision
  readonly routes: readonly RouteEntry[]
  readonly clips: ReadonlyMap<string, Clip>
}

/** @throws SwitchboardError SB_WORKER_REVISION */
export function acceptRevision(name: string, body: unknown): Acceptance {
  const request = revisionRequestSchema.safeParse(body)
  if (!request.success) throw workerErrors.badRevision(name, wordsOf(request.error.issues))
  const { id, agent, content, routes, clips, drain } = request.data
  const parsed = behaviour.safeParse(content)
  if (!parsed.success) throw workerErrors.badRevision(name, wordsOf(parsed.error.issues))
  // left out in silence it would be a peer whose calls nobody answers, or a number nobody can call
  const networks = (texts: readonly string[]) =>
    texts.map(text => {
      const network = parseCidr(text)
      if (network === null) throw workerErrors.badRevision(name, `trunk.peers: ${text} is no network`)
      return network
    })
  const entryOf = (trunk: Trunk): TrunkEntry => ({
    key: trunk.key,
    access: {
      latch: trunk.latch,
      peers: trunk.peers.map(peer => ({ signalling: networks(peer.signalling), media: networks(peer.media) })),
    },
    laws: trunk.codecs,
    ...(trunk.dialPlan && { dialPlan: trunk.dialPlan }),
  })
  const routesOf = ({ trunk, numbers }: (typeof routes)[number], at: number): RouteEntry[] => {
    const entry = entryOf(trunk)
    return numbers.map((form, i) => {
      if (formText(form) === '')
        throw workerErrors.badRevision(name, `routes.${at}.numbers.${i}: no number, range or user`)
      return { trunk: entry, span: spanOf(form) }
    })
  }
  return {
    revision: {
      agent,
      name,
      behaviour: parsed.data,
      policy: policyOf(parsed.data, drain?.end),
      ...(id !== undefined && { requestId: id }),
      ...(drain && { drainDeadlineMs: drain.deadlineMs }),
    },
    routes: routes.flatMap(routesOf),
    clips: new Map(
      Object.entries(clips).map(([id, { encoding, rateHz, audio }]) => [
        id,
        { format: { encoding, rateHz } as Clip['format'], audio: Buffer.from(audio, 'base64') },
      ]),
    ),
  }
}

function wordsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ')
}
