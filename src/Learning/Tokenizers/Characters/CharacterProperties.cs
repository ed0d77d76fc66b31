using System.Globalization;

namespace EdgeFlora.Learning.Tokenizers.Characters;

/// <summary>Sets of characters by the names that Oniguruma gives them: general categories, scripts, binary properties and POSIX classes.</summary>
/// <remarks>General categories are .NET's; what .NET does not tell comes from <c>properties.txt</c>.</remarks>
internal static class CharacterProperties
{
    private const string Resource = "EdgeFlora.Learning.Tokenizers.Characters.properties.txt";

    private static readonly List<string> ScriptNames = [];
    private static readonly Dictionary<string, string> Tables = Read();
    private static readonly Lazy<Dictionary<string, CodePointSet>> Categories = new(ReadCategories);
    private static readonly Lazy<CodePointSet> WordCharacters = new(() => Union(Alphabetic, Category("m"), Category("nd"), Category("pc")));

    /// <summary>A name of every script.</summary>
    public static IEnumerable<string> Scripts => ScriptNames;

    /// <summary>Letters, marks, decimal digits and connectors.</summary>
    public static CodePointSet Word => WordCharacters.Value;

    /// <summary>White_Space.</summary>
    public static CodePointSet Space { get; } = CodePointSet.Of(
        [
            (9, 0xD), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
            (0x205F, 0x205F), (0x3000, 0x3000),
        ]);

    /// <summary>The digits of hexadecimal numbers in ASCII.</summary>
    public static CodePointSet HexDigits { get; } = CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    private static CodePointSet Alphabetic => Union(Category("l"), Category("nl"), Table("otheralphabetic")!);

    /// <summary>The set of a property; null if there is none of that name.</summary>
    /// <param name="name">Spaces, hyphens, underscores and case do not matter.</param>
    public static CodePointSet? Find(string name)
    {
        string plain = string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();
        return plain switch
        {
            "any" => CodePointSet.All,
            "ascii" => CodePointSet.Range(0, 0x7F),
            "assigned" => Category("cn").Complement(),
            "alphabetic" or "alpha" => Alphabetic,
            "uppercase" or "upper" => Union(Category("lu"), Table("otheruppercase")!),
            "lowercase" or "lower" => Union(Category("ll"), Table("otherlowercase")!),
            "alnum" => Union(Alphabetic, Category("nd")),
            "digit" => Category("nd"),
            "punct" => Category("p"),
            "posixpunct" => Union(Category("p"), Category("s")),
            "space" or "whitespace" or "wspace" => Space,
            "blank" => Union(Category("zs"), CodePointSet.Range(9, 9)),
            "cntrl" => Category("cc"),
            "word" => Word,
            "xdigit" or "asciihexdigit" or "ahex" => HexDigits,
            "graph" => Graph(),
            "print" => Union(Graph(), Category("zs")),
            "emojimodifierbase" or "ebase" => Table("emojimodifierbase"),
            _ => LongName(plain) is { } category ? Category(category) : Table(plain),
        };
    }

    private static CodePointSet Graph() => Union(Space, Category("cc"), Category("cs"), Category("cn")).Complement();

    private static CodePointSet Union(params IEnumerable<CodePointSet> sets) => CodePointSet.Of(sets.SelectMany(set => set.Ranges));

    private static CodePointSet Category(string name) => name == "lc"
        ? Union(Category("lu"), Category("ll"), Category("lt"))
        : name.Length == 2
            ? Categories.Value[name]
            : Union(Categories.Value.Where(category => category.Key[0] == name[0]).Select(category => category.Value));

    private static CodePointSet? Table(string name) => Tables.TryGetValue(name, out string? ranges)
        ? CodePointSet.Of(ranges.Split(' ').Select(range => range.Split('-')).Select(ends => (CodePoint(ends[0]), CodePoint(ends[^1]))))
        : null;

    private static int CodePoint(string code) => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The short name of a general category; null if it is none.</summary>
    private static string? LongName(string name) => name switch
    {
        "l" or "letter" => "l",
        "lu" or "uppercaseletter" => "lu",
        "ll" or "lowercaseletter" => "ll",
        "lt" or "titlecaseletter" => "lt",
        "lm" or "modifierletter" => "lm",
        "lo" or "otherletter" => "lo",
        "lc" or "casedletter" => "lc",
        "m" or "mark" or "combiningmark" => "m",
        "mn" or "nonspacingmark" => "mn",
        "mc" or "spacingmark" => "mc",
        "me" or "enclosingmark" => "me",
        "n" or "number" => "n",
        "nd" or "decimalnumber" => "nd",
        "nl" or "letternumber" => "nl",
        "no" or "othernumber" => "no",
        "p" or "punctuation" => "p",
        "pc" or "connectorpunctuation" => "pc",
        "pd" or "dashpunctuation" => "pd",
        "ps" or "openpunctuation" => "ps",
        "pe" or "closepunctuation" => "pe",
        "pi" or "initialpunctuation" => "pi",
        "pf" or "finalpunctuation" => "pf",
        "po" or "otherpunctuation" => "po",
        "s" or "symbol" => "s",
        "sm" or "mathsymbol" => "sm",
        "sc" or "currencysymbol" => "sc",
        "sk" or "modifiersymbol" => "sk",
        "so" or "othersymbol" => "so",
        "z" or "separator" => "z",
        "zs" or "spaceseparator" => "zs",
        "zl" or "lineseparator" => "zl",
        "zp" or "paragraphseparator" => "zp",
        "c" or "other" => "c",
        "cc" or "control" => "cc",
        "cf" or "format" => "cf",
        "cs" or "surrogate" => "cs",
        "co" or "privateuse" => "co",
        "cn" or "unassigned" => "cn",
        _ => null,
    };

    private static Dictionary<string, CodePointSet> ReadCategories()
    {
        string[] names =
        [
            "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "zs", "zl", "zp", "cc",
            "cf", "cs", "co", "pc", "pd", "ps", "pe", "pi", "pf", "po", "sm", "sc", "sk", "so", "cn",
        ];
        List<(int First, int Last)>[] ranges = [.. names.Select(_ => new List<(int, int)>())];
        int first = 0;
        UnicodeCategory current = CharUnicodeInfo.GetUnicodeCategory(0);
        for (int codePoint = 1; codePoint <= CodePointSet.Last + 1; codePoint++)
        {
            UnicodeCategory? next = codePoint <= CodePointSet.Last ? CharUnicodeInfo.GetUnicodeCategory(codePoint) : null;
            if (next != current)
            {
                ranges[(int)current].Add((first, codePoint - 1));
                first = codePoint;
                current = next ?? current;
            }
        }

        return names.Select((name, i) => (name, Set: CodePointSet.Of(ranges[i])))
            .ToDictionary(category => category.name, category => category.Set, StringComparer.Ordinal);
    }

    private static Dictionary<string, string> Read()
    {
        var tables = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = new StreamReader(typeof(CharacterProperties).Assembly.GetManifestResourceStream(Resource)!);
        bool scripts = false;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
            {
                scripts = line.StartsWith("# Scripts", StringComparison.Ordinal);
            }
            else
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                string ranges = line[(colon + 2)..];
                if (scripts)
                {
                    ScriptNames.Add(line[..colon].Split(',')[0]);
                }

                foreach (string name in line[..colon].Split(','))
                {
                    tables.Add(name, ranges);
                }
            }
        }

        return tables;
    }
}
