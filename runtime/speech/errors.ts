/** Why a text was not rendered. Calls go on with what is declared instead. */
import { defineError } from '#errors/registry.ts'

export const speechKey = defineError(
  'SB_SPEECH_KEY',
  'the texts of agent %s are not rendered: there is no credential for the text-to-speech endpoint',
  'Put the key of the model into the Secret that model.credentialsRef names, or name one in spec.speech.credentialsRef.',
)
export const speechRefused = defineError(
  'SB_SPEECH_REFUSED',
  'the text-to-speech endpoint answered %s',
  'Correct model, voice or credential under spec.speech; 404 means that the endpoint has no /audio/speech, or not this model.',
)
export const speechUnreachable = defineError(
  'SB_SPEECH_UNREACHABLE',
  'the text-to-speech endpoint cannot be reached: %s',
  'Check that spec.speech.baseURL can be reached from the worker: DNS, egress policy, proxy.',
)
export const speechTimeout = defineError(
  'SB_SPEECH_TIMEOUT',
  'the text-to-speech endpoint did not render a text within %s ms',
  'Look at the state of the endpoint. Texts are tried again from time to time.',
)
export const speechNotAudio = defineError(
  'SB_SPEECH_AUDIO',
  'what the text-to-speech endpoint sent cannot be played: %s',
  'It must take response_format pcm and answer with 16-bit samples at 24 kHz.',
)
export const speechCrowd = defineError(
  'SB_SPEECH_TEXTS',
  'an agent has at most %s texts to render: the rest is not',
  'Use fewer prompts, or fewer ways in with variables of their own.',
)
