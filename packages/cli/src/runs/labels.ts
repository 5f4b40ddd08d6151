import type { Runs } from '@sidestep/core'
import { RunModel } from '../view/run-model.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** The labels of a run's steps, while the run may go on and call more. */
export class StepLabels {
  readonly #runs: Runs
  readonly #runId: string
  #model: RunModel = new RunModel()

  constructor(runs: Runs, runId: string) {
    this.#runs = runs
    this.#runId = runId
  }

  get model(): RunModel {
    return this.#model
  }

  /** Reads what the journal has by now. */
  async read(): Promise<void> {
    const model = new RunModel()
    for await (const event of this.#runs.events(this.#runId)) model.apply(event)
    this.#model = model
  }

  async of({ stepRunId, stepName }: { readonly stepRunId: string; readonly stepName: string }): Promise<string> {
    if (this.#model.step(stepRunId) === undefined) await this.read()
    return this.#model.step(stepRunId)?.label ?? sanitizeLine(stepName)
  }
}
