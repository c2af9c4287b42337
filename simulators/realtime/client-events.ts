/**
 * The eleven client events of the GA Realtime API, checked to the field: what the vendor would refuse, this refuses.
 * Shapes: `openai` 7.57 `resources/realtime/realtime.d.ts`.
 */
import { z } from 'zod'
import { REFUSALS, type Refusal, refuse } from './refusal.ts'
import { SessionUpdate, ToolChoice, Tools } from './session-shape.ts'

const id = z.string().min(1).max(512)
const event_id = z.string().max(512).optional()
const Status = z.enum(['completed', 'incomplete', 'in_progress']).optional()
const common = { id: id.optional(), object: z.literal('realtime.item').optional(), status: Status }

const InputText = z.strictObject({ type: z.literal('input_text'), text: z.string() })
const InputAudio = z.strictObject({
  type: z.literal('input_audio'),
  audio: z.string().optional(),
  transcript: z.string().nullish(),
})
const InputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string(),
  detail: z.enum(['auto', 'low', 'high']).optional(),
})
const OutputText = z.strictObject({ type: z.literal('output_text'), text: z.string() })
const OutputAudio = z.strictObject({
  type: z.literal('output_audio'),
  audio: z.string().optional(),
  transcript: z.string().nullish(),
})

const Message = z.discriminatedUnion('role', [
  z.strictObject({ ...common, type: z.literal('message'), role: z.literal('system'), content: z.array(InputText) }),
  z.strictObject({
    ...common,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z.array(z.discriminatedUnion('type', [InputText, InputAudio, InputImage])),
  }),
  z.strictObject({
    ...common,
    type: z.literal('message'),
    role: z.literal('assistant'),
    content: z.array(z.discriminatedUnion('type', [OutputText, OutputAudio])),
  }),
])
const FunctionCall = z.strictObject({
  ...common,
  type: z.literal('function_call'),
  call_id: z.string().optional(),
  name: z.string().min(1),
  arguments: z.string(),
})
const FunctionCallOutput = z.strictObject({
  ...common,
  type: z.literal('function_call_output'),
  call_id: z.string().min(1),
  output: z.string(),
})
const ItemReference = z.strictObject({ type: z.literal('item_reference'), id })

export const NewItem = z.discriminatedUnion('type', [Message, FunctionCall, FunctionCallOutput])
export type NewItem = z.infer<typeof NewItem>

const ResponseParams = z.strictObject({
  instructions: z.string().optional(),
  input: z.array(z.union([NewItem, ItemReference])).optional(),
  conversation: z.enum(['auto', 'none']).optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  output_modalities: z
    .array(z.enum(['text', 'audio']))
    .length(1)
    .optional(),
  audio: z
    .strictObject({
      output: z
        .strictObject({
          format: z
            .discriminatedUnion('type', [
              z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000).optional() }),
              z.strictObject({ type: z.literal('audio/pcmu') }),
              z.strictObject({ type: z.literal('audio/pcma') }),
            ])
            .optional(),
          voice: z.union([z.string(), z.strictObject({ id: z.string() })]).optional(),
        })
        .optional(),
    })
    .optional(),
  tools: Tools.optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: z.strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional() }).optional(),
  max_output_tokens: z.union([z.int().min(1).max(4096), z.literal('inf')]).optional(),
  prompt: z.looseObject({ id: z.string() }).nullish(),
})
export type ResponseParams = z.infer<typeof ResponseParams>

export const ClientEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('session.update'), event_id, session: SessionUpdate }),
  z.strictObject({ type: z.literal('input_audio_buffer.append'), event_id, audio: z.string() }),
  z.strictObject({ type: z.literal('input_audio_buffer.commit'), event_id }),
  z.strictObject({ type: z.literal('input_audio_buffer.clear'), event_id }),
  z.strictObject({
    type: z.literal('conversation.item.create'),
    event_id,
    previous_item_id: z.string().nullish(),
    item: NewItem,
  }),
  z.strictObject({ type: z.literal('conversation.item.retrieve'), event_id, item_id: id }),
  z.strictObject({
    type: z.literal('conversation.item.truncate'),
    event_id,
    item_id: id,
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  z.strictObject({ type: z.literal('conversation.item.delete'), event_id, item_id: id }),
  z.strictObject({ type: z.literal('response.create'), event_id, response: ResponseParams.nullish() }),
  z.strictObject({ type: z.literal('response.cancel'), event_id, response_id: id.optional() }),
  z.strictObject({ type: z.literal('output_audio_buffer.clear'), event_id }),
])
export type ClientEvent = z.infer<typeof ClientEvent>

export type Checked =
  | { readonly event: ClientEvent }
  | { readonly refusal: Refusal; readonly type: string; readonly eventId: string | null }

/** Checks one message of the client. */
export function checkClientEvent(text: string): Checked {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { refusal: REFUSALS.notJson(), type: '', eventId: null }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { refusal: REFUSALS.notJson(), type: '', eventId: null }
  }
  const { type, event_id: eventId } = value as { type?: unknown; event_id?: unknown }
  const parsed = ClientEvent.safeParse(value, { reportInput: true })
  if (parsed.success) return { event: parsed.data }
  return {
    refusal: worded(parsed.error.issues),
    type: typeof type === 'string' ? type : '',
    eventId: typeof eventId === 'string' ? eventId : null,
  }
}

type Issue = z.core.$ZodIssue

/** The first finding in the vendor's words. A union reports the branch that got furthest. */
function worded(issues: readonly Issue[], base: readonly PropertyKey[] = []): Refusal {
  const issue = issues[0]
  if (issue === undefined) return REFUSALS.notJson()
  const path = [...base, ...issue.path]
  const param = wire(path)
  if (issue.code === 'invalid_union') {
    if (issue.discriminator !== undefined && issue.errors.length === 0) return unknownKind(param, issue)
    const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]
    return worded(deepest ?? [], path)
  }
  if (issue.code === 'unrecognized_keys') {
    const unknown = wire([...path, issue.keys[0] ?? ''])
    return refuse('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown)
  }
  if (issue.input === undefined) {
    return refuse('missing_required_parameter', `Missing required parameter: '${param}'.`, param)
  }
  if (issue.code === 'invalid_type') {
    return refuse(
      'invalid_type',
      `Invalid type for '${param}': expected ${issue.expected}, but got ${kind(issue.input)} instead.`,
      param,
    )
  }
  if (issue.code === 'invalid_value') return choice(param, issue.input, issue.values)
  return refuse('invalid_value', `Invalid value for '${param}': ${issue.message}.`, param)
}

function depth(issues: readonly Issue[]): number {
  return issues[0]?.path.length ?? 0
}

function choice(param: string, input: unknown, values: readonly unknown[]): Refusal {
  if (input === undefined) return refuse('missing_required_parameter', `Missing required parameter: '${param}'.`, param)
  const got = typeof input === 'string' ? `'${input}'` : kind(input)
  const supported = values.length === 0 ? '' : ` Supported values are: ${values.map(v => `'${String(v)}'`).join(', ')}.`
  return refuse('invalid_value', `Invalid value: ${got}.${supported}`, param)
}

/** A `type` or `role` that no variant has. */
function unknownKind(param: string, issue: Extract<Issue, { code: 'invalid_union' }>): Refusal {
  const name = issue.discriminator ?? 'type'
  const input = issue.input as Readonly<Record<string, unknown>> | undefined
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
  return choice(param, input?.[name], options)
}

function wire(path: readonly PropertyKey[]): string {
  return path.reduce<string>((out, key) => {
    if (typeof key === 'number') return `${out}[${key}]`
    return out === '' ? String(key) : `${out}.${String(key)}`
  }, '')
}

function kind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
