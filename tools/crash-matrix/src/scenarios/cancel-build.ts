import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { silentRegistry } from './silent-registry.ts'

export const cancelBuild: Scenario = {
  name: 'cancel-build',
  summary: 'launchers die, and one gets Ctrl-C, while the packages of an image are being installed',
  async run(trial) {
    const { random } = trial
    const [deaths, pauseMs] = [random.int(1, 2), random.int(0, 300)]
    const registry = await silentRegistry(trial)
    try {
      trial.prepare({ budget: 'queue' }, ['left', 'right'])
      for (const step of ['left', 'right']) trial.mayFail.set(step, ['stopped', 'infra'])
      for (let n = 1; n <= deaths + 1; n += 1) {
        const launcher = await trial.launch()
        await until('the packages are asked for', () => registry.asked() >= n || !launcher.isAlive)
        await trial.pause(pauseMs)
        trial.fired('build')
        launcher.send(n <= deaths ? 'SIGKILL' : 'SIGINT')
        if (n <= deaths) await trial.died(launcher, 'the build of an image')
        else await trial.judge(await trial.endOf(launcher), { status: 'cancelled', code: 130 })
      }
    } finally {
      registry.close()
    }
  },
}
