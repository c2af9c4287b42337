/** Client messages as the server takes them: what is not known is refused, as the live API does. Looser than the vendor's types where it is. */
import { z } from 'zod'

const blob = z.strictObject({ data: z.string(), mimeType: z.string() })
const part = z.looseObject({ text: z.string().optional() })
const content = z.strictObject({ role: z.enum(['user', 'model']).optional(), parts: z.array(part).default([]) })
const declaration = z.looseObject({ name: z.string().regex(/^[A-Za-z_][\w.:-]{0,127}$/) })

export const Setup = z.strictObject({
  model: z.string(),
  generationConfig: z.looseObject({ responseModalities: z.array(z.string()).optional() }).default({}),
  systemInstruction: content.optional(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(declaration).min(1).optional() }))
    .min(1)
    .optional(),
  realtimeInputConfig: z
    .strictObject({
      automaticActivityDetection: z
        .strictObject({
          disabled: z.boolean().default(false),
          startOfSpeechSensitivity: z.enum(['START_SENSITIVITY_HIGH', 'START_SENSITIVITY_LOW']).optional(),
          endOfSpeechSensitivity: z.enum(['END_SENSITIVITY_HIGH', 'END_SENSITIVITY_LOW']).optional(),
          prefixPaddingMs: z.int().min(0).optional(),
          silenceDurationMs: z.int().min(0).optional(),
        })
        .prefault({}),
      activityHandling: z.enum(['START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION']).optional(),
      turnCoverage: z.string().optional(),
    })
    .prefault({}),
  sessionResumption: z.strictObject({ handle: z.string().min(1).optional() }).optional(),
  contextWindowCompression: z
    .strictObject({
      triggerTokens: z.string().regex(/^\d+$/).optional(),
      slidingWindow: z.strictObject({ targetTokens: z.string().regex(/^\d+$/).optional() }).optional(),
    })
    .optional(),
  inputAudioTranscription: z.looseObject({}).optional(),
  outputAudioTranscription: z.looseObject({}).optional(),
  historyConfig: z.strictObject({ initialHistoryInClientContent: z.boolean().optional() }).optional(),
  proactivity: z.looseObject({}).optional(),
  safetySettings: z.array(z.looseObject({})).optional(),
  labels: z.record(z.string(), z.string()).optional(),
})
export type Setup = z.infer<typeof Setup>

const RealtimeInput = z.strictObject({
  audio: blob.optional(),
  text: z.string().optional(),
  audioStreamEnd: z.boolean().optional(),
  activityStart: z.strictObject({}).optional(),
  activityEnd: z.strictObject({}).optional(),
})
const ClientContent = z.strictObject({ turns: z.array(content).default([]), turnComplete: z.boolean().default(false) })
const ToolResponse = z.strictObject({
  functionResponses: z
    .array(z.looseObject({ id: z.string(), name: z.string(), response: z.record(z.string(), z.unknown()) }))
    .min(1),
})

export const ClientMessage = z.union([
  z.strictObject({ setup: Setup }),
  z.strictObject({ clientContent: ClientContent }),
  z.strictObject({ realtimeInput: RealtimeInput }),
  z.strictObject({ toolResponse: ToolResponse }),
])
export type ClientMessage = z.infer<typeof ClientMessage>
export type RealtimeInput = z.infer<typeof RealtimeInput>
export type ClientContent = z.infer<typeof ClientContent>
export type ToolResponse = z.infer<typeof ToolResponse>

export const textOf = (parts: readonly { text?: string | undefined }[]): string => parts.map(p => p.text ?? '').join('')
