/** SessionConfig → the first message, `setup` (`@google/genai` 3.3, `LiveClientSetup`). */
import type { LiveClientSetup } from '@google/genai'
import type { SessionConfig, ToolDeclaration } from '#runtime/call/ports.ts'
import type { AudioFormat } from '#runtime/media/format.ts'
import { isObject, type Json, merge, numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'

/** What the phone's side may be; the API itself takes 16 kHz and gives 24 kHz. */
export const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcmu', rateHz: 8000 },
  { encoding: 'pcma', rateHz: 8000 },
]
export const INPUT: AudioFormat = { encoding: 'pcm16', rateHz: 16_000 }
export const INPUT_TYPE = 'audio/pcm;rate=16000'
export const OUTPUT_HZ = 24_000

const DETECTION = [
  'startOfSpeechSensitivity',
  'endOfSpeechSensitivity',
  'prefixPaddingMs',
  'silenceDurationMs',
] as const

/** Whether the caller's turns are told by us, instead of found by the vendor: whoever creates responses ends turns. */
export function tellsTurns(config: SessionConfig): boolean {
  return config.responses === 'switchboard'
}

/**
 * `extra` is laid over what the schema knows, and under what the bridge relies on.
 * @param resume a handle of an earlier connection of the same conversation
 */
export function setupOf(config: SessionConfig, resume: string | undefined, seeded: boolean): LiveClientSetup {
  const { vendor } = config
  const extra = objectIn(vendor, 'extra')
  const setup = merge(knownOf(config), extra)
  const others = Array.isArray(extra['tools']) ? extra['tools'].filter(isObject) : []
  const tools = [
    ...(config.tools.length === 0 ? [] : [{ functionDeclarations: config.tools.map(declared) }]),
    ...others,
  ]
  const ours: Json = {
    model: config.model.includes('/') ? config.model : `models/${config.model}`,
    generationConfig: { responseModalities: ['AUDIO'] },
    realtimeInputConfig: {
      automaticActivityDetection: { disabled: tellsTurns(config) },
      activityHandling: config.bargeIn === false ? 'NO_INTERRUPTION' : 'START_OF_ACTIVITY_INTERRUPTS',
    },
    sessionResumption: resume === undefined ? {} : { handle: resume },
    ...(seeded && { historyConfig: { initialHistoryInClientContent: true } }),
  }
  const whole = merge(setup, ours)
  if (tools.length > 0) whole['tools'] = tools
  else delete whole['tools'] // an empty list is refused
  return whole
}

function knownOf({ instructions, vendor }: SessionConfig): Json {
  const generation: Json = {}
  for (const field of ['temperature', 'maxOutputTokens'] as const) {
    const value = numberIn(vendor, field)
    if (value !== undefined) generation[field] = value
  }
  const voice = stringIn(vendor, 'voice')
  const language = stringIn(vendor, 'languageCode')
  generation['speechConfig'] = {
    ...(voice !== undefined && { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } }),
    ...(language !== undefined && { languageCode: language }),
  }
  const detection = objectIn(vendor, 'activityDetection')
  return {
    generationConfig: generation,
    systemInstruction: { parts: [{ text: instructions }] },
    realtimeInputConfig: {
      automaticActivityDetection: Object.fromEntries(
        DETECTION.filter(field => detection[field] !== undefined).map(field => [field, detection[field]]),
      ),
    },
    contextWindowCompression: compressionOf(objectIn(vendor, 'contextWindowCompression')),
    // what was said is the only thing that another session, of whatever provider, can be given
    inputAudioTranscription: {},
    outputAudioTranscription: {},
  }
}

/** Without it a conversation ends after 15 minutes; 64-bit numbers are text in the vendor's JSON. */
function compressionOf(declared: Json): Json {
  const trigger = numberIn(declared, 'triggerTokens')
  const target = numberIn(declared, 'targetTokens')
  return {
    ...(trigger !== undefined && { triggerTokens: String(trigger) }),
    slidingWindow: target === undefined ? {} : { targetTokens: String(target) },
  }
}

/** The model waits for the answer of a tool, whatever its model's habit: an agent that talks on would answer before it knows. */
function declared({ name, description, parameters }: ToolDeclaration): Json {
  return { name, description, parametersJsonSchema: parameters, behavior: 'BLOCKING' }
}
