/** Work modes and hours, shifts, kinds of contract, and calls for applicants, where they stand apart. */
const list =
  `remote|fully remote|100 remote|remote work|remote ok|remote possible|remote option|wfh|work from home|
working from home|work from anywhere|anywhere|home based|home office|homeoffice|telecommute|telework|teleworking|
virtual|hybrid|hybrid remote|hybrid working|flexible|flex|on site|onsite|in office|office based|field based|in person|
full time|fulltime|part time|parttime|ft|pt|full or part time|flexible hours|job share|zero hours|hourly|salaried|
contract|contractor|fixed term|ftc|temporary|temp|temp to hire|temp to perm|contract to hire|permanent|perm|seasonal|
freelance|per diem|prn|casual|month contract|months contract|w2|c2c|1099|maternity cover|maternity leave cover|
day shift|days shift|night shift|nights shift|nights|evening shift|evenings|weekend shift|weekends|1st shift|2nd shift|
3rd shift|first shift|second shift|third shift|swing shift|graveyard shift|rotating shift|rotating shifts|overnight|
overnights|early shift|late shift|day and night shift|
urgent|urgently|urgent hiring|urgently hiring|urgent requirement|urgently required|asap|immediate start|
immediate hire|immediate joiner|immediate joiners|start asap|now hiring|hiring now|we are hiring|we're hiring|hiring|
apply now|new|new role|new opening|brand new|hot job|hot|
remote möglich|mobiles arbeiten|mobiles arbeiten möglich|homeoffice möglich|hybrides arbeiten|vor ort|vollzeit|teilzeit|
in vollzeit|in teilzeit|vollzeit oder teilzeit|voll oder teilzeit|voll und teilzeit|voll teilzeit|in voll oder teilzeit|
befristet|unbefristet|festanstellung|in festanstellung|freiberuflich|nachtschicht|frühschicht|spätschicht|
tagschicht|schichtarbeit|im schichtdienst|schichtdienst|wechselschicht|dringend|dringend gesucht|gesucht|ab sofort|
sofort|zum nächstmöglichen zeitpunkt|neu|alle geschlechter|
télétravail|télétravail partiel|télétravail possible|full télétravail|100 télétravail|à distance|distanciel|hybride|
présentiel|sur site|temps plein|temps partiel|à temps plein|à temps partiel|temps complet|mi temps|à mi temps|cdi|cdd|
intérim|cdi temps plein|cdi temps partiel|équipe de nuit|équipe de jour|poste de nuit|de nuit|de jour|urgence|
recrutement urgent|nouveau|tous genres|
teletrabajo|remoto|en remoto|100 remoto|a distancia|híbrido|presencial|semipresencial|jornada completa|media jornada|
jornada parcial|tiempo completo|tiempo parcial|a tiempo completo|a tiempo parcial|indefinido|contrato indefinido|
contrato temporal|temporal|turno noche|turno de noche|turno mañana|turno de mañana|turno tarde|turno de tarde|
turno rotativo|urgente|incorporación inmediata|nuevo|se busca|
teletrabalho|home office|trabalho remoto|tempo integral|tempo parcial|meio período|período integral|clt|pj|efetivo|
temporário|turno noturno|turno da noite|turno da manhã|vaga urgente|início imediato|
telelavoro|smart working|da remoto|ibrido|in sede|in presenza|tempo pieno|a tempo pieno|part time orizzontale|
tempo determinato|tempo indeterminato|a tempo indeterminato|a tempo determinato|turno notturno|turno di notte|nuovo|
ricerca urgente|
thuiswerken|thuiswerk|op afstand|op locatie|voltijd|voltijds|deeltijd|deeltijds|fulltime of parttime|vast|
vast contract|tijdelijk|nachtdienst|dagdienst|avonddienst|ploegendienst|dringend gezocht|gezocht|nieuw|per direct|
all genders|all gender|alle genders|gn|mwd|wmd|mfd|fmd|mfx|fmx|mwx|m w d|f m d|m f d|m f x|f m x`;

/** What says nothing of the work and stands apart from it; words with one space between them, folded. */
export const asideWords: readonly string[] = list.split(/\s*\|\s*/);

/** Of these, what may as well be the trade where it stands first: `contract - manager`, `hot - line cook`. */
export const tradeWords: ReadonlySet<string> = new Set(
  ("contract|contractor|temp|temporary|seasonal|casual|virtual|field based|hourly|salaried|flex|flexible|" +
    "hot|nights|weekends|evenings|efetivo|vast|pj|temporal|in person|overnight|perm|permanent").split("|"),
);

/** What may stand between them. */
export const linkWords: ReadonlySet<string> = new Set(
  ("in|at|or|and|from|within|based|location|office|area|greater|near|hours|week|per|work|option|x|" +
    "in|bei|oder|und|raum|großraum|standort|nähe|ort|ou|et|à|a|lieu|basé|o|y|en|e|em|sede|zona|ubicación|te|regio")
    .split("|"),
);
