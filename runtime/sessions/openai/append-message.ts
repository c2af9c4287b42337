import { enveloped } from '../wire/enveloped.ts'

/** An `input_audio_buffer.append` as JSON text. */
export const appendMessage = enveloped('{"type":"input_audio_buffer.append","audio":"', '"}')
