/** Labels and annotations of what we make, and names of what stands in a namespace once. */

export const AGENT_LABEL = 'switchboard.dev/agent'
export const REVISION_LABEL = 'switchboard.dev/revision'
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
export const MANAGED_BY = 'switchboard'
export const COMPONENT_LABEL = 'app.kubernetes.io/component'
export const WORKER_COMPONENT = 'worker'

/** What a cache of worker pods selects. */
export const WORKER_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY},${COMPONENT_LABEL}=${WORKER_COMPONENT}`

/** For whom the pod was made, signed over its name before it exists. */
export const BIRTH_ANNOTATION = 'switchboard.dev/birth'
/** That this very uid came of our create, and what it was like then. */
export const SEAL_ANNOTATION = 'switchboard.dev/seal'
/** On a budget: how many pods it was last counted for. */
export const REPLICAS_ANNOTATION = 'switchboard.dev/replicas'

export const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict'
export const SAFE_TO_EVICT_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'
export const DO_NOT_DISRUPT = 'karpenter.sh/do-not-disrupt'

/** The one container of a worker pod. */
export const WORKER_CONTAINER = 'worker'

/** Once in every namespace with agents. */
export const WORKER_SERVICE_ACCOUNT = 'switchboard-worker'
export const WORKER_NETWORK_POLICY = 'switchboard-worker'
/** Public keys, by which workers know the operator's tokens. */
export const KEYS_CONFIG_MAP = 'switchboard-worker-keys'
export const KEYS_FILE = 'jwks.json'

/** In the operator's own namespace: the key of seals. */
export const SEAL_SECRET = 'switchboard-seal-key'
