import type { StackComponentType } from '../stack/component.ts'

/** An integration that there is, or will be, whether it is installed or not. */
export interface ListedIntegration {
  readonly name: string
  readonly package: string
  /** False: there is no such package yet. */
  readonly published: boolean
  readonly flavors: readonly {
    readonly type: StackComponentType
    readonly flavor: string
    readonly summary: string
  }[]
}

/** Sidestep's own integrations, so that lists and errors can say what to install. */
export const LISTED_INTEGRATIONS: readonly ListedIntegration[] = [
  {
    name: 'local',
    package: '@sidestep/local',
    published: true,
    flavors: [
      { type: 'step_operator', flavor: 'docker', summary: 'Containers of a Docker engine of this machine' },
      { type: 'step_operator', flavor: 'local', summary: 'Processes of this machine' },
      { type: 'artifact_store', flavor: 'local', summary: 'A folder of this machine' },
    ],
  },
  {
    name: 'images',
    package: '@sidestep/images',
    published: true,
    flavors: [
      { type: 'container_registry', flavor: 'oci', summary: 'Any registry that speaks the OCI distribution API' },
      { type: 'image_builder', flavor: 'oci', summary: 'Images without a daemon' },
      {
        type: 'image_builder',
        flavor: 'docker',
        summary: 'Images for which something has to run: Dockerfiles, apt, pip',
      },
    ],
  },
  {
    name: 'sagemaker',
    package: '@sidestep/sagemaker',
    published: true,
    flavors: [
      { type: 'step_operator', flavor: 'sagemaker', summary: 'Training jobs of Amazon SageMaker' },
      { type: 'artifact_store', flavor: 's3', summary: 'A bucket of Amazon S3' },
      { type: 'container_registry', flavor: 'ecr', summary: 'Repositories of Amazon ECR' },
    ],
  },
  {
    name: 'vertex',
    package: '@sidestep/vertex',
    published: false,
    flavors: [
      { type: 'step_operator', flavor: 'vertex', summary: 'Custom jobs of Google Vertex AI' },
      { type: 'artifact_store', flavor: 'gcs', summary: 'A bucket of Google Cloud Storage' },
      { type: 'container_registry', flavor: 'gar', summary: 'A repository of Google Artifact Registry' },
    ],
  },
  {
    name: 'azureml',
    package: '@sidestep/azureml',
    published: false,
    flavors: [
      { type: 'step_operator', flavor: 'azureml', summary: 'Command jobs of Azure Machine Learning' },
      { type: 'artifact_store', flavor: 'azure_blob', summary: 'A container of Azure Blob Storage' },
      { type: 'container_registry', flavor: 'acr', summary: 'A repository of Azure Container Registry' },
    ],
  },
]
