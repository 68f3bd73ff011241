import { numRuns } from "../property_runs.ts";
import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { classify, ReferenceModel } from "../../lib/seniority/reference.ts";
import { testModel } from "../models/model_conformance.ts";

testModel("ReferenceModel", () => {
  const model = new ReferenceModel();
  return Promise.resolve({ model, level: classify, [Symbol.asyncDispose]: () => model.close() });
});

/** Titles by their level, a few a line. */
const titles: Record<number, string[]> = {
  1: [
    "Intern | Software Engineering Intern | Intern, Treasury | Summer Internship - Marketing | Trainee",
    "Paralegal | Management Trainee | Apprentice Electrician | Praktikant Vertrieb | Werkstudent (m/w/d)",
    "Stagiaire RH | Account Executive Intern | Entry-Level Analyst | PARALEGAL | Intern to the CEO",
    "Trainee Manager",
  ],
  2: [
    "Software Engineer | Accountant | jr doctor | Jr. Software Engineer | Junior Attorney | mid engineer",
    "Barista | Assistant to the CEO | Executive Assistant to the Managing Director | CEO Assistant",
    "Sales Associate | Administrative Assistant | Warehouse Associate | Associate Software Engineer",
    "International Buyer | Sous Chef | Headhunter | Channel Partner Specialist | Senior Paralegal | !!!",
    "主任 | Partnerships Coordinator | CEO's Assistant | Technician reporting to the CFO | Leadership Coach",
  ],
  3: [
    "Senior Accountant | Lead Engineer | Attorney | Sr. Data Engineer | sr teacher",
    "Senior Data Engineer - Data Flow | Account Executive | Senior Account Executive | Associate",
    "Associate Attorney | Assistant Manager | Avocat | HR Business Partner | Staff Engineer",
    "Rechtsanwältin | Management Consultant | LEAD ENGINEER",
  ],
  4: [
    "Manager | Product Manager | Senior Manager, Tax | Team Lead | Team Leader | Shift Supervisor",
    "Sr Mgr Finance | Paralegal Manager | Partner Marketing Manager | Teamleiter Einkauf | Chef de projet",
    "Assistant Director | Chef d’équipe | Assistant Vice President | Business Partner Manager",
    "Gerente de Ventas | Responsable qualité",
  ],
  5: [
    "Director of Engineering | Head of People | VP of Sales | Vice President, Marketing | V.P. Finance",
    "Chief of Staff | Chief of Staff to the CEO | Senior Director | Directeur | Directrice achats",
    "Head, Treasury | Leiter Vertrieb | Bereichsleiterin Controlling | DIRECTOR",
    "Director, Office of the CFO",
  ],
  6: [
    "Managing Director, Treasury | Attorney, Partner | Managing Director | Partner | Senior Partner",
    "SVP Sales | Executive Director, Equity Research | Geschäftsführer | GESCHÄFTSFÜHRERIN",
    "Geschaftsfuhrer | Senior Vice President | Executive Vice President, Operations | Deputy CEO",
    "Managing Partner - Tax | Directeur général adjoint",
  ],
  7: [
    "CEO | CFO | COO | Chief Executive Officer | Chief Financial Officer (m/f/d) | Chief People Officer",
    "C.E.O. | President & CEO | Founder | Co-Founder | Directeur général | Vorstand",
    "Chief Information Security Officer | President | ceo | Chairman of the Board",
    "Founder and Managing Director",
  ],
};

Deno.test("classify() puts titles into the seven levels", () => {
  const wrong: string[] = [];
  for (const [level, list] of Object.entries(titles)) {
    for (const title of list.flatMap((line) => line.split(" | "))) {
      const found = classify("Acme Corp", title);
      if (found !== Number(level)) wrong.push(`${title}: ${found}, not ${level}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("classify() takes accents written apart for the same", () => {
  assertEquals(classify("", "Geschäftsführer".normalize("NFD")), 6);
});

Deno.test("classify() has a whole level from 1 to 7 for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (company, title) => {
      const level = classify(company, title);
      assert(Number.isInteger(level) && level >= 1 && level <= 7);
    }),
    { numRuns },
  );
});

Deno.test("classify() does not slow down out of proportion on a long title", () => {
  const started = performance.now();
  classify("", "senior assistant to chief of the ".repeat(10_000));
  assert(performance.now() - started < 2_000);
});
