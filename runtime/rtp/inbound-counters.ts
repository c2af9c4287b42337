/** Packets that were not played, by why. */
export interface InboundCounters {
  malformed: number
  unknownType: number
  duplicate: number
  late: number
  stale: number
  huge: number
  empty: number
}

export function newCounters(): InboundCounters {
  return { malformed: 0, unknownType: 0, duplicate: 0, late: 0, stale: 0, huge: 0, empty: 0 }
}
