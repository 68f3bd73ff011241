import { DCLinter } from "dclint";

/** Rules that are about the order of keys and names: the order here is for readers. */
const rulesOfOrder = [
  "service-dependencies-alphabetical-order",
  "service-keys-order",
  "service-ports-alphabetical-order",
  "services-alphabetical-order",
  "top-level-properties-order",
] as const;

/**
 * What is wrong with a Compose file, by the Compose Specification's JSON schema and the rules of dclint: images without a
 * tag, ports open to all hosts, names given twice and so on. Empty where nothing is. The rules look at what is written,
 * the schema at what comes of it when `<<` is merged in.
 */
export function composeProblems(path: string): string[] {
  const linter = new DCLinter({
    rules: {
      ...Object.fromEntries(rulesOfOrder.map((rule) => [rule, 0 as const])),
      // One service builds the image that all others use.
      "no-build-and-image": [1, { checkPullPolicy: true }],
      "require-quotes-in-ports": [1, { quoteType: "double" }],
    },
    quiet: false,
    debug: false,
    exclude: [],
  });
  return linter.lintFiles([path], false).flatMap(({ messages }) =>
    messages.map(({ rule, line, message }) => `${rule}, line ${line}: ${message}`)
  );
}
