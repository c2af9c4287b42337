import { fromAlaw, fromUlaw } from '#simulators/speech/g711.ts'

/** G.711 by WAVE format tag. */
export const LAWS: Readonly<Record<number, (byte: number) => number>> = { 6: fromAlaw, 7: fromUlaw }
