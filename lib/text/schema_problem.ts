import * as v from "valibot";

/** How much of a value is shown, in UTF-16 units. */
const maxShownLength = 200;

/** What is wrong with a value that a schema does not take, without a period: `keys.0.title is missing`. */
export function schemaProblem(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "it";
  if (issue.received === "undefined") return `${path} is missing`;
  if (issue.type === "non_empty") return `${path} is empty`;
  if (issue.expected === null) return `${path} ${issue.message}`;
  return `${path} is ${cut(issue.received)}, not ${issue.expected}`;
}

/** The beginning of what was found, for an error. */
export function cut(found: string): string {
  return found.length > maxShownLength ? `${found.slice(0, maxShownLength)}…` : found;
}
