/** Turns what `PUT /v1/revisions/{name}` brought into something that can be served. Too slow for the media loop: see revision-reader.ts. */
import { behaviour } from '#crds/behaviour.ts'
import { formText, spanOf } from '#crds/called-number.ts'
import { parseCidr } from '#crds/cidr.ts'
import type { Clip } from '#crds/clip.ts'
import { type AcceptedRevision, revisionRequestSchema } from '#runtime/contract/revision.ts'
import type { Trunk } from '#runtime/contract/trunk.ts'
import type { RouteEntry, ServedRevision, TrunkEntry } from './agent-directory.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { type ClipLaws, clipLaws } from './clips/clip-laws.ts'
import { workerErrors } from './errors.ts'
import type { WayOut } from './ways-out.ts'

export interface Acceptance {
  readonly revision: ServedRevision
  readonly routes: readonly RouteEntry[]
  readonly clips: ReadonlyMap<string, ClipLaws>
}

/** Recordings of one agent. Its destinations could name more, but they are all held in memory, and nobody records a hundred. */
const MAX_CLIPS = 32
/** What a ConfigMap holds: the API takes no larger one. */
const MAX_CLIP_BYTES = 1024 * 1024
/** Everything but the clips; the media loop has to take it over. */
const MAX_REST_BYTES = 1024 * 1024

/** Reads the body of a request. @throws SwitchboardError SB_WORKER_REVISION, SB_WORKER_CLIP */
export function readRevision(name: string, body: Uint8Array): Acceptance {
  let request: unknown
  try {
    request = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
  } catch {
    throw workerErrors.badRevision(name, 'the body is no JSON')
  }
  const { clips, ...rest } = Object(request) as { readonly clips?: unknown }
  const count = Object.keys(Object(clips) as object).length
  if (count > MAX_CLIPS) throw workerErrors.badRevision(name, `clips: ${count}, and an agent has ${MAX_CLIPS} at most`)
  const restBytes = Buffer.byteLength(JSON.stringify(rest))
  if (restBytes > MAX_REST_BYTES)
    throw workerErrors.badRevision(name, `${restBytes} bytes without its clips: ${MAX_REST_BYTES} at most`)
  return acceptRevision(name, request)
}

function acceptRevision(name: string, body: unknown): Acceptance {
  const request = revisionRequestSchema.safeParse(body)
  if (!request.success) throw workerErrors.badRevision(name, wordsOf(request.error.issues))
  const { id, agent, content, routes, outbound, clips, drain } = request.data
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
    ...(trunk.headers && { headers: trunk.headers }),
    ...(trunk.dialPlan && { dialPlan: trunk.dialPlan }),
  })
  const routesOf = ({ trunk, numbers }: (typeof routes)[number], at: number): RouteEntry[] => {
    const entry = entryOf(trunk)
    return numbers.map((form, i) => {
      if (formText(form) === '')
        throw workerErrors.badRevision(name, `routes.${at}.numbers.${i}: no number, range or user`)
      return { trunk: entry, span: spanOf(form), ...(form.variables && { variables: form.variables }) }
    })
  }
  return {
    revision: {
      agent,
      name,
      behaviour: parsed.data,
      policy: policyOf(parsed.data, drain?.end),
      ...(outbound.length > 0 && { waysOut: outbound.map(way => wayOf(way, entryOf)) }),
      ...(id !== undefined && { requestId: id }),
      ...(drain && { drainDeadlineMs: drain.deadlineMs }),
    },
    routes: routes.flatMap(routesOf),
    clips: new Map(Object.entries(clips).map(([clip, bytes]) => [clip, lawsOf(clip, bytes)])),
  }
}

function wayOf(
  { trunk, transfer, proxy, callerIds, allowedPrefixes }: AcceptedRevision['outbound'][number],
  entryOf: (trunk: Trunk) => TrunkEntry,
): WayOut {
  return { trunk: entryOf(trunk), transfer, callerIds, allowedPrefixes, ...(proxy && { proxy }) }
}

function lawsOf(id: string, { encoding, rateHz, audio }: AcceptedRevision['clips'][string]): ClipLaws {
  const bytes = Buffer.from(audio, 'base64')
  if (bytes.length > MAX_CLIP_BYTES)
    throw workerErrors.badClip(id, `it has ${bytes.length} bytes: ${MAX_CLIP_BYTES} at most`)
  return clipLaws(id, { format: { encoding, rateHz } as Clip['format'], audio: bytes })
}

function wordsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ')
}
