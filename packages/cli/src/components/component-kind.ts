import { oneOfType, typesWords, typeWords, type StackComponentType } from '@sidestep/core/project'

/** A component type in the words of the command line. */
export interface ComponentKind {
  readonly type: StackComponentType
  /** The command: `sidestep step-operator`. */
  readonly command: string
  /** In a sentence: `step operator`. */
  readonly label: string
  /** With its article: `a step operator`. */
  readonly one: string
  /** Several: `step operators`. */
  readonly labels: string
  /** One line for the help. */
  readonly summary: string
  /** What the examples of the help are made of. */
  readonly example: { readonly name: string; readonly flavor: string; readonly option: string; readonly source: string }
}

const KINDS: readonly Omit<ComponentKind, 'command' | 'label' | 'one' | 'labels'>[] = [
  {
    type: 'step_operator',
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
    summary: 'what builds images of steps',
    example: { name: 'builder', flavor: 'my_builder', option: '--push=false', source: './src/my-builder.ts#MyBuilder' },
  },
]

/** All types, in the order of the help. */
export const COMPONENT_KINDS: readonly ComponentKind[] = KINDS.map((kind) => ({
  ...kind,
  command: kind.type.replaceAll('_', '-'),
  label: typeWords(kind.type),
  one: oneOfType(kind.type),
  labels: typesWords(kind.type),
}))
