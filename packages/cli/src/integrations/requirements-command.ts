import { configError, nearestName, quoted, type KnownIntegration, type Project } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { stackDetails } from '../stacks/stack-details.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { npmSpec, rangeOf, requirementsOf } from './requirements.ts'

export interface RequirementsOptions extends AnswerOptions {
  /** Name of a stack. */
  readonly stack?: string
}

/** `sidestep integration requirements`: what npm has to install. */
export function requirementsCommand(names: readonly string[], options: RequirementsOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const requirements = requirementsOf(await wanted(names, { project, stack: options.stack }))
    if (answer.isJson) {
      answer.json(
        requirements.map(({ package: name, ranges, integration }) => ({
          package: name,
          range: ranges.length === 0 ? null : rangeOf(ranges),
          integration,
          spec: npmSpec({ package: name, ranges }),
        })),
      )
      return EXIT.success
    }
    const specs = requirements.map(npmSpec)
    answer.print(specs.map(sanitizeLine))
    if (specs.some((spec) => spec.includes(' '))) {
      answer.note(["a version range has spaces: sidestep integration requirements … | xargs -d '\\n' npm install"])
    }
    return EXIT.success
  })
}

async function wanted(
  names: readonly string[],
  { project, stack }: { readonly project: Project; readonly stack: string | undefined },
): Promise<readonly KnownIntegration[]> {
  const known = (await project.registry()).integrations()
  const chosen = [
    ...names.map((name) => findIntegration(name, known)),
    ...(stack === undefined ? [] : await ofStack(stack, { project, known })),
  ]
  const integrations =
    names.length === 0 && stack === undefined
      ? known.filter(({ state }) => state === 'installed')
      : [...new Set(chosen)]
  const planned = integrations.find(({ state }) => state === 'planned')
  if (planned === undefined) return integrations
  throw configError(
    'PACKAGE_NOT_FOUND',
    `there is no package ${planned.package} yet: the integration ${planned.name} is planned`,
    '`sidestep integration list` shows which can be installed.',
  )
}

async function ofStack(
  name: string,
  { project, known }: { readonly project: Project; readonly known: readonly KnownIntegration[] },
): Promise<KnownIntegration[]> {
  const { parts } = await stackDetails(project, name)
  const registry = await project.registry()
  const found: KnownIntegration[] = []
  for (const { type, flavor } of parts) {
    const flavors = registry.list(type).filter((each) => each.flavor === flavor)
    // It names the one that is near.
    if (flavors.length === 0) await registry.get(type, flavor)
    // A flavor of the project itself needs no package.
    for (const { integration } of flavors)
      if (integration !== undefined) found.push(findIntegration(integration, known))
  }
  return found
}

function findIntegration(name: string, known: readonly KnownIntegration[]): KnownIntegration {
  const found = known.find((integration) => integration.name === name || integration.package === name)
  if (found !== undefined) return found
  const names = known.map((integration) => integration.name)
  const near = nearestName(name, names)
  throw configError(
    'PACKAGE_NOT_FOUND',
    `there is no integration ${quoted(name)}`,
    `${near === undefined ? '' : `Did you mean ${near}? `}There is: ${names.join(', ')}.`,
  )
}
