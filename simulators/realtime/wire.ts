import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime'

type WithoutId<T> = T extends { event_id: string } ? Omit<T, 'event_id'> : T

/** A server event before it gets its id; checked against the vendor's own types. */
export type Outgoing = WithoutId<RealtimeServerEvent>
