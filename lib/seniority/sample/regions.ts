/** The words that sample postings are made of, by the region that a company is in. */
export interface Region {
  /** A company's name is one word of each list. */
  readonly companyWords: readonly (readonly string[])[];
  /** Titles without qualifier, each once. */
  readonly titles: readonly string[];
  /** What may follow a title; the first, which is empty, most often does. */
  readonly qualifiers: readonly string[];
  readonly locations: readonly string[];
}

const roles = words(
  `Accountant|Accounts Payable Clerk|Actuary|Administrative Assistant|Aerospace Engineer|Analyst|Android Developer|
Application Support Specialist|Architect|Attorney|Backend Engineer|Bookkeeper|Brand Designer|Business Analyst|Buyer|
Call Center Agent|Care Coordinator|Carpenter|Case Worker|Cashier|Chemist|Civil Engineer|Claims Adjuster|
Clinical Research Associate|Cloud Engineer|Compliance Analyst|Content Writer|Copywriter|Credit Analyst|
Customer Success Specialist|Data Analyst|Data Engineer|Data Scientist|Database Administrator|Delivery Driver|
Dental Hygienist|DevOps Engineer|Dispatcher|Electrical Engineer|Electrician|Embedded Software Engineer|
Environmental Scientist|Event Planner|Field Service Technician|Financial Analyst|Forklift Operator|
Frontend Developer|Full Stack Developer|Game Designer|Graphic Designer|Hardware Engineer|Help Desk Technician|
HVAC Technician|Industrial Designer|Instructional Designer|Interior Designer|Inventory Specialist|
Investment Analyst|iOS Developer|Java Developer|Journalist|Lab Technician|Legal Assistant|Librarian|Loan Officer|
Logistics Coordinator|Machine Learning Engineer|Machinist|Maintenance Technician|Market Research Analyst|
Mechanical Engineer|Medical Assistant|Medical Coder|Merchandiser|Network Engineer|Occupational Therapist|
Packaging Engineer|Payroll Specialist|Pharmacist|Photographer|Physical Therapist|Pipefitter|Planner|Plumber|
Policy Analyst|Process Engineer|Procurement Specialist|Product Designer|Production Operator|Quality Engineer|
Recruiter|Registered Nurse|Research Scientist|Safety Engineer|Salesforce Developer|Scrum Master|
Security Analyst|Site Reliability Engineer|Social Media Specialist|Software Engineer|Solutions Engineer|
Speech Therapist|Statistician|Structural Engineer|Supply Chain Analyst|Surveyor|Systems Administrator|
Tax Accountant|Teacher|Technical Writer|Test Engineer|Translator|Truck Driver|Underwriter|UX Researcher|
Warehouse Worker|Web Developer|Welder`,
);

const functions = words(
  `Accounting|Analytics|Brand Marketing|Business Development|Communications|Compliance|Corporate Strategy|
Customer Success|Data Platform|Digital Products|Engineering|Facilities|Finance|Government Affairs|
Human Resources|Information Security|Internal Audit|Investor Relations|Legal|Logistics|Manufacturing|
Merchandising|Operations|Procurement|Product|Quality|Real Estate|Research|Risk|Sales|Supply Chain|
Talent Acquisition|Tax|Treasury`,
);

const executiveFunctions = words(`Asset Management|Capital Markets|Equity Research|Healthcare|Infrastructure|
Investment Banking|Mergers & Acquisitions|Private Credit|Real Estate|Technology|Treasury`);

const english: Region = {
  companyWords: [
    words(
      `Acorn|Alder|Amber|Anchor|Apex|Aspen|Atlas|Beacon|Birch|Blue Ridge|Bright|Cascade|Cedar|Clear|Cobalt|Copper|
Coral|Crescent|Crown|Delta|Eagle|East Bay|Ember|Evergreen|Falcon|First|Forge|Garnet|Golden Gate|Granite|Great Lakes|
Harbor|Hawthorn|Heron|High Desert|Horizon|Iron|Juniper|Keystone|Lakeside|Laurel|Liberty|Lone Star|Magnolia|Maple|
Meridian|Mesa|Midland|Mill Creek|Nimbus|North Shore|Oak|Orchard|Osprey|Pacific|Pine|Pioneer|Prairie|Quarry|Redwood|
River|Saffron|Sage|Sierra|Silver|Spruce|Sterling|Stone|Summit|Tidewater|Timber|Union|Vanguard Point|Vista|West End|
Willow|Café Aurora|O'Hara &`,
    ),
    words(`Analytics|Apparel|Aviation|Bank|Biosciences|Brewing|Builders|Capital|Care|Chemicals|Clinics|Cloud|
Components|Consulting|Credit|Data|Dental|Design|Diagnostics|Dynamics|Education|Electric|Energy|Engineering|Farms|
Financial|Foods|Freight|Games|Health|Home|Hotels|Insurance|Interactive|Labs|Legal|Logistics|Manufacturing|Marine|
Markets|Media|Medical|Metals|Mobility|Motors|Networks|Outdoors|Packaging|Partners|Paper|Pharma|Power|Rail|Realty|
Retail|Robotics|Security|Semiconductor|Software|Staffing|Studios|Supply|Systems|Telecom|Textiles|Tools|Travel|
Utilities|Ventures|Water`).map((word) => ` ${word}`),
    [
      "",
      " Inc.",
      ", Inc.",
      " LLC",
      " Ltd",
      " Group",
      " Corp.",
      " Co.",
      " Holdings",
      " International",
      " of America",
      " & Sons",
      " USA",
    ],
  ],
  titles: [
    ...combine(["", "Senior ", "Junior ", "Lead ", "Sr. ", "Principal "], roles),
    ...combine(functions, [" Intern", " Trainee", " Manager"]),
    ...combine(["Senior Manager, ", "Director of ", "Head of ", "VP of "], functions),
    ...combine(["Managing Director, ", "Partner, ", "Executive Director, "], executiveFunctions),
    ...words(
      `Chief Executive Officer|CEO|Chief Financial Officer|CFO|Chief Operating Officer|COO|Chief Technology Officer|
Chief Marketing Officer|Chief People Officer|Chief Information Security Officer|Chief Risk Officer|Paralegal|
Senior Paralegal|Attorney, Partner|Associate Attorney|Chief of Staff|Account Executive|Senior Account Executive|
Assistant to the CEO|Sales Associate|Store Manager|Assistant Store Manager|Project Manager|Team Lead|Barista|
Line Cook|Résumé Coach|Pâtissier|Maître d'Hôtel|Summer Associate|Management Trainee|HR Business Partner`,
    ),
  ],
  qualifiers: [
    "",
    " (Remote)",
    " - Night Shift",
    " II",
    " III",
    ", North America",
    " - Part Time",
    " (Contract)",
    " | Hybrid",
    " - EMEA",
    ' ("Fast Track")',
    " - Growth",
  ],
  locations: words(`New York, NY|New York, NY|Los Angeles, CA|Chicago, IL|Chicago, IL|Houston, TX|Phoenix, AZ|
Philadelphia, PA|San Antonio, TX|San Diego, CA|Dallas, TX|Austin, TX|Jacksonville, FL|Columbus, OH|
Charlotte, NC|Indianapolis, IN|Seattle, WA|Denver, CO|Washington, DC|Boston, MA|El Paso, TX|Nashville, TN|
Detroit, MI|Portland, OR|Las Vegas, NV|Memphis, TN|Louisville, KY|Baltimore, MD|Milwaukee, WI|Albuquerque, NM|
Tucson, AZ|Fresno, CA|Sacramento, CA|Kansas City, MO|Atlanta, GA|Omaha, NE|Raleigh, NC|Miami, FL|Tampa, FL|
Tulsa, OK|Oakland, CA|Minneapolis, MN|Cleveland, OH|Salt Lake City, UT|Boise, ID|Burlington, VT|Remote - US|
London, United Kingdom|London, United Kingdom|Manchester, United Kingdom|Edinburgh, United Kingdom|
Dublin, Ireland|Toronto, ON, Canada|Vancouver, BC, Canada|Calgary, AB, Canada|Sydney, NSW, Australia|
Melbourne, VIC, Australia|Auckland, New Zealand|Singapore|Bengaluru, Karnataka, India|Montréal, QC, Canada|São Paulo, Brazil`),
};

const german: Region = {
  companyWords: [
    words(
      `Bäcker|Brandt|Büchner|Eichhorn|Falkner|Fröhlich|Götz|Grünwald|Hartmann|Jäger|Köhler|König|Krüger|Lindner|
Löwe|Möller|Müller|Neumann|Nordlicht|Rheinblick|Richter|Röder|Sauer|Schäfer|Schröder|Schütz|Seewald|Sommer|Stöhr|
Süd-Ost|Talmühle|Vögele|Weiß|Wörner|Zöller|Österwald`,
    ),
    [
      " Anlagenbau",
      " Bau",
      " Chemie",
      " Druck",
      " Elektronik",
      " Energie",
      " Feinmechanik",
      " Handel",
      " Immobilien",
      " Lebensmittel",
      " Logistik",
      " Maschinenbau",
      " Medizintechnik",
      " Möbel",
      " Optik",
      " Pharma",
      " Software",
      " Spedition",
      " Stahl",
      " Textil",
      " Verlag",
      " Versicherungen",
      " Werkzeuge",
      " Wohnbau",
    ],
    [" GmbH", " AG", " GmbH & Co. KG", " SE"],
  ],
  titles: combine(
    [
      "Praktikant ",
      "Werkstudent ",
      "Junior-Referent ",
      "Sachbearbeiter ",
      "Referent ",
      "Senior-Spezialist ",
      "Teamleiter ",
      "Abteilungsleiter ",
      "Leiter ",
      "Geschäftsführer ",
    ],
    words(`Arbeitssicherheit|Buchhaltung|Controlling|Datenschutz|Einkauf|Elektrotechnik|Entwicklung|Finanzen|
Fuhrpark|Informatik|Instandhaltung|Kommunikation|Konstruktion|Kundendienst|Lager|Logistik|Marketing|Montage|
Öffentlichkeitsarbeit|Personal|Produktion|Qualitätssicherung|Recht|Übersetzung|Vertrieb`),
  ),
  qualifiers: ["", " (m/w/d)", " (w/m/d)", " in Teilzeit", " (befristet)"],
  locations: words(`München, Deutschland|Köln, Deutschland|Berlin, Deutschland|Düsseldorf, Deutschland|
Hamburg, Deutschland|Nürnberg, Deutschland|Zürich, Schweiz|Wien, Österreich|Graz, Österreich|
Stuttgart, Deutschland|Münster, Deutschland|Saarbrücken, Deutschland`),
};

const french: Region = {
  companyWords: [
    words(
      `Ateliers|Boulangeries|Cliniques|Comptoirs|Compagnie|Éditions|Énergies|Forges|Hôtels|Laboratoires|Librairies|
Logiciels|Maison|Manufacture|Messageries|Papeteries|Pépinières|Société|Transports|Vergers|Verreries|Crèches`,
    ),
    [
      " Beauséjour",
      " Bélanger",
      " Bonnet",
      " Chénier",
      " Côte d'Émeraude",
      " Delorme",
      " Desprès",
      " du Littoral",
      " Fontaine",
      " Gaillard",
      " Grandpré",
      " Héloïse",
      " Lacombe",
      " Lefèvre",
      " Léman",
      " Marchand",
      " Mercier",
      " Moulin-Vert",
      " Noël",
      " Orléanaise",
      " Pélissier",
      " Rhône-Alpes",
      " Rivière",
      " Saint-Émile",
      " Thévenet",
      " Valérien",
      " Verdier",
      " Île-de-France",
    ],
    ["", " SA", " SAS", " & Fils", " SARL"],
  ],
  titles: combine(
    [
      "Stagiaire ",
      "Alternant ",
      "Assistant ",
      "Chargé de mission ",
      "Technicien ",
      "Consultant senior ",
      "Responsable ",
      "Chef de projet ",
      "Directeur ",
      "Directeur général adjoint ",
    ],
    words(
      `achats|approvisionnement|audit interne|bureau d'études|comptabilité|communication|contrôle de gestion|
développement|données|exploitation|finances|formation|génie civil|hôtellerie|immobilier|informatique|juridique|
logistique|maintenance|marketing|méthodes|production|qualité|recherche|relation client|ressources humaines|
sécurité|travaux|trésorerie|ventes`,
    ),
  ),
  qualifiers: ["", " (H/F)", " - CDI", " - temps partiel"],
  locations: words(`Paris, Île-de-France|Lyon, Auvergne-Rhône-Alpes|Marseille, Provence-Alpes-Côte d'Azur|
Toulouse, Occitanie|Orléans, Centre-Val de Loire|Genève, Suisse|Liège, Belgique|Québec, QC, Canada|
Saint-Étienne, France|Besançon, France|Nantes, France`),
};

/** The regions of a company, by its number: of 64 companies, 62 are in the first, one each in the others. */
export const regions = { english, german, french } as const;

/** Words between bars; a line may end after one. */
function words(list: string): string[] {
  return list.split(/\|\n?/);
}

/** Every first with every second. */
function combine(firsts: readonly string[], seconds: readonly string[]): string[] {
  return firsts.flatMap((first) => seconds.map((second) => first + second));
}
