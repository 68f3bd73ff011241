/**
 * Words that express a level, or lead to one (`of`, `to`), in the languages that postings come in most. What they stand in
 * must not be taken for what they do not: no rule may take one out, and titles that differ in one are kept apart.
 */
export const levelWords: readonly string[] =
  `senior snr sr junior jnr jr lead leader leading head chief vp svp evp avp cvp president vice director dir manager mgr mngr
management assistant asst associate assoc intern interns internship trainee apprentice apprenticeship principal staff partner
executive exec deputy founder cofounder graduate grad entry level grade band tier student supervisor superintendent foreman
controller coordinator specialist expert consultant officer owner chair chairman chairwoman chairperson dean fellow master
mid middle experienced acting interim temporary deputy group global regional national area senior-level first second third
of to the for and in at on by or with under reporting reports supporting office secretary
i ii iii iv v vi vii viii ix x 1 2 3 4 5 6 7 8 9 l1 l2 l3 l4 l5 l6 l7 ic1 ic2 ic3 ic4 ic5 ic6
ceo cfo coo cto cio cmo cpo cro cso ciso chro md gm emea apac latam dach
attorney lawyer solicitor barrister counsel paralegal architect physician surgeon
leiter leiterin leitung leitende leitender teamleiter teamleiterin abteilungsleiter abteilungsleiterin bereichsleiter
bereichsleiterin geschäftsführer geschäftsführerin praktikant praktikantin praktikum werkstudent werkstudentin azubi
auszubildende auszubildender ausbildung referent referentin sachbearbeiter sachbearbeiterin stellvertretende stellvertretender
vorstand vorstandsvorsitzender oberarzt oberärztin chefarzt chefärztin assistenzarzt meister meisterin geselle direktor direktorin
hauptabteilungsleiter hauptabteilungsleiterin assistent assistentin berater beraterin rechtsanwalt rechtsanwältin der die das
des dem den für und im am bei mit zur zum von erfahrener berufserfahren berufseinsteiger absolvent absolventin
chef cheffe cheftaine responsable directeur directrice adjoint adjointe stagiaire stage alternant alternante alternance apprenti
apprentie gérant gérante pdg général générale assistante confirmé confirmée débutant débutante cadre avocat avocate
consultante de du des le la les l d à au aux et pour en sur
gerente jefe jefa directora becario becaria encargado encargada subdirector subdirectora presidente presidenta auxiliar oficial
asistente ayudante abogado abogada consultor consultora prácticas aprendiza coordinador coordinadora superior y e el los las
del al para con
diretor diretora estagiário estagiária coordenador coordenadora supervisor aprendiz pleno sénior júnior sócio sócia vice-presidente
da do das dos ao com
direttore direttrice capo stagista tirocinante apprendista dirigente quadro assistente responsabili di della dello dei delle il lo
gli per
hoofd teamleider stagiair leidinggevende bedrijfsleider directielid meewerkend medior afdelingshoofd directeur assistent van het een
voor en
direktør chef leder avdelingsleder överläkare praktikant lærling lärling assisterende och og till til
kierownik dyrektor prezes stażysta praktykant młodszy starszy główny zastępca asystent asystentka specjalista i do dla
старший старшая младший младшая ведущий ведущая главный главная руководитель начальник директор стажер стажёр помощник
заместитель ассистент генеральный исполнительный специалист менеджер и по в на для
старший молодший головний керівник заступник помічник стажист`.split(/\s+/);
