const cities =
  `new york|new york city|nyc|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|
dallas|austin|jacksonville|san jose|fort worth|columbus|charlotte|indianapolis|san francisco|sf|bay area|
san francisco bay area|silicon valley|palo alto|mountain view|sunnyvale|santa clara|seattle|denver|washington|
washington dc|boston|el paso|nashville|detroit|portland|las vegas|memphis|louisville|baltimore|milwaukee|
albuquerque|tucson|fresno|sacramento|kansas city|atlanta|omaha|raleigh|durham|miami|tampa|orlando|tulsa|oakland|
minneapolis|cleveland|cincinnati|pittsburgh|st louis|saint louis|new orleans|salt lake city|boise|honolulu|
richmond|norfolk|brooklyn|manhattan|jersey city|newark|long island|irvine|long beach|colorado springs|anchorage|
london|manchester|birmingham|leeds|liverpool|bristol|sheffield|nottingham|leicester|newcastle|southampton|oxford|
cambridge|brighton|milton keynes|edinburgh|glasgow|aberdeen|cardiff|belfast|dublin|cork|galway|limerick|
toronto|montreal|montréal|vancouver|calgary|ottawa|edmonton|winnipeg|québec|mississauga|sydney|melbourne|brisbane|
perth|adelaide|canberra|auckland|wellington|singapore|hong kong|tokyo|osaka|seoul|shanghai|beijing|shenzhen|taipei|
bangkok|jakarta|manila|kuala lumpur|hanoi|mumbai|delhi|new delhi|bangalore|bengaluru|hyderabad|chennai|pune|kolkata|
gurgaon|gurugram|noida|karachi|lahore|dubai|abu dhabi|riyadh|doha|tel aviv|istanbul|cairo|lagos|nairobi|
johannesburg|cape town|casablanca|
berlin|hamburg|münchen|munich|köln|cologne|frankfurt|frankfurt am main|stuttgart|düsseldorf|dortmund|leipzig|bremen|
dresden|hannover|nürnberg|nuremberg|duisburg|bochum|wuppertal|bielefeld|bonn|münster|mannheim|karlsruhe|augsburg|
wiesbaden|mainz|freiburg|kiel|lübeck|erfurt|rostock|kassel|saarbrücken|heidelberg|ulm|würzburg|regensburg|
ingolstadt|wien|vienna|graz|linz|salzburg|innsbruck|zürich|zurich|genf|geneva|genève|basel|bern|lausanne|luzern|
paris|lyon|marseille|toulouse|nantes|bordeaux|lille|strasbourg|montpellier|rennes|grenoble|rouen|toulon|dijon|
angers|orléans|clermont ferrand|saint étienne|besançon|île de france|la défense|bruxelles|brussels|brussel|liège|
luxembourg|madrid|barcelona|valencia|sevilla|seville|zaragoza|málaga|malaga|bilbao|alicante|granada|ciudad de méxico|
mexico city|cdmx|guadalajara|monterrey|bogotá|bogota|medellín|medellin|buenos aires|santiago|
santiago de chile|quito|montevideo|caracas|são paulo|sao paulo|rio de janeiro|belo horizonte|curitiba|porto alegre|
recife|salvador|brasília|brasilia|fortaleza|campinas|florianópolis|lisboa|lisbon|porto|braga|coimbra|milano|milan|
roma|rome|torino|turin|napoli|naples|bologna|firenze|florence|genova|venezia|verona|padova|palermo|amsterdam|
rotterdam|den haag|the hague|utrecht|eindhoven|groningen|tilburg|antwerpen|antwerp|gent|copenhagen|københavn|
stockholm|göteborg|malmö|oslo|helsinki|warsaw|warszawa|kraków|krakow|wrocław|wroclaw|gdańsk|poznań|prague|praha|
brno|budapest|bucharest|sofia|athens|belgrade|zagreb|ljubljana|bratislava|vilnius|riga|tallinn|kyiv`;

const countries = `us|usa|united states|united states of america|uk|united kingdom|england|scotland|wales|
northern ireland|ireland|canada|australia|new zealand|germany|deutschland|allemagne|alemania|alemanha|germania|
duitsland|austria|österreich|autriche|switzerland|schweiz|suisse|svizzera|suiza|suíça|zwitserland|france|frankreich|
francia|frança|frankrijk|spain|spanien|espagne|españa|espanha|spagna|spanje|portugal|italy|italien|italie|italia|itália|
netherlands|the netherlands|niederlande|nederland|pays bas|holland|belgium|belgien|belgique|belgië|denmark|sweden|
norway|finland|poland|polen|pologne|polonia|czech republic|czechia|hungary|romania|bulgaria|greece|croatia|serbia|
slovenia|slovakia|estonia|latvia|lithuania|ukraine|turkey|israel|uae|united arab emirates|saudi arabia|qatar|egypt|
morocco|nigeria|kenya|south africa|india|pakistan|bangladesh|sri lanka|china|japan|south korea|taiwan|thailand|vietnam|
indonesia|malaysia|philippines|mexico|méxico|brazil|brasil|argentina|chile|colombia|peru|perú|ecuador|uruguay`;

const states = `alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|hawaii|idaho|
illinois|indiana|iowa|kansas|kentucky|louisiana|maryland|massachusetts|michigan|minnesota|mississippi|missouri|
montana|nebraska|nevada|new hampshire|new jersey|new mexico|north carolina|north dakota|ohio|oklahoma|oregon|
pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|west virginia|wisconsin|
wyoming|ontario|british columbia|alberta|new south wales|queensland|karnataka|bavaria|bayern|hessen|sachsen|
nordrhein westfalen|nrw|baden württemberg`;

/**
 * Large cities, countries, and states of federations, in their own language and others; words with one space between
 * them, folded. No region of several countries, which is how far a manager's word reaches (`director, emea`), and no
 * place with the name of a thing, of an activity or of a rank (`Mobile`, `Reading`, `Essen`, `Georgia`).
 */
export const places: readonly string[] = [cities, countries, states].flatMap((list) =>
  list.split(/\s*\|\s*/)
);

/**
 * What counts as a place behind a place only: by itself, `pa` is a trade, `or` and `in` are words. No `md`, which is
 * a managing director too.
 */
export const stateCodes: ReadonlySet<string> = new Set(
  ("al ak az ar ca co ct dc de fl ga hi id il in ia ks ky la me ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or " +
    "pa ri sc sd tn tx ut vt va wa wv wi wy on qc bc ab mb sk ns nb nsw vic qld georgia").split(" "),
);
