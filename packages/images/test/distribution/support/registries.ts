import { noDockerRegistry, startDockerRegistry } from '@sidestep/containers/registry'
import { startOciRegistry } from '@sidestep/simulators'

/** A registry of a test. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:41233` */
  readonly host: string
}

/** The registries that every behaviour is tested against. */
export const REGISTRIES: readonly {
  name: string
  missing: string | undefined
  start: () => Promise<TestRegistry>
}[] = [
  { name: 'the simulator', missing: undefined, start: () => startOciRegistry() },
  { name: "Debian's docker-registry", missing: noDockerRegistry, start: () => startDockerRegistry() },
]
