/** `npm run sabotage`: small breaks of what we promise, each of which the suite that guards it must notice. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('sabotage', {
  breaks: {
    about: 'each guarantee broken in a copy of the tree: --only NAME[,NAME …], --jobs 2, --at COMMIT',
    load: () => import('./run.ts'),
  },
})
