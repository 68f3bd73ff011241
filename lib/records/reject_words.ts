import type { RejectReason } from "./reject.ts";

/** What is wrong with a record that was set aside, by reason, as it stands behind "line 3:". */
export const rejectWords: Readonly<Record<RejectReason, string>> = {
  invalid_json: "not JSON",
  not_an_object: "JSON, but not an object",
  missing_key_field: "a key field is missing",
  null_key_field: "a key field is null",
  key_field_not_text: "a key field is not text",
  invalid_key: "the key cannot be sent to the model",
  invalid_utf8: "not UTF-8",
  line_too_long: "line too long",
  invalid_csv: "CSV with a stray or unclosed quote",
  ragged_row: "CSV row with too many or too few fields",
  model_refused: "the model rejects the question",
};

/** The same of one record: with the field that is at fault, where that is known. */
export function wordsOf(
  { field, reason }: { readonly reason: RejectReason; readonly field?: string },
): string {
  return field === undefined
    ? rejectWords[reason]
    : rejectWords[reason].replace("a key field", `the field ${JSON.stringify(field)}`);
}
