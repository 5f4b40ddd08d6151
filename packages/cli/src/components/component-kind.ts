import type { StackComponentType } from '@sidestep/core/project'

/** A component type in the words of the command line. */
export interface ComponentKind {
  readonly type: StackComponentType
  /** The command: `sidestep step-operator`. */
  readonly command: string
  /** In a sentence. */
  readonly label: string
  /** One line for the help. */
  readonly summary: string
  /** What the examples of the help are made of. */
  readonly example: { readonly name: string; readonly flavor: string; readonly option: string; readonly source: string }
}

/** All types, in the order of the help. */
export const COMPONENT_KINDS: readonly ComponentKind[] = [
  {
    type: 'step_operator',
    command: 'step-operator',
    label: 'step operator',
    summary: 'where steps run',
    example: {
      name: 'gpu',
      flavor: 'local',
      option: '--stop-grace=30s',
      source: './src/my-operator.ts#MyStepOperator',
    },
  },
  {
    type: 'artifact_store',
    command: 'artifact-store',
    label: 'artifact store',
    summary: 'where runs and what steps return are kept',
    example: {
      name: 'lake',
      flavor: 'local',
      option: '--path=/data/store',
      source: './src/my-store.ts#MyArtifactStore',
    },
  },
  {
    type: 'container_registry',
    command: 'container-registry',
    label: 'container registry',
    summary: 'where images of steps are kept',
    example: {
      name: 'images',
      flavor: 'my_registry',
      option: '--uri=registry.example.com/steps',
      source: './src/my-registry.ts#MyRegistry',
    },
  },
  {
    type: 'image_builder',
    command: 'image-builder',
    label: 'image builder',
    summary: 'what builds images of steps',
    example: { name: 'builder', flavor: 'my_builder', option: '--push=false', source: './src/my-builder.ts#MyBuilder' },
  },
]
