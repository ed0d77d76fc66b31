using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Corpus;

/// <summary>Tells sentences that say something from templates, code and fragments.</summary>
internal static partial class SentenceFilter
{
    private const int MaxCharacters = 400;
    private const int MinContentWords = 3;
    private const double MinLetterShare = 0.7;

    /// <summary>Words of the templates that documentation is made of, and words without content.</summary>
    private static readonly HashSet<string> Boilerplate = new(
        ("""
        a about above after all also always an and any are as asynchronous asynchronously at attribute based be because been before begins
        being below between both but by call called calling calls can cannot change changes class collection constructor contain contained
        containing contains convert converted converts could create created creates current default define defined defines describes
        determine determines do does doesn during each either element elements empty enumeration equal equals error exception exist false
        field first following for from function get gets given greater has have held how i identifies if implementation in indicate
        indicates indicating information initialize initialized initializes input instance interface into invalid invalidoperationexception
        is isn it item its last less like list long may member method methods more must name named negative new no non not null number
        object objects occurred occurs of on one only operation option optional or other otherwise out output overload parameter parameters
        perform performed performs possible property provide provided provides range read refers represent represented represents result
        results return returned returning returns same second see set sets setting should single size so some specific specified specifies
        specify string struct structure such supplied supported t target task than that the their them then there these they thing this
        throw thrown throws to true two type types under unless use used uses using valid value values variable was when where whether which
        while will with within without would you your zero
        """).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    /// <summary>Whether a sentence is of fair length, mostly letters, no format string, and has at least three words beyond boilerplate.</summary>
    public static bool Keeps(string sentence) =>
        sentence.Length <= MaxCharacters
        && !sentence.Contains('{', StringComparison.Ordinal)
        && sentence.Count(c => char.IsAsciiLetter(c) || c is ' ' or '_') >= MinLetterShare * sentence.Length
        && ContentWords(sentence).Count() >= MinContentWords;

    /// <summary>
    /// The distinct words beyond boilerplate, in lower case without plural endings, ordered: equal for twins that differ in filling or order only.
    /// </summary>
    public static string Signature(string sentence) => string.Join(' ', ContentWords(sentence));

    private static IEnumerable<string> ContentWords(string sentence) =>
        Word().Matches(sentence)
            .Select(match => match.Value.ToLowerInvariant())
            .Where(word => word.Length > 1 && !Boilerplate.Contains(word))
            .Select(Singular)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private static string Singular(string word) => word is [.., not 's', 's'] && word.Length > 3 ? word[..^1] : word;

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}
