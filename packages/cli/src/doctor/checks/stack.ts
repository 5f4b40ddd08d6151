import { SAID_BY } from '../../stacks/active-stack.ts'
import { validateNamed } from '../../stacks/validate-command.ts'
import { problemWhere } from '../../view/stacks-validation.ts'
import type { Check } from '../check.ts'

/** What a run would use that names no stack. */
export const stackCheck: Check = {
  name: 'active stack',
  tried: 'loading and validating it',
  needs: ['project'],
  run: async ({ project }) => {
    const { name, from } = await project.activeStack()
    const { problems } = await validateNamed(name, project)
    if (problems.length === 0) return [{ state: 'ok', found: `${name} (${SAID_BY[from]})` }]
    return problems.map((problem) => {
      const { message, hint } = problem
      const where = problemWhere(problem)
      return {
        state: 'problem',
        found: `${name}${where === '' ? '' : `, ${where}`}: ${message}`,
        ...(hint === '' ? {} : { hint }),
      }
    })
  },
}
