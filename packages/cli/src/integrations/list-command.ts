import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { integrationsTable, jsonIntegration } from '../view/integrations-list.ts'

/** `sidestep integration list`. Reads manifests and descriptors; no SDK is loaded. */
export function listIntegrationsCommand(options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const integrations = (await project.registry()).integrations()
    if (answer.isJson) answer.json(integrations.map((integration) => jsonIntegration(integration, options)))
    else answer.print(integrationsTable(integrations, answer))
    return EXIT.success
  })
}
