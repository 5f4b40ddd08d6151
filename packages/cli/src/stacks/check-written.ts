import { BUILT_IN_STACK, configError, type Project } from '@sidestep/core/project'
import { checkStackExists } from './stack-details.ts'

/** Throws where the stack is not one of sidestep.yaml, which alone can be changed. */
export async function checkWritten(project: Project, name: string): Promise<void> {
  await checkStackExists(project, name)
  const file = await project.file()
  if (file !== undefined && Object.hasOwn(file.stacks, name)) return
  throw configError(
    'STACK_INVALID',
    `the stack ${BUILT_IN_STACK} is built in: it cannot be changed`,
    `Register one of your own: \`sidestep stack register --help\`. It may be called ${BUILT_IN_STACK} too.`,
  )
}
