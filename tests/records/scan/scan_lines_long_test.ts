import { testArrangements, testNumbers, testUtf8 } from "./scan_lines_cases.ts";

testUtf8(1);
testNumbers(5);
testArrangements(5);
