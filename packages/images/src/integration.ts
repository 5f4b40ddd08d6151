import { defineIntegration, type Integration } from '@sidestep/core/flavor'

import { docker } from './docker-builder.ts'
import { oci } from './oci.ts'
import { registry } from './registry.ts'

/** What this package brings, as projects that depend on it find it. */
const integration: Integration = defineIntegration({ name: 'images', flavors: [oci, docker, registry] })

// oxlint-disable-next-line import/no-default-export -- so a program takes it, whatever its name
export default integration
