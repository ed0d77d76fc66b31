using System.Text.RegularExpressions;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>
/// Which agents are meant, by their labels: <c>site in (a, b), gpu=yes, !old, tier notin (test), os!=windows, arch</c>. All terms must hold.
/// </summary>
public sealed partial class LabelSelector : IEquatable<LabelSelector>
{
    /// <summary>Longest text that is read.</summary>
    public const int MaxLength = 1000;

    private readonly IReadOnlyList<Term> terms;

    private LabelSelector(string text, IReadOnlyList<Term> terms)
    {
        Text = text;
        this.terms = terms;
    }

    /// <summary>Matches every agent.</summary>
    public static LabelSelector Any { get; } = new("", []);

    /// <summary>As it was written; empty: every agent.</summary>
    public string Text { get; }

    /// <exception cref="FormatException">The text is no selector; the message says where and what would be right.</exception>
    public static LabelSelector Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new FormatException($"the selector has {text.Length} characters; at most {MaxLength} are read");
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return Any;
        }

        var terms = new List<Term>();
        for (int at = 0; ;)
        {
            Match match = TermPattern().Match(text, at);
            if (!match.Success)
            {
                throw new FormatException(
                    $"'{text[at..].Trim()}' is no term of a selector; write key=value, key!=value, key in (a, b), key notin (a, b), key or !key, "
                        + "separated by commas");
            }

            terms.Add(Term.Of(match));
            at = match.Index + match.Length;
            if (at == text.Length)
            {
                return new LabelSelector(text.Trim(), terms);
            }

            at++; // the comma
        }
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => terms.All(term => term.Matches(labels));

    public bool Equals(LabelSelector? other) => other is not null && other.Text == Text;

    public override bool Equals(object? obj) => Equals(obj as LabelSelector);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    /// <summary>Whether a label's key or value can be used: 1 … 63 letters, digits, '.', '_' and '-'.</summary>
    public static bool IsWord(string text) => text is not null && WordPattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,63}\z")]
    private static partial Regex WordPattern();

    [GeneratedRegex(
        @"\G\s*(?:!\s*(?<absent>[A-Za-z0-9._-]{1,63})|(?<key>[A-Za-z0-9._-]{1,63})(?:\s*(?<op>!=|==|=)\s*(?<value>[A-Za-z0-9._-]{1,63})"
        + @"|\s+(?<op>in|notin)\s*\(\s*(?<value>[A-Za-z0-9._-]{1,63})(?:\s*,\s*(?<value>[A-Za-z0-9._-]{1,63}))*\s*\))?)\s*(?=,|\z)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex TermPattern();

    /// <param name="Values">What the label's value is compared with; empty: only whether there is one.</param>
    /// <param name="Wanted">Whether one of the values is wanted, or none of them.</param>
    private sealed record Term(string Key, IReadOnlyList<string> Values, bool Wanted)
    {
        public static Term Of(Match match) => match.Groups["absent"] is { Success: true, Value: var absent }
            ? new Term(absent, [], false)
            : new Term(
                match.Groups["key"].Value,
                [.. match.Groups["value"].Captures.Select(capture => capture.Value)],
                match.Groups["op"].Value is not ("!=" or "notin"));

        public bool Matches(IReadOnlyDictionary<string, string> labels) =>
            (labels.TryGetValue(Key, out string? value) && (Values.Count == 0 || Values.Contains(value))) == Wanted;
    }
}
