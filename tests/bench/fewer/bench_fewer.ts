/**
 * What each shortcut and normalization saves, and what it changes: one row for each of `strategies.ts`.
 *
 *     deno task bench:fewer [--records N] [--pairs N] [--runs N] [--decorated SHARE] [--seed N] [--rounds N]
 *                           [--only TEXT] [--json]
 *
 * The records are those of `sluice sample`, spread over `--runs`; `--decorated` of them have titles as advertisers
 * write them. The model is the reference model; "changed" is against asking it about every record as it is written,
 * "as the plain title" against what it says of the title before it was dressed up. `--only` takes the strategies whose names
 * hold the text.
 */
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { machineText } from "../machine_text.ts";
import { wholeFlag } from "../whole_flag.ts";
import { fewerData } from "./fewer_data.ts";
import { type MeasuredStrategy, measureStrategy, shareOf } from "./measure_strategy.ts";
import { normalizingRates } from "./normalizing_rates.ts";
import { strategyTable } from "./strategy_table.ts";
import { strategies } from "./strategies.ts";

const { values } = parseArgs({
  options: {
    decorated: { type: "string", default: "0.4" },
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    pairs: { type: "string", default: "34000" },
    records: { type: "string", default: "400000" },
    rounds: { type: "string", default: "5" },
    runs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});
const decorated = Number(values.decorated);
if (!(decorated >= 0 && decorated <= 1)) {
  throw new RangeError(
    `Cannot measure: --decorated must be a share from 0 to 1, not ${values.decorated}`,
  );
}
const options = {
  records: wholeFlag("records", values.records, 1),
  pairs: wholeFlag("pairs", values.pairs, 1),
  runs: wholeFlag("runs", values.runs, 1),
  seed: wholeFlag("seed", values.seed, 0),
  decorated,
};
const rounds = wholeFlag("rounds", values.rounds, 1);
const machine = await describeMachine("no Redis");
const data = fewerData(options);
const asPlain = shareOf(data.levels, data.plainLevels, true);
const measured: MeasuredStrategy[] = [];
for (const strategy of strategies) {
  if (strategy.name.includes(values.only)) {
    measured.push(await measureStrategy(strategy, data, rounds));
  }
}
const rates = normalizingRates(data.titles, rounds);
if (values.json) {
  console.log(
    JSON.stringify(
      { machine, options, asked: data.asked, asPlain, ways: measured, rates },
      undefined,
      2,
    ),
  );
} else {
  const { byRecord, byRun, distinct } = data.asked;
  const number = (count: number) => Math.round(count).toLocaleString("en-US");
  console.log(`${machineText(machine)}
${number(byRecord)} records in ${options.runs} runs, ${
    number(options.pairs)
  } pairs of company and plain title, \
${decorated * 100} % of the titles dressed up; seed ${options.seed}, ${rounds} rounds
Distinct questions: ${number(byRun)} run by run, ${number(distinct)} in all; asked one by one, \
${(asPlain * 100).toFixed(2)} % are answered as the plain title

${strategyTable(measured)}
Normalising, titles a second: fold ${number(rates.fold)}, titles ${number(rates.titles)}, \
remembered ${number(rates.titlesRemembered)}`);
}
