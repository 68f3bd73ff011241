import { assert, assertEquals } from "@std/assert/mod.js";
import { NearTitles } from "../../lib/shortcuts/near_titles.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { answersOf } from "../records/stages/answering.ts";
import { Serving } from "../service/serving.ts";
import { exposition, lintProblems } from "./exposition.ts";
import { monitorOf } from "./monitored.ts";

Deno.test("Metrics of serve pass the rules of promtool check metrics", async () => {
  await using serving = await Serving.start();
  await (await serving.records('{"company":"Acme","title":"a"}\nno json\n'))
    .body?.cancel();
  await (await serving.answers([{ company: "Acme", title: "b" }])).body
    ?.cancel();
  const response = await serving.fetch("/metrics");
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  const text = await response.text();
  assertEquals(lintProblems(exposition(text)), []);
  assert(text.includes("sluice_requests_total{"));
});

Deno.test("Metrics of watch pass the same rules", async () => {
  const objects = {
    found: 9,
    skipped: 1,
    done: 2,
    failed: 3,
    failedAttempts: 7,
    gone: 1,
    ignored: 2,
  };
  using monitored = monitorOf({ command: "watch", objects: () => objects });
  const { monitor } = monitored;
  monitor.callEnded({ questions: 7, seconds: 0.3, hasFailed: true });
  const text = await monitor.metrics.text();
  assertEquals(lintProblems(exposition(text)), []);
  assert(text.includes('sluice_objects_total{outcome="failed"} 7\n'));
  assert(text.includes("sluice_objects_failed 3\n"));
});

Deno.test("Metrics say how near titles agree, where they may share answers", async () => {
  const nearTitles = new NearTitles({
    target: 0.99,
    sampleShare: 0.05,
    onChange: () => {},
  });
  const answers = answersOf(new InProcessModel(), { shortcut: nearTitles });
  using monitored = monitorOf({ command: "watch", answers });
  Object.assign(answers.counts, { seen: 9, cluster: 4, rare: 5 });
  const text = await monitored.monitor.metrics.text();
  assertEquals(lintProblems(exposition(text)), []);
  for (
    const line of [
      "sluice_cluster_up 0",
      "sluice_cluster_agreement 0",
      "sluice_cluster_stops_total 0",
      'sluice_keys_total{source="cluster"} 4',
      'sluice_keys_total{source="rare"} 5',
    ]
  ) {
    assert(text.includes(`${line}\n`), line);
  }
  assertEquals(monitored.monitor.snapshot().nearTitles?.threshold, null);
  using without = monitorOf();
  assert(!(await without.monitor.metrics.text()).includes("cluster"));
});

Deno.test("lintProblems() finds what promtool finds", () => {
  const family = (name: string, type: string, sample = `${name} 1`) =>
    exposition(`# HELP ${name} Help.\n# TYPE ${name} ${type}\n${sample}\n`);
  const bad: [families: ReturnType<typeof exposition>, problem: string][] = [
    [exposition("# TYPE a_total counter\na_total 1\n"), "a_total has no help"],
    [family("a", "counter"), "a is a counter without _total"],
    [family("a_total", "gauge"), "a_total is no counter, but ends in _total"],
    [family("a_gauge", "gauge"), "a_gauge names its type"],
    [
      family("a_milliseconds", "gauge"),
      "a_milliseconds has milliseconds, not a base unit",
    ],
    [family("a_secs", "gauge"), "a_secs has the short unit secs"],
    [family("a_count", "gauge"), "a_count has a reserved suffix"],
    [family("aB", "gauge"), "aB is not in snake case"],
    [family("a:b", "gauge"), "a:b has a colon"],
    [family("a", "gauge", 'a{le="1"} 1'), "a has the reserved label le"],
    [
      family("a", "gauge", 'a{bC="1"} 1'),
      "a has the label bC, not in snake case",
    ],
    [family("a", "gauge", 'a{b="1"} 1\na{b="1"} 2'), 'a has a{b="1"} twice'],
  ];
  for (const [families, problem] of bad) {
    assertEquals(lintProblems(families), [problem]);
  }
});
