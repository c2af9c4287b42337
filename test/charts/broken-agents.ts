/** Agents that cannot be served, each for another reason, and what a kubelet and a quota would say of them. */
export interface Broken {
  /** Of its namespace. */
  readonly name: string
  readonly title: string
  readonly reason: string
  /** More objects, before the agent. */
  readonly objects?: readonly object[]
  readonly spec?: object
  /** Said of each of its pods, as a kubelet would. */
  readonly pod?: object
  /** The operator may not look at Secrets there. */
  readonly closed?: boolean
}

export const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'openai', labels: { 'switchboard.dev/credential': 'true' } },
  stringData: { apiKey: 'any' },
}

const waiting = (reason: string, message: string, last: object = {}): object => ({
  phase: 'Pending',
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: new Date().toISOString() }],
  containerStatuses: [
    {
      name: 'worker',
      image: 'localhost/switchboard:dev',
      imageID: '',
      ready: false,
      restartCount: 5,
      state: { waiting: { reason, message } },
      ...last,
    },
  ],
})

const inbound = (number: string): object => ({
  inbound: [{ name: 'main', trunkRef: { name: 'pbx', namespace: 'telephony' }, match: [{ number }] }],
})

export const BROKEN: readonly Broken[] = [
  { name: 'no-secret', title: 'The Secret is missing', reason: 'SecretMissing', objects: [] },
  {
    name: 'unmarked-secret',
    title: 'The Secret is not marked',
    reason: 'SecretUnlabelled',
    objects: [{ ...SECRET, metadata: { name: 'openai' } }],
  },
  { name: 'closed', title: 'The operator may not see whether it is marked', reason: 'SecretForbidden', closed: true },
  {
    name: 'not-granted',
    title: 'The number is not granted',
    reason: 'NumberNotGranted',
    spec: inbound('+14155550999'),
  },
  { name: 'second', title: 'Another agent has the number', reason: 'NumberClaimed', spec: inbound('+14155550100') },
  {
    name: 'wrong-words',
    title: 'A variable is not known',
    reason: 'SpecInvalid',
    spec: { instructions: 'You are the receptionist of {{clinik}}.', variables: { clinic: 'Acme Dental' } },
  },
  {
    name: 'no-image',
    title: 'The image cannot be pulled',
    reason: 'ImagePullFailed',
    pod: waiting('ImagePullBackOff', 'Back-off pulling image "localhost/switchboard:dev"'),
  },
  {
    name: 'crashing',
    title: 'Workers crash',
    reason: 'CrashLooping',
    pod: waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container=worker', {
      lastState: {
        terminated: {
          exitCode: 1,
          reason: 'Error',
          message: 'SB_WORKER_SIP_PORT: cannot listen on 0.0.0.0 port 5060: EADDRINUSE\n',
          startedAt: '2026-11-27T09:00:00Z',
          finishedAt: '2026-11-27T09:00:01Z',
        },
      },
    }),
  },
  {
    name: 'quota',
    title: 'A quota is used up',
    reason: 'QuotaExceeded',
    objects: [
      SECRET,
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'small' },
        spec: { hard: { pods: '0' } },
      },
    ],
  },
]
