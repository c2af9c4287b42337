/**
 * Every metric: name, kind, unit, buckets, attributes. Attributes are of low cardinality: never a call's id or a number. On `/metrics` a
 * name has dots replaced by underscores and its unit and `_total` appended, as Prometheus wants it.
 */
export interface MetricDefinition {
  readonly name: string
  readonly kind: 'histogram' | 'counter' | 'observableCounter' | 'gauge'
  /** UCUM; `{thing}` counts things. */
  readonly unit: string
  readonly description: string
  /** Attribute names. */
  readonly by: readonly string[]
  /** Upper bounds, in the metric's unit. */
  readonly buckets?: readonly number[]
}

const BY_AGENT = ['agent', 'revision'] as const

export const METRIC = {
  turnGap: {
    name: 'switchboard.turn.gap',
    kind: 'histogram',
    unit: 's',
    description: 'The caller stops until the agent is audible.',
    by: BY_AGENT,
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.5, 2, 3, 5],
  },
  bargeIn: {
    name: 'switchboard.barge_in.stop',
    kind: 'histogram',
    unit: 's',
    description: 'Caller’s speech known until the agent is silent.',
    by: BY_AGENT,
    buckets: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2],
  },
  firstTool: {
    name: 'switchboard.tool.first_call',
    kind: 'histogram',
    unit: 's',
    description: 'End of the caller’s turn until the model calls a tool.',
    by: BY_AGENT,
    buckets: [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10],
  },
  answer: {
    name: 'switchboard.call.answer_time',
    kind: 'histogram',
    unit: 's',
    description: 'First sign of the call until it is answered.',
    by: BY_AGENT,
    buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20],
  },
  deadAir: {
    name: 'switchboard.call.dead_air',
    kind: 'histogram',
    unit: 's',
    description: 'Silence while the agent owed an answer.',
    by: BY_AGENT,
    buckets: [1, 2, 3, 4, 5, 7, 10, 15, 20, 30],
  },
  mos: {
    name: 'switchboard.call.mos',
    kind: 'histogram',
    unit: '1',
    description: 'Mean opinion score of the line, 1 to 4.5 (ITU-T G.107, simplified).',
    by: BY_AGENT,
    buckets: [1, 1.5, 2, 2.5, 3, 3.2, 3.4, 3.6, 3.8, 4, 4.1, 4.2, 4.3, 4.4],
  },
  duration: {
    name: 'switchboard.call.duration',
    kind: 'histogram',
    unit: 's',
    description: 'First sign of the call until its end.',
    by: BY_AGENT,
    buckets: [1, 5, 10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200],
  },
  transfer: {
    name: 'switchboard.transfer.answer_time',
    kind: 'histogram',
    unit: 's',
    description: 'A transfer is asked for until a person answers, where the call stays with us.',
    by: BY_AGENT,
    buckets: [1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 120],
  },
  transfers: {
    name: 'switchboard.transfers',
    kind: 'counter',
    unit: '{transfer}',
    description: 'Attempts to hand a caller over, by who asked (`model`, `keys`, `words`) and outcome.',
    by: [...BY_AGENT, 'by', 'outcome'],
  },
  calls: {
    name: 'switchboard.calls',
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that ended, by outcome class and end code.',
    by: [...BY_AGENT, 'outcome', 'code'],
  },
  refused: {
    name: 'switchboard.calls.refused',
    kind: 'counter',
    unit: '{call}',
    description: 'Calls refused before an agent had them.',
    by: ['reason'],
  },
  falseBargeIn: {
    name: 'switchboard.barge_in.false',
    kind: 'counter',
    unit: '{interruption}',
    description: 'Pauses that proved to be no interruption: playback went on.',
    by: BY_AGENT,
  },
  tools: {
    name: 'switchboard.tool.calls',
    kind: 'counter',
    unit: '{call}',
    description: 'Tool calls, by tool and error code (`ok` when there was none).',
    by: [...BY_AGENT, 'tool', 'result'],
  },
  fallbacks: {
    name: 'switchboard.session.fallbacks',
    kind: 'counter',
    unit: '{fallback}',
    description: 'Times that a call turned to another of its models. Which and why is in its record and trace.',
    by: BY_AGENT,
  },
  prompts: {
    name: 'switchboard.prompt.texts',
    kind: 'counter',
    unit: '{text}',
    description:
      'Texts of prompts: `rendered`, taken from what was rendered before (`cached`), or the error code of why not.',
    by: ['agent', 'revision', 'result'],
  },
  breaker: {
    name: 'switchboard.provider.breaker',
    kind: 'gauge',
    unit: '1',
    description: 'Circuit breaker of a provider’s model: 0 closed, 1 half open, 2 open.',
    by: ['provider', 'host', 'model'],
  },
  packetsLost: {
    name: 'switchboard.rtp.packets.lost',
    kind: 'observableCounter',
    unit: '{packet}',
    description: 'Callers’ RTP packets that never came.',
    by: [],
  },
  packetsLate: {
    name: 'switchboard.rtp.packets.late',
    kind: 'observableCounter',
    unit: '{packet}',
    description: 'Callers’ RTP packets that came too late to be used.',
    by: [],
  },
  ledgerLost: {
    name: 'switchboard.ledger.lost',
    kind: 'observableCounter',
    unit: '{entry}',
    description: 'Record entries that could not be kept.',
    by: [],
  },
  ledgerOutbox: {
    name: 'switchboard.ledger.outbox',
    kind: 'gauge',
    unit: '{entry}',
    description: 'Record entries not yet durable.',
    by: [],
  },
  ledgerHealthy: {
    name: 'switchboard.ledger.healthy',
    kind: 'gauge',
    unit: '1',
    description: '1 while records are written, 0 while they wait.',
    by: [],
  },
  busy: { name: 'switchboard.calls.busy', kind: 'gauge', unit: '{call}', description: 'Calls carried now.', by: [] },
  slots: {
    name: 'switchboard.slots',
    kind: 'gauge',
    unit: '{call}',
    description: 'Calls this worker can carry.',
    by: [],
  },
  timers: {
    name: 'switchboard.process.timers',
    kind: 'gauge',
    unit: '{timer}',
    description: 'Timers armed in the process: as many when all calls are gone as before the first.',
    by: [],
  },
  loopLag: {
    name: 'switchboard.event_loop.lag',
    kind: 'gauge',
    unit: 's',
    description: 'How late the event loop runs, 99th percentile since the last look.',
    by: [],
  },
  jitter: {
    name: 'switchboard.rtp.jitter',
    kind: 'gauge',
    unit: 's',
    description: 'Interarrival jitter of callers’ RTP (RFC 3550), mean of the calls carried now.',
    by: [],
  },
} as const satisfies Record<string, MetricDefinition>
export type MetricKey = keyof typeof METRIC

/** Of the operator. */
export const OPERATOR_METRIC = {
  reconcileTime: {
    name: 'switchboard.operator.reconcile.time',
    kind: 'histogram',
    unit: 's',
    description: 'One look at one agent, and what was done about it.',
    by: ['outcome'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  reconcileWait: {
    name: 'switchboard.operator.reconcile.wait',
    kind: 'histogram',
    unit: 's',
    description: 'An agent waits for its turn.',
    by: [],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
  },
  requestTime: {
    name: 'switchboard.operator.request.time',
    kind: 'histogram',
    unit: 's',
    description:
      'One request to the API server, without watches and leases, from sending to the last byte; `outcome` is `ok` or why not.',
    by: ['method', 'outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  requestWait: {
    name: 'switchboard.operator.request.wait',
    kind: 'histogram',
    unit: 's',
    description:
      'A request to the API server waits for its turn: by the limit of the chart’s `operator.qps`, or since the server asked for patience.',
    by: [],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  leading: {
    name: 'switchboard.operator.leading',
    kind: 'gauge',
    unit: '1',
    description: '1 in the operator that leads.',
    by: [],
  },
  queue: {
    name: 'switchboard.operator.queue',
    kind: 'gauge',
    unit: '{agent}',
    description: 'Agents that are ready for their turn, delayed, worked on, or failing.',
    by: ['state'],
  },
  objects: {
    name: 'switchboard.operator.objects',
    kind: 'gauge',
    unit: '{object}',
    description: 'Agents and worker pods in the cluster; load streams that say something.',
    by: ['kind'],
  },
  cache: {
    name: 'switchboard.operator.cache',
    kind: 'gauge',
    unit: 'By',
    description: 'About what the caches take.',
    by: [],
  },
  silence: {
    name: 'switchboard.operator.watch.silence',
    kind: 'gauge',
    unit: 's',
    description: 'Longest that any watch has said nothing, not even a bookmark.',
    by: [],
  },
  eventsDropped: {
    name: 'switchboard.operator.events.dropped',
    kind: 'observableCounter',
    unit: '{event}',
    description: 'Kubernetes events that were not written, for lack of budget or room.',
    by: [],
  },
} as const satisfies Record<string, MetricDefinition>

/** The histogram or counter behind each figure of the call machine. Figures in milliseconds become seconds. */
export const FIGURE_METRIC = {
  turnGapMs: 'turnGap',
  bargeInMs: 'bargeIn',
  firstToolMs: 'firstTool',
  answerMs: 'answer',
  deadAirMs: 'deadAir',
  callMs: 'duration',
  transferMs: 'transfer',
  mos: 'mos',
  falseBargeIn: 'falseBargeIn',
  fallback: 'fallbacks',
} as const satisfies Record<string, MetricKey>
