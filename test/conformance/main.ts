/** `npm run conformance -- SUITE`: what strangers (SIPp, baresip, the vendor's client) say of us. */
import { runSuites } from '#test/harness/command.ts'

await runSuites('conformance', {
  sip: { about: 'SIPp and baresip, UDP and TCP, straight and through Kamailio', load: () => import('./sip/main.ts') },
  offers: { about: 'INVITEs in the shape of real carriers and PBXs', load: () => import('./offers/main.ts') },
  'barge-in': { about: '200 random barge-ins judged by recordings', load: () => import('./barge-in/main.ts') },
  echo: { about: '10 minutes of echo: no false barge-in, real ones found', load: () => import('./echo/main.ts') },
  transfer: {
    about: 'handed to a person: REFER and a second call, in every outcome, by what both sides heard',
    load: () => import('./transfer/main.ts'),
  },
  prompts: {
    about: 'disclosures, verbatim words and apologies: said without a session, rendered once, by what the caller heard',
    load: () => import('./prompts/main.ts'),
  },
  lifetimes: {
    about: 'sessions that end and providers that are not there, by what the caller heard',
    load: () => import('./lifetimes/main.ts'),
  },
  'media-streams': {
    about: 'whole conversations over a simulated Twilio, judged by what its callers heard',
    load: () => import('./media-streams/main.ts'),
  },
  webhooks: {
    about: 'forged, replayed, truncated, oversized and badly timed webhooks and media sockets',
    load: () => import('./webhooks/main.ts'),
  },
  matrix: {
    about: 'every way in × every provider: the same scenarios, judged by what the caller heard',
    load: () => import('./matrix/main.ts'),
  },
  vendors: {
    about: "Twilio's own package and OpenAI's transport for it against ours and our simulator",
    load: () => import('./vendors/main.ts'),
  },
  realtime: {
    about: "the vendor's own clients against our simulator, our session against the vendor's types",
    load: () => import('./realtime/main.ts'),
  },
  gemini: {
    about: "the vendor's own client against our simulator, our session against the vendor's types",
    load: () => import('./gemini/main.ts'),
  },
  'gemini-calls': {
    about: 'phone calls with a Gemini agent, judged by what came to the phone',
    load: () => import('./gemini/calls.ts'),
  },
  live: {
    about: 'the same conversation with the real vendor, when a key is there',
    load: () => import('./realtime/live.ts'),
  },
})
