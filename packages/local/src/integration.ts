import { defineIntegration, type Integration } from '@sidestep/core/flavor'

import { localArtifactStore } from './local-artifact-store.ts'
import { local } from './local.ts'

const integration: Integration = defineIntegration({ name: 'local', flavors: [local, localArtifactStore] })

export default integration
