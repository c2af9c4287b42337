/** What a call at the simulated Twilio shows of itself. */
import type { PersonView } from './person.ts'

/** What a judge may ask of a call. */
export interface TwilioView {
  readonly callSid: string
  /** TwiML that came, oldest first. */
  readonly twiml: readonly string[]
  /** Words that Twilio itself was told to say. */
  readonly said: readonly string[]
  /** What our side did that Twilio would not take. */
  readonly faults: readonly string[]
  /** Whom it was told to call, oldest first. */
  readonly people: readonly PersonView[]
  readonly clears: number
  /** What lay in Twilio's buffer whenever 20 ms of it began to play: audio, not time. */
  readonly depthsMs: readonly number[]
  /** Frames in the middle of which its buffer ran empty. */
  readonly torn: number
  /** The stream is cut as a network is. */
  cut(): void
}
