/** What a bundle is made of: the scripts that are started by name, and the files that code reads from beside itself. */

/** Output name → source. A thread's script is an entry of its own, for it is loaded by URL. */
export const ENTRIES: Readonly<Record<string, string>> = {
  switchboard: 'cli/main.ts',
  'ledger-writer': 'runtime/ledger/writer.ts',
  'revision-thread': 'runtime/worker/revision-thread.ts',
  'speech-thread': 'runtime/worker/speech-thread.ts',
  'lease-thread': 'kube/election/lease-thread.ts',
  'clip-thread': 'simulators/caller/clip-thread.ts',
}

/** Folders whose data files travel with the code, and which of their files do. */
export const ASSETS: readonly { readonly folder: string; readonly files: RegExp }[] = [
  { folder: 'runtime/worker/clips', files: /\.wav$/ },
  { folder: 'simulators/speech/clips', files: /\.(ul|json)$/ },
  { folder: 'examples/first-call', files: /\.yaml$/ },
  { folder: 'examples/first-call/simulator', files: /\.yaml$/ },
]

/** Commands that get a line of their own in the table of sizes, by the module that carries them. */
export const COMMANDS: Readonly<Record<string, string>> = {
  'switchboard --help': 'cli/main.ts',
  worker: 'cli/worker.ts',
  operator: 'cli/operator.ts',
  run: 'cli/run.ts',
  call: 'cli/call.ts',
  demo: 'cli/demo.ts',
  validate: 'cli/validate.ts',
  simulate: 'cli/simulate.ts',
  'calls, call-record': 'cli/calls.ts',
  'ledger thread': 'runtime/ledger/writer.ts',
  'revision thread': 'runtime/worker/revision-thread.ts',
  'speech thread': 'runtime/worker/speech-thread.ts',
  'lease thread': 'kube/election/lease-thread.ts',
}

/** The modules that are a worker: all they reach without asking (`import()`) is what a worker runs. */
export const WORKERS = ['cli/worker.ts', 'cli/run.ts'] as const
/** What a worker must not carry. */
export const NOT_IN_WORKER = ['kube/', 'operator/', 'simulators/', 'test/'] as const
