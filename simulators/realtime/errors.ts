import { defineError } from '#errors/registry.ts'

export const BAD_SCRIPT = defineError(
  'SB_SIMULATOR_BAD_SCRIPT',
  'the simulator script %s cannot be used: %s',
  'Compare it with examples/first-call/simulator/realtime-script.yaml; the message names the field.',
)
export const BAD_FAULT = defineError(
  'SB_SIMULATOR_BAD_FAULT',
  'this fault cannot be injected: %s',
  'Kinds are drop, stall, error, garbage, expire, slow, empty, failed, incomplete, refuse and slowStart.',
)
