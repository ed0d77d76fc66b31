using System.Text;
using EdgeFlora.Learning.Tokenizers.Patterns;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>pre_tokenizer</c> of <c>tokenizer.json</c>.</summary>
internal static class PreTokenizerJson
{
    private const string Supported =
        "Sequence, ByteLevel, Split, Metaspace, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits, CharDelimiterSplit, "
        + "UnicodeScripts, FixedLength";

    /// <summary>GPT-2's published pattern.</summary>
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>A whole stretch is one word.</summary>
    public static PreTokenizer Whole { get; } = (stretch, _) => stretch.Length == 0 ? [] : [stretch];

    /// <param name="json">The component; null leaves stretches whole.</param>
    /// <param name="prefixed">
    /// What the settings beside the tokenizer say of a space before texts; a component that has such a setting follows them.
    /// </param>
    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public static PreTokenizer Read(JsonComponent? json, bool? prefixed = null)
    {
        if (json is not { } component)
        {
            return Whole;
        }

        switch (component.Type)
        {
            case "Sequence":
                return component.Child("pretokenizers").Items().Select(step => Read(step)).Aggregate(Whole, Chain);
            case "ByteLevel":
                return ByteLevel(prefixed ?? component.Flag("add_prefix_space", absent: true), component.Flag("use_regex", absent: true));
            case "Split":
                return Divided(PatternJson.Read(component.Child("pattern")), Behavior(component), component.Flag("invert", absent: false));
            case "Metaspace":
                return Metaspace(component).Split;
            case "BertPreTokenizer":
                return (stretch, _) => BertWords.Split(stretch);
            case "Whitespace":
                return (stretch, _) => WhiteSpaceWords.Split(stretch);
            case "WhitespaceSplit":
                return Divided(TextPattern.Parse(@"\s+").Matches, SplitBehavior.Removed, inverted: false);
            case "Punctuation":
                SplitBehavior behavior = component.Find("behavior") is null ? SplitBehavior.Isolated : Behavior(component);
                return (stretch, _) => Division.Split(stretch, Punctuation(stretch), behavior, inverted: false);
            case "Digits":
                return component.Flag("individual_digits", absent: false)
                    ? Divided(TextPattern.Parse(@"\p{N}").Matches, SplitBehavior.Isolated, inverted: false)
                    : Divided(TextPattern.Parse(@"\p{N}+").Matches, SplitBehavior.Isolated, inverted: false);
            case "CharDelimiterSplit":
                return Divided(PatternJson.Literally(component.Character("delimiter")), SplitBehavior.Removed, inverted: false);
            case "UnicodeScripts":
                return (stretch, _) => ScriptWords.Split(stretch);
            case "FixedLength":
                int length = component.CountOrNull("length") ?? 5;
                return length > 0 ? (stretch, _) =>
                    FixedWords.Split(stretch, length) : throw component.Child("length").Wrong("a whole number of at least 1");
            default:
                throw component.Unsupported(Supported);
        }
    }

    /// <summary>GPT-2's: words in the byte alphabet.</summary>
    /// <param name="prefixed">Whether a stretch gets a space in front unless it has one.</param>
    /// <param name="divided">Whether GPT-2's pattern divides it.</param>
    public static PreTokenizer ByteLevel(bool prefixed, bool divided)
    {
        PreTokenizer words = divided ? Divided(TextPattern.Parse(Gpt2Words).Matches, SplitBehavior.Isolated, inverted: false) : Whole;
        return (stretch, atStart) =>
            words(prefixed && stretch.Length > 0 && stretch[0] != ' ' ? ' ' + stretch : stretch, atStart).Select(ByteAlphabet.Write);
    }

    private static PreTokenizer Chain(PreTokenizer first, PreTokenizer second) =>
        (stretch, atStart) =>
            first(stretch, atStart).SelectMany((word, i) => second(word, atStart && i == 0 && stretch.StartsWith(word, StringComparison.Ordinal)));

    private static PreTokenizer Divided(Delimiters find, SplitBehavior behavior, bool inverted) =>
        (stretch, _) => stretch.Length == 0 ? [] : Division.Split(stretch, find(stretch), behavior, inverted);

    private static SplitBehavior Behavior(JsonComponent component) =>
        Enum.TryParse(component.Text("behavior"), out SplitBehavior behavior) && behavior.ToString() == component.Text("behavior")
            ? behavior
            : throw component.Child("behavior").Wrong(string.Join(", ", Enum.GetNames<SplitBehavior>()));

    private static IEnumerable<(int Start, int Length)> Punctuation(string text)
    {
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (BertWords.IsPunctuation(rune))
            {
                yield return (at, rune.Utf16SequenceLength);
            }

            at += rune.Utf16SequenceLength;
        }
    }

    private static Metaspace Metaspace(JsonComponent component)
    {
        string mark = component.Character("replacement");
        string scheme = component.TextOrNull("prepend_scheme") ?? (component.Flag("add_prefix_space", absent: true) ? "always" : "never");
        MetaspacePrepend prepend = scheme switch
        {
            "always" => MetaspacePrepend.Always,
            "first" => MetaspacePrepend.First,
            "never" => MetaspacePrepend.Never,
            _ => throw component.Child("prepend_scheme").Wrong("always, first or never"),
        };
        return new Metaspace(mark, prepend, component.Flag("split", absent: true));
    }
}
