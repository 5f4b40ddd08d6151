import { defineIntegration, type Integration } from '@sidestep/core/flavor'

import { docker } from './docker.ts'
import { localArtifactStore } from './local-artifact-store.ts'
import { local } from './local.ts'

/** What this package brings, as projects that depend on it find it. */
const integration: Integration = defineIntegration({ name: 'local', flavors: [local, docker, localArtifactStore] })

// oxlint-disable-next-line import/no-default-export -- so a program takes it, whatever its name
export default integration
