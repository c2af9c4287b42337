/** SessionConfig → `session.update` in the GA shape (`openai` 7.57, `RealtimeSessionCreateRequest`). */
import type {
  RealtimeAudioFormats,
  RealtimeAudioInputTurnDetection,
  RealtimeSessionCreateRequest,
  SessionUpdateEvent,
} from 'openai/resources/realtime/realtime'
import type { SessionConfig } from '#runtime/call/ports.ts'
import type { AudioFormat } from '#runtime/media/format.ts'
import { isObject, type Json, merge, numberIn, objectIn, stringIn } from '../wire/vendor-fields.ts'

/** The API has G.711 at 8 kHz and PCM16 at 24 kHz only. */
export const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcmu', rateHz: 8000 },
  { encoding: 'pcma', rateHz: 8000 },
  { encoding: 'pcm16', rateHz: 24_000 },
]

const WIRE_FORMATS: Readonly<Record<AudioFormat['encoding'], RealtimeAudioFormats>> = {
  pcmu: { type: 'audio/pcmu' },
  pcma: { type: 'audio/pcma' },
  pcm16: { type: 'audio/pcm', rate: 24_000 },
}

/**
 * The whole turn detection of a session: what the agent declares, under two rules of ours. The worker owns interruption, since it alone
 * knows what the caller has heard, so the server never interrupts; and who creates responses is ours to toggle.
 */
export function turnDetectionOf(config: SessionConfig, createResponse: boolean): RealtimeAudioInputTurnDetection {
  const extra = objectIn(objectIn(objectIn(config.vendor, 'extra'), 'audio'), 'input')
  const declared = merge(objectIn(config.vendor, 'turnDetection'), objectIn(extra, 'turn_detection'))
  const type = declared['type'] === 'semantic_vad' ? 'semantic_vad' : 'server_vad'
  return { ...declared, type, create_response: createResponse, interrupt_response: false }
}

/** The update that configures a new session. `extra` is laid over what the schema knows, and under what the bridge relies on. */
export function sessionUpdate(config: SessionConfig, createResponse: boolean): SessionUpdateEvent {
  const { vendor } = config
  const format = WIRE_FORMATS[config.format.encoding]
  const known: Json = {
    instructions: config.instructions,
    // by name: a declaration may carry more than the vendor knows, and the vendor refuses what it does not know
    tools: config.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
    })),
    audio: { input: inputOf(vendor, config.callerWords === true), output: outputOf(vendor) },
  }
  const maxOutputTokens = numberIn(vendor, 'maxOutputTokens')
  if (maxOutputTokens !== undefined) known['max_output_tokens'] = maxOutputTokens
  const effort = stringIn(objectIn(vendor, 'reasoning'), 'effort')
  if (effort !== undefined) known['reasoning'] = { effort: effort.toLowerCase() }
  const session = merge(known, objectIn(vendor, 'extra'))
  const tools = Array.isArray(session['tools']) ? session['tools'].filter(isObject) : []
  const ours: Omit<RealtimeSessionCreateRequest, 'tools'> = {
    type: 'realtime',
    output_modalities: ['audio'],
    audio: { input: { format, turn_detection: turnDetectionOf(config, createResponse) }, output: { format } },
  }
  const update = merge({ ...session, tools: withDeclared(tools, known['tools'] as Json[]) }, ours)
  delete update['model'] // fixed by the URL; the API refuses a change
  return { type: 'session.update', session: update as unknown as RealtimeSessionCreateRequest }
}

/** Toggles who creates responses, leaving every other setting of the session as it is. */
export function autoRespondUpdate(turnDetection: RealtimeAudioInputTurnDetection, on: boolean): SessionUpdateEvent {
  const turn_detection: RealtimeAudioInputTurnDetection = { ...turnDetection, create_response: on }
  return { type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection } } } }
}

/** What turns a caller's words into text where they are needed and the agent names nothing. */
const TRANSCRIPTION = 'gpt-4o-mini-transcribe'

function inputOf(vendor: Json, callerWords: boolean): Json {
  const input: Json = {}
  const transcription = objectIn(vendor, 'transcription')
  if (transcription['model'] !== undefined) input['transcription'] = transcription
  else if (callerWords) input['transcription'] = { ...transcription, model: TRANSCRIPTION }
  const noise = stringIn(vendor, 'noiseReduction')
  if (noise !== undefined) input['noise_reduction'] = { type: noise === 'FarField' ? 'far_field' : 'near_field' }
  return input
}

function outputOf(vendor: Json): Json {
  const output: Json = {}
  const voice = stringIn(vendor, 'voice')
  if (voice !== undefined) output['voice'] = voice
  const speed = numberIn(vendor, 'speed')
  if (speed !== undefined) output['speed'] = speed
  return output
}

/** Vendor tools of `extra` (MCP servers) stand beside the declared ones and never replace them. */
function withDeclared(tools: readonly Json[], declared: readonly Json[]): Json[] {
  const others = tools.filter(tool => !declared.some(own => own === tool || own['name'] === tool['name']))
  return [...declared, ...others]
}
