/** Words that express a level or lead to one, folded, in several languages: no rule may take one out. */
export const levelWords: readonly string[] =
  `senior junior lead leader head chief vp svp evp avp president vice director manager assistant associate intern
internship trainee apprentice principal staff partner executive deputy founder cofounder graduate entry level grade band student
supervisor foreman of to the i ii iii iv v vi 1 2 3 4 5 6 7 8 9 l1 l5 ic4 ceo cfo coo cto md cio emea apac group global
leiter leiterin teamleiter abteilungsleiter geschäftsführer geschäftsführerin praktikant praktikantin werkstudent azubi
referent sachbearbeiter stellvertretender bereichsleiter vorstand oberarzt chefarzt meister geselle
chef cheffe responsable directeur directrice adjoint stagiaire stage alternant alternance apprenti gérant pdg général
gerente jefe jefa director directora becario becaria encargado subdirector presidente auxiliar oficial
diretor diretora estagiário estagiária coordenador supervisor aprendiz pleno sócio
direttore direttrice responsabile capo stagista tirocinante apprendista dirigente quadro
hoofd teamleider stagiair leidinggevende bedrijfsleider directielid meewerkend`.split(/\s+/);
