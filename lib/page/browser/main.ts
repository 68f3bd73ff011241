import { maxPoints, type Point, type Snapshot } from "../../telemetry/snapshot.ts";
import { makeCharts } from "./charts.ts";
import { stayConnected } from "./connection.ts";
import { attribute, byId, show } from "./elements.ts";
import { writeFigures } from "./figures.ts";

const charts = makeCharts();
let points: Point[] = [];
let snapshot: Snapshot | undefined;
let isPaused = false;

/** Shows the last snapshot; does nothing while the page is hidden. */
function render(): void {
  if (snapshot === undefined || isPaused || document.hidden) return;
  show(byId("content"), true);
  show(byId("pause"), true);
  writeFigures(snapshot, points.at(-1));
  charts.update(points);
}

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  attribute(byId("pause"), "aria-pressed", String(isPaused));
  render();
});
document.addEventListener("visibilitychange", render);

stayConnected({
  history(given) {
    points = given.slice(-maxPoints);
    render();
  },
  state(second) {
    snapshot = second.snapshot;
    // The history may end with the first second already.
    if (points.at(-1)?.timeMs === second.point.timeMs) points.pop();
    points.push(second.point);
    if (points.length > maxPoints) points.shift();
    render();
  },
  hasEnded: () => snapshot && snapshot.state === "ended",
});
