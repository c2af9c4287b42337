/** What `switchboard run` prints when it answers: who answers what, and how to call. */
import type { Span } from '#crds/called-number.ts'
import { candidatesOf } from '#crds/models.ts'
import type { Worker } from '#runtime/worker/worker.ts'
import type { Served } from './run-manifests.ts'

export function readyLines(worker: Worker, served: readonly Served[], simulated: string | null, db: string): string[] {
  const at = worker.sipPort === 5060 ? worker.advertise : `${worker.advertise}:${worker.sipPort}`
  const lines = [`Answering calls at sip:${at} (UDP and TCP), ${worker.settings.slots} at a time.`]
  const numbers = served.flatMap(one => one.routes.map(route => ({ text: spanText(route.span), one, route })))
  const width = Math.max(...numbers.map(({ text }) => text.length))
  for (const { text, one, route } of numbers)
    lines.push(
      `  ${text.padEnd(width)}  → ${one.revision.agent}  over ${route.trunk.key}  (${candidatesOf(one.revision.behaviour.model)[0].model})`,
    )
  const first = numbers.find(({ route }) => route.span.kind !== 'prefix' && route.trunk.access.peers.length > 0)
  if (first) lines.push('', `Call it:   sip:${firstOf(first.route.span)}@${at}`)
  lines.push(`Provider:  ${simulated === null ? 'as the agents say' : `simulated, at ${simulated}`}`)
  lines.push(`State:     http://${worker.settings.httpHost}:${worker.httpPort}/v1/calls   /metrics`)
  lines.push(`Records:   switchboard calls --db ${db}`)
  lines.push('Ctrl-C drains: no new calls, those there may end. Twice: at once.')
  return lines
}

function spanText(span: Span): string {
  switch (span.kind) {
    case 'user':
      return span.user
    case 'prefix':
      return `${span.prefix}*`
    case 'range':
      break
  }
  return span.from === span.to ? span.from : `${span.from}-${span.to}`
}

function firstOf(span: Span): string {
  return span.kind === 'user' ? span.user : span.kind === 'range' ? span.from : span.prefix
}
