using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Demo;

/// <summary>A corpus sentence that the demo may use.</summary>
/// <param name="Text">The sentence with the areas' names hidden.</param>
/// <param name="Label">Index into <see cref="DemoArea.All"/>.</param>
/// <param name="Family">
/// Members that are documented in the same words (<c>Read</c>, <c>ReadAsync</c>, <c>BeginRead</c>) share a family; families are never divided by a
/// split.
/// </param>
internal sealed record DemoSentence(string Text, int Label, string Family)
{
    private static readonly string[] Prefixes = ["Begin", "End", "Try"];

    /// <summary>The sentence as the demo uses it; null if it belongs to pre-training.</summary>
    /// <remarks>Decided by the sentence alone, through a hash that never changes: no seed can bring a pre-training sentence into the demo.</remarks>
    public static DemoSentence? From(Sentence sentence)
    {
        int label = LabelOf(sentence.Types);
        string family = FamilyOf(sentence.Members[0]);
        if (label < 0 || StableHash.Fraction($"demo/{DemoArea.All[label].Label}/{family}") >= DemoArea.All[label].Share)
        {
            return null;
        }

        string text = AreaNames.Hide(sentence.Text);
        return SentenceFilter.Keeps(text) ? new DemoSentence(text, label, family) : null;
    }

    /// <summary>The one area that all types lie in, else −1: what is said of two areas, or of none too, tells neither.</summary>
    private static int LabelOf(IReadOnlyList<string> types)
    {
        for (int label = 0; label < DemoArea.All.Count; label++)
        {
            if (DemoArea.All[label].Holds(types[0]))
            {
                return types.All(DemoArea.All[label].Holds) ? label : -1;
            }
        }

        return -1;
    }

    private static string FamilyOf(string member)
    {
        string name = member.EndsWith("Async", StringComparison.Ordinal) ? member[..^"Async".Length] : member;
        string? prefix = Prefixes.FirstOrDefault(
            p => name.Length > p.Length && name.StartsWith(p, StringComparison.Ordinal) && char.IsAsciiLetterUpper(name[p.Length]));
        return name[(prefix?.Length ?? 0)..];
    }
}
