import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { withoutOutput } from '../run/without-output.ts'
import { doctorText, jsonFindings } from '../view/doctor-text.ts'
import type { Check } from './check.ts'
import { componentsCheck } from './checks/components.ts'
import { environmentCheck } from './checks/environment.ts'
import { coreCheck, flavorsCheck, integrationsCheck } from './checks/flavors.ts'
import { diskCheck, homeCheck } from './checks/home.ts'
import { jobsCheck, journalCheck, runsCheck } from './checks/journal.ts'
import { nodeCheck, npmCheck } from './checks/machine.ts'
import { gitCheck, projectCheck, projectFileCheck } from './checks/project.ts'
import { stackCheck } from './checks/stack.ts'
import { runChecks } from './run-checks.ts'

/** What a thing needs comes before it. */
const CHECKS: readonly Check[] = [
  nodeCheck,
  npmCheck,
  environmentCheck,
  projectCheck,
  projectFileCheck,
  gitCheck,
  homeCheck,
  diskCheck,
  journalCheck,
  coreCheck,
  integrationsCheck,
  flavorsCheck,
  stackCheck,
  componentsCheck,
  runsCheck,
  jobsCheck,
]

/** `sidestep doctor`: tries what is needed here, and says what to do about what does not work. */
export async function doctorCommand(options: AnswerOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    const project = openCliProject()
    const context = { project, cwd: process.cwd(), environment: process.env }
    const findings = await withoutOutput(() => runChecks(CHECKS, context))
    if (answer.isJson) answer.json(jsonFindings(findings))
    else answer.print(doctorText(findings, answer.style))
    return findings.some(({ state }) => state === 'problem') ? EXIT.failed : EXIT.success
  } catch (error) {
    return answer.failed(error)
  }
}
