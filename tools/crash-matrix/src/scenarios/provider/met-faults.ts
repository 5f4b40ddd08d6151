import { TrialEnded } from '../../finding.ts'
import type { Launcher } from '../../launcher.ts'
import type { Provider } from '../../operator-under-test.ts'
import type { Trial } from '../../trial.ts'
import { InVain, until } from '../../until.ts'

/** The simulated provider of a trial. Throws where its flavor has none. */
export function providerOf(trial: Trial): Provider {
  const provider = trial.flavor.provider?.(trial.home)
  if (provider === undefined) throw new Error(`${trial.flavor.name} has no provider that is simulated`)
  return provider
}

/** Waits until all faults have happened, or nobody is there any more to whom they could. */
export async function untilMet(provider: Provider, canHappen: () => boolean): Promise<void> {
  try {
    await until('all faults happen', () => provider.unmetFaults().length === 0 || !canHappen())
  } catch (error) {
    if (!(error instanceof InVain)) throw error
  }
}

/** A fault that was dealt and did not happen is a finding. */
export function metAll(trial: Trial, provider: Provider, name: string): void {
  const unmet = provider.unmetFaults()
  if (unmet.length === 0) {
    trial.fired(name)
    return
  }
  for (const { kind, operation, times = 1 } of unmet) {
    trial.find('faults', `${kind} of ${operation} did not happen ${times} times`)
  }
  throw new TrialEnded()
}

/** On a busy machine a launcher is loaded for seconds, and hears no signal until then. */
export async function listens(launcher: Launcher): Promise<void> {
  await until('the launcher is at work', () => launcher.points.length > 0 || !launcher.isAlive)
}
