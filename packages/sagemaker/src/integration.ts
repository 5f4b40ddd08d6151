import { defineIntegration, type Integration } from '@sidestep/core/flavor'

import { ecr } from './ecr.ts'
import { s3 } from './s3.ts'
import { sagemaker } from './sagemaker.ts'

/** What this package brings, as projects that depend on it find it. */
const integration: Integration = defineIntegration({ name: 'sagemaker', flavors: [sagemaker, s3, ecr] })

// oxlint-disable-next-line import/no-default-export -- so a program takes it, whatever its name
export default integration
