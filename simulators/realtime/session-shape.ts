/** `session.update` to the field (`openai` 7.57 `RealtimeSessionCreateRequest`), and what a session is before the first one. */
import { z } from 'zod'
import type { WireFormat } from './formats.ts'
import { REFUSALS, type Refusal } from './refusal.ts'

const Format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000).default(24_000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
])

export const TurnDetection = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).default(0.5),
    prefix_padding_ms: z.int().min(0).default(300),
    silence_duration_ms: z.int().min(0).default(500),
    create_response: z.boolean().default(true),
    interrupt_response: z.boolean().default(true),
    idle_timeout_ms: z.int().min(1).nullable().default(null),
  }),
  z.strictObject({
    type: z.literal('semantic_vad'),
    eagerness: z.enum(['low', 'medium', 'high', 'auto']).default('auto'),
    create_response: z.boolean().default(true),
    interrupt_response: z.boolean().default(true),
  }),
])
export type TurnDetection = z.infer<typeof TurnDetection>

const Transcription = z.strictObject({
  model: z.string().optional(),
  language: z.string().optional(),
  prompt: z.string().optional(),
  delay: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  keywords: z.array(z.string()).optional(),
  languages: z.array(z.string()).optional(),
})

export const Tools = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('function'),
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'Expected letters, digits, _ or -, at most 64'),
      description: z.string().optional(),
      parameters: z.unknown().optional(),
    }),
    z.looseObject({ type: z.literal('mcp'), server_label: z.string() }),
  ]),
)

export const ToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), name: z.string() }),
  z.strictObject({ type: z.literal('mcp'), server_label: z.string(), name: z.string().nullish() }),
])

const Voice = z.union([z.string(), z.strictObject({ id: z.string() })])
const Tracing = z.union([
  z.literal('auto'),
  z.strictObject({
    workflow_name: z.string().optional(),
    group_id: z.string().optional(),
    metadata: z.unknown().optional(),
  }),
])
const Truncation = z.union([
  z.enum(['auto', 'disabled']),
  z.strictObject({
    type: z.literal('retention_ratio'),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.strictObject({ post_instructions: z.int().min(0).optional() }).optional(),
  }),
])

export const SessionUpdate = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  instructions: z.string().optional(),
  output_modalities: z
    .array(z.enum(['text', 'audio']))
    .length(1)
    .optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: Format.optional(),
          noise_reduction: z
            .strictObject({ type: z.enum(['near_field', 'far_field']).optional(), strength: z.number().optional() })
            .nullish(),
          transcription: Transcription.nullish(),
          turn_detection: TurnDetection.nullish(),
        })
        .optional(),
      output: z
        .strictObject({
          format: Format.optional(),
          voice: Voice.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
  tools: Tools.optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: z.strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional() }).optional(),
  max_output_tokens: z.union([z.int().min(1).max(4096), z.literal('inf')]).optional(),
  truncation: Truncation.optional(),
  tracing: Tracing.nullish(),
  prompt: z.looseObject({ id: z.string() }).nullish(),
  include: z.array(z.literal('item.input_audio_transcription.logprobs')).nullish(),
})
export type SessionUpdate = z.infer<typeof SessionUpdate>

/** The effective configuration, as `session.created` and `session.updated` show it. */
export interface SessionShape {
  type: 'realtime'
  object: 'realtime.session'
  id: string
  model: string
  output_modalities: ('text' | 'audio')[]
  instructions: string
  tools: z.infer<typeof Tools>
  tool_choice: z.infer<typeof ToolChoice>
  max_output_tokens: number | 'inf'
  tracing: z.infer<typeof Tracing> | null
  truncation: z.infer<typeof Truncation>
  prompt: { id: string } | null
  expires_at: number
  audio: {
    input: {
      format: WireFormat
      transcription: z.infer<typeof Transcription> | null
      noise_reduction: { type?: string | undefined; strength?: number | undefined } | null
      turn_detection: TurnDetection | null
    }
    output: { format: WireFormat; voice: string | { id: string }; speed: number }
  }
  include: string[] | null
  parallel_tool_calls?: boolean
  reasoning?: { effort?: string | undefined }
}

export function newSession(id: string, model: string, expiresAt: number): SessionShape {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id,
    model,
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: expiresAt,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: TurnDetection.parse({ type: 'server_vad' }),
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
  }
}

/** Keeps what the update says, leaves the rest. `undefined` means "not said"; `null` clears. */
function merged<T extends object>(now: T, said: object | undefined): T {
  const out = { ...now }
  for (const [key, value] of Object.entries(said ?? {})) if (value !== undefined) Object.assign(out, { [key]: value })
  return out
}

/**
 * The session after an update, or why not. A refused update changes nothing at all.
 * @param spoke whether the model has produced audio: its voice is fixed from then on
 */
export function updated(now: SessionShape, update: SessionUpdate, spoke: boolean): SessionShape | Refusal {
  if (update.model !== undefined && update.model !== now.model) return REFUSALS.modelFixed()
  const voice = update.audio?.output?.voice
  if (spoke && voice !== undefined && JSON.stringify(voice) !== JSON.stringify(now.audio.output.voice)) {
    return REFUSALS.voiceFixed()
  }
  if (
    now.tracing !== null &&
    update.tracing !== undefined &&
    JSON.stringify(update.tracing) !== JSON.stringify(now.tracing)
  ) {
    return REFUSALS.tracingFixed()
  }
  const { audio, ...top } = update
  const out = merged(now, top)
  out.audio = {
    input: merged(now.audio.input, audio?.input),
    output: merged(now.audio.output, audio?.output),
  }
  return out
}
