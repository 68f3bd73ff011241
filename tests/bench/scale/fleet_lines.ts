export interface FleetLinesOptions {
  readonly lines: number;
  /** Titles that all objects draw from. */
  readonly shared: number;
}

/** The titles of an object's lines: nine of ten of a pool that all objects share, the tenth its own. */
export function fleetLines(
  object: number,
  { lines, shared }: FleetLinesOptions,
) {
  const titles = Array.from({ length: lines }, (_, line) => {
    const place = object * lines + line;
    // A step that shares no factor with the pool goes through all of it.
    return line % 10 === 0 ? `own ${place}` : `shared ${place * 7_919 % shared}`;
  });
  return {
    titles,
    /** The object's text; with levels, that of its output. */
    lines: (levelOf?: (title: string) => number) =>
      titles.map((title, line) => {
        const record = {
          company: "Acme",
          title,
          location: "Toronto, Ontario, Canada",
          scraped_on: line,
        };
        const level = levelOf?.(title);
        return `${
          JSON.stringify(
            level === undefined ? record : { ...record, seniority: level },
          )
        }\n`;
      }).join(""),
  };
}
