/**
 * What makes a revision: everything of an agent that a caller can notice, in the API's own words, defaults applied, `instructionsFrom`
 * and clips resolved. Types only; the zod schemas are beside it. The worker turns it into policies with units resolved.
 */
export type Duration = string // '30m', '1h30m', '500ms'

export interface Prompt {
  text?: string
  /** A clip: WAV (PCM16, mono, 8/16/24 kHz) or raw G.711 in a ConfigMap key of the agent's namespace. */
  audioFrom?: { configMap: { name: string; key: string } }
  interruptible?: boolean
}
export interface FinalAction {
  say?: Prompt
  then: { hangUp: Record<string, never> } | { reject: number }
}
export interface HttpTool {
  url: string
  method?: 'POST' | 'GET'
  timeout?: Duration
  headers?: { name: string; value: string }[]
}
export interface Tool {
  name: string
  description: string
  parameters: Record<string, unknown>
  effect?: 'Read' | 'Write'
  http: HttpTool
}
/** Sketch of the snapshot's content; crds/ owns the final shape. */
export interface Behaviour {
  model: {
    provider: 'OpenAI'
    openAI: {
      model: string
      voice?: string
      speed?: number
      turnDetection?: Record<string, unknown>
      transcription?: { model: string; language?: string }
      noiseReduction?: 'NearField' | 'FarField'
      maxOutputTokens?: number
      baseURL?: string
      extra?: Record<string, unknown>
    }
    credentialsRef?: { kind: 'Secret'; name: string; key: string }
    upstreamFrame?: Duration // 40ms
    responses?: 'Provider' | 'Switchboard'
  }
  variables?: Record<string, string>
  instructions: string // rendered
  greeting?: Prompt
  bargeIn?: { enabled?: boolean; minSpeech?: Duration }
  deadAir?: { after?: Duration; then?: FinalAction }
  silence?: { after?: Duration; prompts?: Prompt[]; then?: FinalAction }
  dtmf?: { enabled?: boolean; gap?: Duration; terminator?: string }
  tools?: Tool[]
  callControl?: { endCall?: { goodbye?: Duration } }
  unavailable?: FinalAction & { after?: Duration }
  limits?: { call?: { max?: Duration; then?: FinalAction }; hold?: { max?: Duration }; mediaLost?: Duration }
  data?: { transcripts?: 'Off' | 'On'; traceContent?: 'Off' | 'On' }
}
