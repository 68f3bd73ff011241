/** The address of the reference model, a word list in this process. */
export const referenceUrl = "reference:";

/** The reference model's name in recipes, so that its answers never mix with a real model's. */
export const referenceModelName = "reference";

/** The default name of every other model. */
export const seniorityModelName = "seniority";
