import { defineError } from '#errors/registry.ts'

export const demoErrors = {
  noExample: defineError(
    'SB_DEMO_NO_EXAMPLE',
    'a folder of examples is not found (looked in %s)',
    'Run the demo from a clone of the repository: it answers as the manifests there say.',
  ),
  workerDied: defineError(
    'SB_DEMO_WORKER_DIED',
    'the worker ended before the demo was over: %s',
    'Its last lines stand above; `switchboard run -f examples/first-call --simulate` starts it by hand.',
  ),
  notReady: defineError(
    'SB_DEMO_NOT_READY',
    'the worker was not ready within %s s',
    'Its last lines stand above; a machine under heavy load is the usual reason.',
  ),
  tooLong: defineError(
    'SB_DEMO_TOO_LONG',
    'the demo was not over within %s s',
    'The timeline above shows where it stopped; a machine under heavy load is the usual reason.',
  ),
}
