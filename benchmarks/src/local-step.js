// What a local step costs beside bare starts of Node: run with `pnpm bench`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, step } from '@sidestep/core';
const ROUNDS = 11;
/** Says when its first line ran, by the clock that both processes share. */
const firstLine = step({ name: 'first-line', stepOperator: true }, (_round) => Date.now());
const called = { at: 0 };
const single = pipeline('first-line', async (round) => {
    called.at = Date.now();
    return (await firstLine(round)).value();
}, { module: import.meta.url });
function median(numbers) {
    const sorted = numbers.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
function bareStart() {
    const start = performance.now();
    execFileSync(process.execPath, ['-e', '']);
    return performance.now() - start;
}
if (import.meta.main) {
    const home = mkdtempSync(join(tmpdir(), 'sidestep-bench-'));
    process.env['SIDESTEP_HOME'] = home;
    try {
        // The first run bundles, and bundles are kept: what it takes is told apart.
        const first = (await single.run(-1)) - called.at;
        const bare = [];
        const steps = [];
        // In turn, so that a machine that changes its speed changes both.
        for (let round = 0; round < ROUNDS; round += 1) {
            bare.push(bareStart());
            steps.push((await single.run(round)) - called.at);
        }
        const bareMs = median(bare);
        console.log(`a local step to its first line, in bare starts of Node (medians of ${ROUNDS}, in one run)`);
        console.log(`  bare start of Node             1.0  (${bareMs.toFixed(0)} ms here, today)`);
        console.log(`  step of a module bundled before ${(median(steps) / bareMs).toFixed(1)}`);
        console.log(`  step of a new module            ${(first / bareMs).toFixed(1)}`);
    }
    finally {
        rmSync(home, { recursive: true, force: true });
    }
}
