/**
 * Every span, attribute and metric name of Switchboard, in one file. Attributes that carry caller content have a `pii` path segment, so
 * that a collector can strip them by name. GenAI semantic conventions (1.45) where they exist.
 */
export const SPAN = {
  call: 'switchboard.call',
  leg: 'switchboard.leg',
  session: 'switchboard.session',
  turn: 'switchboard.turn',
  tool: 'execute_tool',
  prompt: 'switchboard.prompt',
} as const
