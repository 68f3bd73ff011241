/** How many cases a property is tried with: 10,000 in `deno task test:properties`. */
export const numRuns = Number(Deno.env.get("TEST_PROPERTY_RUNS") ?? 300);
