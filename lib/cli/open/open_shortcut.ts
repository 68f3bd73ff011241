import type { Shortcut } from "../../answers/shortcut.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import type { CountMinSketch } from "../../shortcuts/count_min_sketch.ts";
import type { Tell } from "../../text/tell.ts";

/**
 * The shortcuts of a recipe. Their code is loaded only when they are used.
 *
 * @param sketch How many records had which pair; without it, rare pairs are asked.
 */
export async function openShortcut(
  { cluster, rare }: Recipe,
  sketch: CountMinSketch | undefined,
  onChange: Tell,
): Promise<Shortcut | undefined> {
  const shortcuts: Shortcut[] = [];
  if (cluster !== undefined) {
    const { NearTitles } = await import("../../shortcuts/near_titles.ts");
    shortcuts.push(
      new NearTitles({ target: cluster.agreement, sampleShare: cluster.sample, onChange }),
    );
  }
  if (rare !== undefined && sketch !== undefined) {
    const { RarePairs } = await import("../../shortcuts/rare_pairs.ts");
    shortcuts.push(new RarePairs({ ...rare, sketch }));
  }
  if (shortcuts.length < 2) return shortcuts[0];
  return new (await import("../../shortcuts/shortcut_chain.ts")).ShortcutChain(shortcuts);
}
