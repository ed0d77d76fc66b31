using System.Globalization;
using System.Text;
using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>Writes a pattern as .NET's regular expressions read it.</summary>
internal sealed class PatternWriter
{
    /// <summary>A class of letters takes a thousand characters.</summary>
    private const int MaxLength = 1 << 20;

    private readonly StandIns standIns;
    private readonly Dictionary<CodePointSet, string> sets = [];
    private readonly StringBuilder written = new();

    private PatternWriter(StandIns standIns) => this.standIns = standIns;

    /// <exception cref="InvalidDataException">The pattern is too large.</exception>
    public static (string Pattern, StandIns StandIns) Write(PatternNode root)
    {
        var writer = new PatternWriter(new StandIns([.. Sets(root).Distinct()]));
        writer.Append(root);
        return (writer.written.ToString(), writer.standIns);
    }

    private static IEnumerable<CodePointSet> Sets(PatternNode node) => node switch
    {
        PatternNode.Characters characters => [characters.Set],
        PatternNode.Sequence sequence => sequence.Items.SelectMany(Sets),
        PatternNode.Choice choice => choice.Branches.SelectMany(Sets),
        PatternNode.Repeat repeat => Sets(repeat.Body),
        PatternNode.Atomic atomic => Sets(atomic.Body),
        PatternNode.Look look => Sets(look.Body),
        _ => [],
    };

    private void Append(PatternNode node)
    {
        if (written.Length > MaxLength)
        {
            throw new InvalidDataException($"a pattern takes over {MaxLength:N0} characters to write out, which is the most.");
        }

        switch (node)
        {
            case PatternNode.Characters characters:
                Append(characters.Set);
                break;
            case PatternNode.Sequence sequence:
                foreach (PatternNode item in sequence.Items)
                {
                    Append(item);
                }

                break;
            case PatternNode.Choice { Branches: [var only] }:
                Append(only);
                break;
            case PatternNode.Choice choice:
                Append("(?:", choice.Branches, ")");
                break;
            case PatternNode.Repeat repeat:
                AppendRepeated(repeat.Body);
                written.Append(Quantifier(repeat)).Append(repeat.Lazy ? "?" : "");
                break;
            case PatternNode.Atomic atomic:
                Append("(?>", [atomic.Body], ")");
                break;
            case PatternNode.Look look:
                Append(
                    (look.Behind, look.Negated) switch { (true, true) => "(?<!", (true, false) => "(?<=", (false, true) => "(?!", _ => "(?=" },
                    [look.Body],
                    ")");
                break;
            case PatternNode.Place place:
                written.Append(place.At switch { PatternPlace.TextStart => @"\A", PatternPlace.TextEnd => @"\z", _ => @"\G" });
                break;
            default:
                throw new InvalidOperationException($"{node.GetType().Name} should have been resolved before a pattern is written.");
        }
    }

    private void AppendRepeated(PatternNode body)
    {
        if (body is PatternNode.Characters characters)
        {
            Append(characters.Set);
        }
        else
        {
            Append("(?:", [body], ")");
        }
    }

    private void Append(string open, IReadOnlyList<PatternNode> branches, string close)
    {
        written.Append(open);
        for (int i = 0; i < branches.Count; i++)
        {
            written.Append(i > 0 ? "|" : "");
            Append(branches[i]);
        }

        written.Append(close);
    }

    private void Append(CodePointSet set)
    {
        if (!sets.TryGetValue(set, out string? text))
        {
            var one = new StringBuilder();
            standIns.Write(set, one);
            sets.Add(set, text = one.ToString());
        }

        written.Append(text);
    }

    private static string Quantifier(PatternNode.Repeat repeat) => (repeat.Least, repeat.Most) switch
    {
        (0, null) => "*",
        (1, null) => "+",
        (0, 1) => "?",
        (var least, null) => string.Create(CultureInfo.InvariantCulture, $"{{{least},}}"),
        (var least, var most) => string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"),
    };
}
