/**
 * Words that stand beside a brand and say what it is, folded: next to one, an everyday word is taken for the brand, as
 * in `Burn Energy` or `1664 lager`.
 */
export const categoryWords: ReadonlySet<string> = new Set(
  ("absinthe ale amaro aperitif beer blend bourbon brandy brut cabernet can cans bottle bottles cava champagne " +
    "chardonnay cider cl cognac cola drink drinks energy gin grappa ipa juice lager lemonade liqueur " +
    "malbec malt merlot mezcal ml oz pils pilsner pinot porter port prosecco rioja rum rye sauvignon schnapps " +
    "scotch sherry shiraz soda spirit spirits stout syrah tea tempranillo tequila tonic vermouth vodka whiskey " +
    "whisky wine wines zinfandel bier bière vin vino rose rosso bianco").replaceAll("è", "e").split(" "),
);
