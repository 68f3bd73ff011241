/** Stands for `null` where a way leaves a record unanswered: it is no level. */
export const noAnswer = 255;
