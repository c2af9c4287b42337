/** What a step leaves in record and trace. */
import type { Ms } from '#runtime/media/format.ts'
import type { Figure, RecordEntry } from './effects.ts'
import type { Step } from './state.ts'

type Attributes = Readonly<Record<string, string | number | boolean>>
type SpanName = 'session' | 'turn' | 'tool' | 'prompt' | 'transfer'

export function record(s: Step, entry: RecordEntry): void {
  s.out.push({ do: 'record', entry })
}

/** The proof of what was said: which clip, and how much of it the caller heard. */
export function recordDisclosure(s: Step, name: string, heardMs: Ms, totalMs: Ms): void {
  const clip = s.call.policy.disclosures?.find(one => one.name === name)?.clip
  record(s, { kind: 'disclosure', name, ...(clip !== undefined && { clip }), heardMs, totalMs })
}

export function figure(s: Step, name: Figure, value: number): void {
  s.out.push({ do: 'trace', mark: { mark: 'figure', name, value: Math.max(0, value) } })
}

export function moment(s: Step, name: string, attributes?: Attributes): void {
  s.out.push({
    do: 'trace',
    mark: attributes === undefined ? { mark: 'event', name } : { mark: 'event', name, attributes },
  })
}

export function span(s: Step, name: SpanName, key: string, attributes?: Attributes): void {
  s.out.push({
    do: 'trace',
    mark: attributes === undefined ? { mark: 'span', name, key } : { mark: 'span', name, key, attributes },
  })
}

export function spanEnd(s: Step, name: SpanName, key: string, attributes?: Attributes, error?: string): void {
  s.out.push({
    do: 'trace',
    mark: {
      mark: 'spanEnd',
      name,
      key,
      ...(error === undefined ? {} : { error }),
      ...(attributes === undefined ? {} : { attributes }),
    },
  })
}
